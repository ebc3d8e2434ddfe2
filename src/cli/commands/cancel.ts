import { isTerminal, StopReason } from '../../runner/index.ts';
import { runArgument } from '../arguments.ts';
import { openRuns, adoptRun } from '../../site/runs/index.ts';
import { tellEnding } from '../tell-ending.ts';
import { untilEnded } from './wait.ts';
import type { CommandRun } from '../commands.ts';

/**
 * `cyto-run cancel RUN`: asks the run's process to stop it and waits for the end; stops it ourselves
 * when that process has died. Canceling a run that has ended changes nothing and is no error.
 */
export const cancel: CommandRun = async (args, { terminal }) => {
  using runs = await openRuns(terminal);
  const { store } = runs;
  const runId = runArgument(store, args['run']);
  if (isTerminal(store.read(runId).state)) terminal.err(`run ${runId} had ended already\n`);
  else {
    store.requestStop(runId, 'user');
    const kill = new AbortController();
    if (args['now'] === true) kill.abort();
    await adoptRun(runs, runId, {
      stop: AbortSignal.abort(new StopReason('user')),
      kill: kill.signal,
    });
    await untilEnded(runs, runId, kill.signal);
  }
  await tellEnding(store.read(runId), store, { terminal, json: args['json'] === true });
  return 0;
};
