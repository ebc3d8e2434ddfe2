import { systemClock } from '../../base/clock.ts';
import { renderWhy } from '../../report/index.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { wantsColor } from '../terminal.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run why RUN`: why it waits, runs or ended as it did, as one code and one sentence. */
export const why: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const record = await runs.read(await runs.runArgument(args['run']));
  const reason = await runs.why(record);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(reason, null, 2)}\n`
      : renderWhy(reason, {
          color: wantsColor(terminal.outIsTerminal, terminal.env),
          width: terminal.width,
          now: systemClock.now(),
        }),
  );
  return 0;
};
