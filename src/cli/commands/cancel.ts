import { isTerminal } from '../../runner/index.ts';
import { openRunsPort } from '../runs-port/index.ts';
import { tellEnding } from '../tell-ending.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run cancel RUN`: asks the run's process to stop it and waits for the end; stops it ourselves
 * when that process has died. Canceling a run that has ended changes nothing and is no error.
 */
export const cancel: CommandRun = async (args, { terminal }) => {
  using runs = await openRunsPort(args, terminal);
  const runId = await runs.runArgument(args['run']);
  const before = await runs.read(runId);
  const hasEnded = isTerminal(before.state);
  if (hasEnded) terminal.err(`run ${runId} had ended already\n`);
  const record = hasEnded ? before : await runs.cancel(runId, args['now'] === true);
  await tellEnding(record, runs, { terminal, json: args['json'] === true });
  return 0;
};
