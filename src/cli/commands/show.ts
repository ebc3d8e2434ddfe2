import { systemClock } from '../../base/clock.ts';
import { renderRun } from '../../report/index.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { textOptions } from '../terminal.ts';
import { stderrTail } from '../stderr-tail.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run show RUN`: the record, as a page or as JSON; with `--events` what it was folded from. */
export const show: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const runId = await runs.runArgument(args['run']);
  if (args['events'] === true) {
    const events = await runs.events(runId);
    terminal.out(
      args['json'] === true
        ? `${JSON.stringify(events, null, 2)}\n`
        : events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    );
    return 0;
  }
  const record = await runs.read(runId);
  if (args['json'] === true) {
    terminal.out(`${JSON.stringify(record, null, 2)}\n`);
    return 0;
  }
  terminal.out(
    renderRun(record, {
      ...textOptions(terminal, 'out'),
      now: systemClock.now(),
      stderrTail: record.failure === undefined ? '' : await stderrTail(runs, runId),
    }),
  );
  return 0;
};
