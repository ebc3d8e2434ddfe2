import { renderOutputs } from '../../report/index.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { wantsColor } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run outputs RUN`: where they are; with `--verify` whether they are still what they were (1 if not). */
export const outputs: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const record = await runs.read(await runs.runArgument(args['run']));
  const checks =
    args['verify'] === true
      ? await Promise.all(record.outputs.map((output) => runs.checkOutput(record, output)))
      : undefined;
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
