import { systemClock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import { isTerminal } from '../../runner/index.ts';
import { runArgument } from '../arguments.ts';
import { exitCodeOf } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { openRuns, type OpenedRuns, adoptRun } from '../../site/runs/index.ts';
import { tellEnding } from '../tell-ending.ts';
import type { CommandRun } from '../commands.ts';

/** `cyto-run wait RUN`: until it has ended; its exit code is ours. Takes it over when its process has died. */
export const wait: CommandRun = async (args, { terminal }) => {
  using runs = await openRuns(terminal);
  const { store } = runs;
  const runId = runArgument(store, args['run']);
  using interrupts = listenForInterrupts(
    () => {
      process.exit(130);
    },
    () => undefined,
  );
  await untilEnded(runs, runId, interrupts.kill);
  const record = store.read(runId);
  await tellEnding(record, store, { terminal, json: args['json'] === true });
  return exitCodeOf(record);
};

/** Resolves when the run has ended, whoever executes it; if nobody does, we do. */
export async function untilEnded(
  runs: OpenedRuns,
  runId: string,
  kill: AbortSignal,
): Promise<void> {
  const { store } = runs;
  while (!isTerminal(store.read(runId).state)) {
    await adoptRun(runs, runId, { stop: new AbortController().signal, kill });
    if (!isTerminal(store.read(runId).state)) await systemClock.sleep(LIMITS.logFollowPollMs);
  }
}
