import { fileFacts, folderFacts, type OutputFacts } from '../../runner/index.ts';
import { renderOutputs } from '../../report/index.ts';
import { runArgument } from '../arguments.ts';
import { openRuns } from '../../site/runs/index.ts';
import { wantsColor } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run outputs RUN`: where they are; with `--verify` whether they are still what they were (1 if not). */
export const outputs: CommandRun = async (args, { terminal }) => {
  using opened = await openRuns(terminal);
  const { store } = opened;
  const record = store.read(runArgument(store, args['run']));
  const checks =
    args['verify'] === true ? await Promise.all(record.outputs.map(checked)) : undefined;
  const partial = record.outputsPartial;
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ runId: record.runId, partial, outputs: record.outputs.map((output, at) => ({ ...output, ...(checks && { now: checks[at] }) })) }, null, 2)}\n`
      : renderOutputs(record, {
          color: wantsColor(terminal.outIsTerminal, terminal.env),
          width: terminal.width,
          ...(checks === undefined ? {} : { checks }),
        }),
  );
  return checks?.some((check) => check !== 'same') === true ? 1 : 0;
};

/** Whether an output is still there with the recorded content. */
async function checked({
  location,
  kind,
  sha256,
}: OutputFacts): Promise<'same' | 'changed' | 'missing'> {
  try {
    const now = kind === 'file' ? await fileFacts(location) : await folderFacts(location);
    return now.sha256 === sha256 ? 'same' : 'changed';
  } catch {
    return 'missing';
  }
}
