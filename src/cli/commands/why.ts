import { systemClock } from '../../base/clock.ts';
import { renderWhy, whyOf } from '../../report/index.ts';
import { runArgument } from '../arguments.ts';
import { openRuns } from '../../site/runs/index.ts';
import { wantsColor } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run why RUN`: why it waits, runs or ended as it did, as one code and one sentence. */
export const why: CommandRun = async (args, { terminal }) => {
  using runs = await openRuns(terminal);
  const { store } = runs;
  const record = store.read(runArgument(store, args['run']));
  const now = systemClock.now();
  const { batch, state } = record;
  const reason = whyOf(record, {
    now,
    attended: store.isAttended(record.runId),
    ...(batch === undefined || state !== 'QUEUED'
      ? {}
      : { ahead: store.batches.queuedBefore(batch) }),
  });
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(reason, null, 2)}\n`
      : renderWhy(reason, {
          color: wantsColor(terminal.outIsTerminal, terminal.env),
          width: terminal.width,
          now,
        }),
  );
  return 0;
};
