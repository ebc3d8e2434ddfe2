import { systemClock } from '../base/clock.ts';
import { tryOutFolder } from '../runner/index.ts';
import { openRuns, type OpenedRuns, reapContainers } from '../site/runs/index.ts';
import { execute, type ExecuteContext } from './execute.ts';
import type { Preparation } from '../site/index.ts';

/** How a run is to be executed and told. */
export type StartContext = Omit<ExecuteContext, 'store' | 'engine'>;

/** Everything of a run that a dry run leaves out: opens the data folder and the engine, runs, tells. */
export async function startRun(run: Preparation, context: StartContext): Promise<number> {
  const { outFolder } = run.created.folders;
  if (outFolder !== undefined) await tryOutFolder(outFolder);
  using runs = await openRuns(context.terminal, context.configuration);
  const engine = await runs.engines.open(run.created.options.engine, run.created.options.cluster);
  // Beside the run: what a crash long ago left must not delay it, and an engine that is away is the run's to tell.
  let reaped: Promise<void> | undefined;
  const reap = (): Promise<void> => (reaped ??= reapOpened(runs));
  const { newRunId } = await import('../store/index.ts');
  const exitCode = await execute(
    { ...run, runId: newRunId(systemClock) },
    { ...context, store: runs.store, engine, meanwhile: () => void reap() },
  );
  await reap();
  return exitCode;
}

/** Of this run's engine, and of those whose runs were settled just now. */
async function reapOpened({ store, engines }: OpenedRuns): Promise<void> {
  await Promise.all(
    engines.opened
      .map(async (engine) => {
        await reapContainers(store, await engine);
      })
      .map((reaped) => reaped.catch(() => undefined)),
  );
}
