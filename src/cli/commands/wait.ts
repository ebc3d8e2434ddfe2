import { exitCodeOf } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { tellWaits } from '../run-waits.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { tellEnding } from '../tell-ending.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run wait RUN`: until it has ended; its exit code is ours. Takes it over when its process has died. */
export const wait: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const runId = await runs.runArgument(args['run']);
  using interrupts = listenForInterrupts(
    () => {
      process.exit(130);
    },
    () => undefined,
  );
  using _waits = tellWaits(runId, runs, terminal);
  const record = await runs.untilEnded(runId, interrupts.kill);
  await tellEnding(record, runs, { terminal, json: args['json'] === true });
  return exitCodeOf(record);
};
