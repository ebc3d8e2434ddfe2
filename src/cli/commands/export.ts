import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';

import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { isTerminal } from '../../runner/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import { writeCrate } from '../crate/write-crate.ts';
import { openRunsPort } from '../runs-port/index.ts';

/**
 * `cyto-run export RUN --format ro-crate`: a folder here with the run's files and their metadata, of a
 * run of this machine or of a server.
 */
export const exportRun: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const record = await runs.read(await runs.runArgument(args['run']));
  const { runId, state } = record;
  if (!isTerminal(state))
    throw new RunnerError('run-active', `run ${runId} has not ended (${state})`, {
      hint: `Wait for it: cyto-run wait ${runId}${runs.flag}`,
    });
  const folder = posix.resolve(terminal.cwd, optionalText(args['out']) ?? `${runId}-crate`);
  await assertEmpty(folder);
  const license = optionalText(args['license']);
  const crate = await runs.crateOf(record, {
    inputs: args['inputs'] === 'refer' ? 'refer' : 'copy',
    ...(license === undefined ? {} : { license }),
  });
  await writeCrate(crate, folder);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ runId, folder, files: crate.targets }, null, 2)}\n`
      : `${folder}\n`,
  );
  return 0;
};

/** A folder that holds something is refused: nothing of it is written over. */
async function assertEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw unusable(folder, error);
  });
  if (found.length === 0) return;
  throw new RunnerError('output-folder-unusable', `${JSON.stringify(folder)} is not empty`, {
    hint: 'Choose another folder with --out.',
  });
}

const unusable = (folder: string, cause: unknown): RunnerError =>
  new RunnerError(
    'output-folder-unusable',
    `${JSON.stringify(folder)} cannot be looked into: ${systemCodeOf(cause) ?? String(cause)}`,
    { cause, hint: 'Choose another folder with --out.' },
  );
