import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import type { Client, ConnectionOptions } from '../../client/index.ts';
import { configurationFor, type Configuration } from '../../site/index.ts';
import { openRuns } from '../../site/runs/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments } from '../commands.ts';
import type { Terminal } from '../terminal.ts';
import type { RunsPort } from './runs-port.ts';

/** The runs that a command is about, by `--server` and the configuration. */
export async function openRunsPort(args: CommandArguments, terminal: Terminal): Promise<RunsPort> {
  const configuration = await configurationFor(terminal, serverFlag(args));
  const client = await serverClient(configuration, terminal);
  if (client !== undefined) {
    const { ServerRuns } = await import('./server-runs.ts');
    return new ServerRuns(client, await needsServerFlag(args['server'], client, terminal));
  }
  const runs = await openRuns(terminal, configuration);
  return new (await import('./local-runs.ts')).LocalRuns(runs);
}

/** Whether a further command must be told of the server: it is not the one that is configured. */
export async function needsServerFlag(
  given: unknown,
  { url }: Pick<Client, 'url'>,
  terminal: Terminal,
): Promise<boolean> {
  if (given === undefined) return false;
  const { values } = await configurationFor(terminal, {});
  return values['server.url']?.replace(/\/+$/, '') !== url;
}

const serverFlag = (args: CommandArguments): { server?: string } => {
  const server = optionalText(args['server']);
  return server === undefined ? {} : { server };
};

/**
 * A client of the server that is configured; undefined: none is.
 *
 * @param more how it connects, where not as usual
 */
export async function serverClient(
  { values, sources }: Configuration,
  terminal: Terminal,
  more: Pick<ConnectionOptions, 'fetch' | 'onLost'> = {},
): Promise<Client | undefined> {
  const url = values['server.url'];
  if (url === undefined) return undefined;
  const token = tokenFor(values['server.token-file'], terminal);
  if (token !== undefined) assertOwnChoice(sources.get('server.url'), terminal);
  const { connect } = await import('../../client/index.ts');
  let told = false;
  return connect({
    url,
    ...(token === undefined ? {} : { token }),
    onLost: ({ message }) => {
      if (!told) terminal.err(`${message}; trying again\n`);
      told = true;
    },
    ...more,
  });
}

/** From `CYTO_RUN_TOKEN`, else from a file that nobody else may read: a flag is seen by everybody on the machine. */
function tokenFor(file: string | undefined, { env, cwd }: Terminal): string | undefined {
  const given = env['CYTO_RUN_TOKEN'] ?? '';
  if (given !== '') return checkedToken(given, 'CYTO_RUN_TOKEN');
  if (file === undefined) return undefined;
  const path = resolve(cwd, file);
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new RunnerError('configuration-invalid', `others may read the token in ${path}`, {
        hint: `chmod 600 ${path}`,
      });
    return checkedToken(readFileSync(path, 'utf8').trim(), path);
  } catch (error) {
    if (error instanceof RunnerError) throw error;
    throw new RunnerError(
      'configuration-invalid',
      `the token in ${path} cannot be read (${systemCodeOf(error) ?? String(error)})`,
      { cause: error, hint: 'See server.token-file in the configuration.' },
    );
  }
}

type Source = ReturnType<Configuration['sources']['get']>;

/** Whether a setting was chosen by the user, and does not stand in a project's file, which comes from anywhere. */
export function isOwnChoice(source: Source, { env }: Pick<Terminal, 'env'>): boolean {
  const isProject = source?.kind === 'file' && basename(source.path).startsWith('cyto-run.');
  return !isProject || (env['CYTO_RUN_CONFIG'] ?? '') !== '';
}

/** A token is not to be had by naming a server in a project. */
function assertOwnChoice(source: Source, terminal: Terminal): void {
  if (isOwnChoice(source, terminal)) return;
  throw new RunnerError(
    'configuration-invalid',
    `the server is named by ${source?.kind === 'file' ? source.path : 'a project'}, and your token is sent only to one that you name`,
    { hint: 'Name it with --server, CYTO_RUN_SERVER or in your own configuration file.' },
  );
}

/** Tokens are printable ASCII without spaces (RFC 6750); anything else would break the header it is sent in. */
function checkedToken(token: string, place: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new RunnerError('configuration-invalid', `what ${place} holds is no token`, {
    hint: 'A token is one word, as the server gave it.',
  });
}
