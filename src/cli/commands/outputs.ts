import { posix } from 'node:path';

import { renderOutputs } from '../../report/index.ts';
import { checkOutFolder, type RunRecord } from '../../runner/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import { bringOutputs } from '../outputs/bring-outputs.ts';
import { openRunsPort, type RunsPort } from '../runs-port/index.ts';
import { textOptions, type Terminal } from '../terminal.ts';

/**
 * `cyto-run outputs RUN`: where they are; with `--verify` whether they are still what they were (1 if
 * not); with `--out` brought to a folder here.
 */
export const outputs: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const found = await runs.read(await runs.runArgument(args['run']));
  const out = optionalText(args['out']);
  const record = out === undefined ? found : await brought(found, out, runs, terminal);
  const checks =
    args['verify'] === true
      ? await Promise.all(found.outputs.map((output) => runs.checkOutput(found, output)))
      : undefined;
  const partial = record.outputsPartial;
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ runId: record.runId, partial, outputs: record.outputs.map((output, at) => ({ ...output, ...(checks && { now: checks[at] }) })) }, null, 2)}\n`
      : renderOutputs(record, {
          ...textOptions(terminal, 'out'),
          ...(checks === undefined ? {} : { checks }),
        }),
  );
  return checks?.some((check) => check !== 'same') === true ? 1 : 0;
};

/** The record as if its run had left its outputs in this folder. */
async function brought(
  record: RunRecord,
  given: string,
  runs: RunsPort,
  { cwd, err }: Terminal,
): Promise<RunRecord> {
  const outFolder = posix.resolve(cwd, given);
  await checkOutFolder(outFolder, []);
  const { outputs, warnings } = await bringOutputs(
    record.outputs,
    outFolder,
    runs.outputsOf(record),
  );
  for (const { message } of warnings) err(`note: ${message}\n`);
  return { ...record, outputs, folders: { ...record.folders, outFolder } };
}
