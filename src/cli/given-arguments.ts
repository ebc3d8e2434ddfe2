import type { Options } from 'yargs';

import { RunnerError } from '../base/errors.ts';
import { nearestName, type Descriptor } from '../descriptor/index.ts';
import type { CommandArguments, CommandDefinition } from './commands.ts';
import { descriptorOptions } from './parameter-flags.ts';

/** What the parser of arguments says → what is wrong, in our words. First match wins. */
const SAYINGS: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^Not enough arguments following: (.+)$/, (flag) => `--${flag} needs a value`],
  [
    /^Invalid values:\s+Argument: (.+?), Given: (.+), Choices: (.+)$/,
    (flag, given, choices) => `--${flag}: ${given} is none of ${choices}`,
  ],
];

/**
 * What the parser refuses, as our error. Anything it did not say of the arguments themselves stays
 * what it is: commands throw through it too.
 */
export function usageOf(message: string | null, error: Error | undefined): Error {
  // yargs throws some refusals as errors of its own and tells others as texts.
  if (error !== undefined && error.name !== 'YError') return error;
  const said = error?.message ?? message ?? 'the arguments do not fit';
  for (const [pattern, inOurWords] of SAYINGS) {
    const [whole, ...parts] = pattern.exec(said) ?? [];
    if (whole !== undefined) return refusal(inOurWords(...parts));
  }
  return refusal(said);
}

const refusal = (message: string): RunnerError =>
  new RunnerError('usage', message, {
    hint: 'See `--help`; a value that begins with a dash is written --name=-value.',
  });

/**
 * Refuses what the parser of arguments breaks on: flags named as members of every object of
 * JavaScript, such as `--constructor`. Throws `usage`.
 */
export function refuseUnparsable(
  argv: readonly string[],
  descriptor: Descriptor | undefined,
): void {
  const end = argv.indexOf('--');
  for (const word of end < 0 ? argv : argv.slice(0, end)) {
    const name = /^--(?:no-)?([^=]+)/.exec(word)?.[1];
    if (name === undefined || !(name in {})) continue;
    const isInput = descriptor?.inputs.some(({ id }) => id === name) === true;
    throw new RunnerError(
      'usage',
      isInput ? `${name} cannot be given as a flag` : `there is no flag --${name} here`,
      {
        hint: isInput ? `Give it as --param ${name}=VALUE.` : 'See --help.',
        details: { flag: name },
      },
    );
  }
}

/**
 * Refuses a word behind one dash that is no bundle of short flags: the parser would take `-image` for
 * five of them. Throws `usage` with the flag that was meant.
 */
export function refuseSingleDash(
  argv: readonly string[],
  command: CommandDefinition,
  descriptor: Descriptor | undefined,
): void {
  const flags = {
    ...(descriptor === undefined ? {} : descriptorOptions(descriptor)),
    ...command.options,
    help: { alias: 'h', type: 'boolean' } as const,
    version: { type: 'boolean' } as const,
  };
  const end = argv.indexOf('--');
  for (const word of end < 0 ? argv : argv.slice(0, end)) {
    const name = /^-([A-Za-z][A-Za-z_-][^=]*)/.exec(word)?.[1];
    if (name === undefined || isBundle(name, flags)) continue;
    const near = Object.hasOwn(flags, name) ? name : nearestName(name, Object.keys(flags));
    throw new RunnerError('usage', `there is no flag -${name} here`, {
      hint:
        near === undefined
          ? 'Only flags of one letter begin with one dash. See --help.'
          : `Did you mean --${near}?`,
      details: { flag: name, ...(near === undefined ? {} : { nearest: near }) },
    });
  }
}

/** Whether each letter is a short flag, and all but the last are switches. */
function isBundle(letters: string, flags: Readonly<Record<string, Options>>): boolean {
  const options = Array.from(letters).map(
    (letter) =>
      flags[letter] ?? Object.values(flags).find(({ alias }) => [alias].flat().includes(letter)),
  );
  return (
    options.every((option) => option !== undefined) &&
    options.slice(0, -1).every((option) => option.type === 'boolean')
  );
}

/**
 * The arguments with each of the command's own flags once: the last of a switch; a value that is
 * given twice, or is empty, throws `usage`.
 */
export function onceEach(args: CommandArguments, command: CommandDefinition): CommandArguments {
  const own = Object.entries(command.options).map(([name, { type, array }]) => {
    const value = args[name];
    if (type === 'boolean') return [name, Array.isArray(value) ? value.at(-1) : value] as const;
    if (Array.isArray(value) && array !== true)
      throw new RunnerError('usage', `--${name} is given more than once`, {
        hint: `Keep one of ${value.map((given) => JSON.stringify(given)).join(', ')}.`,
      });
    if (value === '')
      throw new RunnerError('usage', `--${name} is empty`, {
        hint: 'Give it a value, or leave it out. Is a variable of your shell not set?',
      });
    return [name, value] as const;
  });
  return { ...args, ...Object.fromEntries(own.filter(([, value]) => value !== undefined)) };
}

/** Keys that yargs itself adds to the arguments. */
const PARSER_KEYS = new Set(['_', '$0', '--', 'help', 'h', 'version']);

/** Refuses flags that are neither the command's nor the descriptor's. Throws `usage` with the nearest that is. */
export function refuseUnknown(
  args: CommandArguments,
  command: CommandDefinition,
  descriptor: Descriptor | undefined,
): void {
  const parameters = descriptor === undefined ? {} : descriptorOptions(descriptor);
  const positional = [...command.usage.matchAll(/[<[]([a-z-]+)(?:\.\.)?[>\]]/g)].map(
    ([, name]) => name ?? '',
  );
  const aliases = Object.values(command.options).flatMap(({ alias }) => [alias ?? []].flat());
  const known = [...Object.keys(command.options), ...Object.keys(parameters)];
  const accepted = new Set([...known, ...aliases, ...positional]);
  const unknown = Object.keys(args).find((name) => !accepted.has(name) && !PARSER_KEYS.has(name));
  const extra = args._.slice(command.isDefault === true && args._[0] !== 'run' ? 0 : 1)[0];
  if (unknown !== undefined) {
    if (descriptor?.inputs.some(({ id, setByServer }) => id === unknown && setByServer) === true)
      throw new RunnerError('usage', `${unknown} is set by the server, not by the user`, {
        hint: `In place of a server give it as --server-param ${unknown}=VALUE.`,
        details: { flag: unknown },
      });
    const near = nearestName(unknown, known);
    throw new RunnerError('usage', `there is no flag --${unknown} here`, {
      hint: near === undefined ? 'See --help.' : `Did you mean --${near}?`,
      details: { flag: unknown, ...(near === undefined ? {} : { nearest: near }) },
    });
  }
  if (extra !== undefined)
    throw new RunnerError('usage', `the argument ${JSON.stringify(extra)} has no place here`, {
      hint: 'Values are given as --param id=value or --id value; for a list repeat the flag for each item.',
    });
}
