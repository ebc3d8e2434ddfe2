import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import type { Options } from 'yargs';

import { RunnerError } from '../base/errors.ts';
import { nearestName, type Dialect } from '../descriptor/index.ts';
import { ALL_BATCH_OPTIONS } from './batch/options.ts';
import { COMMANDS, type CommandDefinition } from './commands.ts';
import { configurationFor, readDescriptorFile, type DescriptorFile } from '../site/index.ts';
import { ALL_RUN_OPTIONS } from './run-options.ts';
import type { Terminal } from './terminal.ts';

/**
 * The descriptor that the arguments of `run` name, read before they are parsed: its inputs are
 * flags too. What is no file is an app of the server that is configured. Undefined for other commands,
 * and for a file that is not there (`run` itself says so).
 */
export async function findDescriptor(
  argv: readonly string[],
  terminal: Terminal,
): Promise<DescriptorFile | undefined> {
  const given = descriptorArgument(argv);
  if (given === undefined) return undefined;
  if (!existsSync(posix.resolve(terminal.cwd, given))) return appOfServer(given, argv, terminal);
  return readDescriptorFile(given, terminal.cwd, {
    lenient: argv.includes('--lenient'),
    dialect: flagValue(argv, '--dialect') as Dialect | undefined,
  });
}

/** Throws `app-not-found`, with a command where one may be meant, and what a client of a server throws. */
async function appOfServer(
  given: string,
  argv: readonly string[],
  terminal: Terminal,
): Promise<DescriptorFile | undefined> {
  if (!('server' in commandNamed(argv).options)) return undefined;
  const { mayBeApp, serverApp } = await import('./on-server/server-app.ts');
  if (!mayBeApp(given)) return undefined;
  const { serverClient } = await import('./runs-port/index.ts');
  const server = flagValue(argv, '--server');
  const configuration = await configurationFor(terminal, server === undefined ? {} : { server });
  const client = await serverClient(configuration, terminal);
  try {
    return client && (await serverApp(given, client.apps));
  } catch (error) {
    const meant = bareArguments(argv)[0] === given ? nearestCommand(given) : undefined;
    if (!(error instanceof RunnerError) || error.code !== 'app-not-found') throw error;
    if (meant === undefined || 'nearest' in error.details) throw error;
    throw new RunnerError(error.code, `${error.message}, nor is it a command or a file here`, {
      cause: error,
      hint: `Did you mean \`cyto-run ${meant}\`?`,
    });
  }
}

/** The command that was meant by a word that is none, if one is near. Pure. */
export const nearestCommand = (word: string): string | undefined =>
  nearestName(
    word,
    COMMANDS.filter(({ describe }) => describe !== false).map(
      ({ usage }) => usage.split(' ')[0] ?? '',
    ),
  );

/**
 * The descriptor whose inputs are flags too: the first argument that is not a flag, a flag's value or
 * the name of a command that takes them. Pure.
 */
export function descriptorArgument(argv: readonly string[]): string | undefined {
  const [first, second] = bareArguments(argv);
  const named = COMMANDS.find(({ usage }) => usage.split(' ')[0] === first);
  if (named === undefined) return first;
  return named.descriptorFlags === true ? second : undefined;
}

/** The command that the arguments name; `run` where they name none. Pure. */
export function commandNamed(argv: readonly string[]): CommandDefinition {
  const [first] = bareArguments(argv);
  const named = COMMANDS.find(({ usage }) => usage.split(' ')[0] === first);
  const command = named ?? COMMANDS.find(({ isDefault }) => isDefault === true);
  if (command === undefined) throw new TypeError('no command is the default');
  return command;
}

/** Arguments that are neither flags nor their values. Pure. */
export function bareArguments(argv: readonly string[]): string[] {
  const bare: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-') || word === '-') bare.push(word);
    else if (takesValue(word) || isUnknownWithValue(word, argv[at + 1])) at += 1;
  }
  return bare;
}

/** A flag that is not ours may be the descriptor's own: what stands behind it is then its value. */
function isUnknownWithValue(word: string, next: string | undefined): boolean {
  if (!word.startsWith('--') || word.includes('=') || next === undefined) return false;
  return !(word.slice(2) in KNOWN_OPTIONS) && !/\.json$/i.test(next);
}

/** Flags that stand before a descriptor, and whether they take the word behind them. */
const KNOWN_OPTIONS: Readonly<Record<string, Options>> = {
  ...ALL_RUN_OPTIONS,
  ...ALL_BATCH_OPTIONS,
  help: { type: 'boolean' },
  version: { type: 'boolean' },
};

function takesValue(word: string): boolean {
  if (word.includes('=')) return false;
  return Object.entries(KNOWN_OPTIONS).some(
    ([name, { alias, type }]) =>
      type !== 'boolean' && (word === `--${name}` || word === `-${String(alias)}`),
  );
}

/** The value of a flag among arguments that are not parsed yet. Pure. */
export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const at = argv.indexOf(flag);
  return at >= 0
    ? argv[at + 1]
    : argv.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}
