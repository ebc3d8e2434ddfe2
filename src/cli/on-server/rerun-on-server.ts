import { posix } from 'node:path';

import type { Client, RunComparison } from '../../client/index.ts';
import { checkOutFolder, type RunRecord } from '../../runner/index.ts';
import { recordedDescriptor, valuesOfFlags, type Configuration } from '../../site/index.ts';
import { optionalText, texts } from '../arguments.ts';
import type { CommandArguments } from '../commands.ts';
import type { Terminal } from '../terminal.ts';
import { submitTyped } from './typed-values.ts';
import { watchRun } from './watch-run.ts';

export interface RerunContext {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly configuration: Configuration;
}

/** Repeats a run of a server there, watched as here. */
export async function rerunOnServer(
  before: RunRecord,
  args: CommandArguments,
  { client, terminal, configuration }: RerunContext,
): Promise<{ readonly after: RunRecord; readonly comparison: RunComparison }> {
  const out = optionalText(args['out']);
  const outFolder = out === undefined ? undefined : posix.resolve(terminal.cwd, out);
  if (outFolder !== undefined) await checkOutFolder(outFolder, []);
  const values = await valuesOfFlags(
    { params: texts(args['param']), serverParams: texts(args['server-param']) },
    terminal,
  );
  const descriptor = await recordedDescriptor(before.app);
  const say = (line: string): void => {
    if (args['quiet'] !== true) terminal.err(`${line}\n`);
  };
  const { runId: again } = await submitTyped(
    { descriptor, values, terminal, client, say },
    (typed) =>
      client.runs.rerun(before.runId, {
        ...typed,
        environment: texts(args['env']),
        currentImage: args['current-image'] === true,
      }),
  );
  const after = await watchRun(again, {
    ...{ client, terminal, configuration, outFolder },
    verbose: args['verbose'] === true,
    quiet: args['quiet'] === true,
  });
  return { after, comparison: await client.runs.comparison(again) };
}
