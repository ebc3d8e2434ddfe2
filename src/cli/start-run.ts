import { systemClock } from '../base/clock.ts';
import type { EngineName } from '../container/index.ts';
import { openDataFolder } from './data-folder.ts';
import { openEngine } from './engines.ts';
import { execute, type ExecuteContext } from './execute.ts';
import type { Preparation } from './prepare-run.ts';
import { reapContainers } from './reap.ts';
import { reconcileAll } from './reconcile-all.ts';

/** How a run is to be executed and told. */
export interface StartContext extends Omit<ExecuteContext, 'store' | 'engine'> {
  readonly engineName: EngineName;
}

/** Everything of a run that a dry run leaves out: opens the data folder and the engine, runs, tells. */
export async function startRun(run: Preparation, context: StartContext): Promise<number> {
  using store = await openDataFolder(context.configuration, context.terminal);
  await reconcileAll(store);
  const engine = await openEngine(context.engineName);
  // Beside the run: what a crash long ago left must not delay it, and an engine that is away is the run's to tell.
  const reaped = reapContainers(store, engine).catch(() => 0);
  const { newRunId } = await import('../store/index.ts');
  const exitCode = await execute(
    { ...run, runId: newRunId(systemClock) },
    { ...context, store, engine },
  );
  await reaped;
  return exitCode;
}
