import { systemClock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ContainerEngine } from '../../container/index.ts';
import {
  continueRun,
  gathering,
  type PreparedRun,
  type RunObserver,
  type RunOptions,
  type RunRecord,
} from '../../runner/index.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { type OpenedRuns, reapContainers, adoptRun } from '../../site/runs/index.ts';
import { atOnce } from './at-once.ts';
import { resultOf, type BatchDisplay } from './display.ts';

/** What is to be done in one batch. */
export interface BatchWork {
  /** Runs that are in the journal, this process's, QUEUED. */
  readonly queued: readonly PreparedRun[];
  /** Runs that a process which died had begun. */
  readonly begun: readonly RunRecord[];
  readonly options: RunOptions;
  /** Runs at a time; undefined: as many as fit. */
  readonly jobs: number | undefined;
}

/** Runs what is to be run, while a person or a program looks on. Resolves to whether it was interrupted. */
export async function runBatch(
  { queued, begun, options, jobs }: BatchWork,
  runs: OpenedRuns,
  display: BatchDisplay,
): Promise<boolean> {
  const { store, engines } = runs;
  const engine = await engines.open(options.engine, options.cluster);
  void reapContainers(store, engine).catch(() => 0);
  using interrupts = listenForInterrupts(
    () => {
      display.say('stopping what runs, beginning nothing more; Ctrl-C again ends it at once');
    },
    () => {
      display.say('ending everything at once');
    },
  );
  const ports = {
    engine: gathering(engine, systemClock),
    journal: store,
    clock: systemClock,
    ownerLabel: store.dataId,
  };
  const observerOf = (runId: string): RunObserver => ({
    onRecord: (record) => {
      display.onItem(resultOf(record), record.waiting);
    },
    onPull: (progress) => {
      display.onPull(runId, progress);
    },
  });
  const work = [
    ...begun.map(
      ({ runId }) =>
        () =>
          adoptRun(runs, runId, interrupts, { observer: observerOf(runId) }),
    ),
    ...queued.map(
      (run) => () => continueRun(run, { ...ports, observer: observerOf(run.runId) }, interrupts),
    ),
  ];
  await atOnce(work, jobs ?? (await jobsThatFit(engine, options)), interrupts.stop);
  return interrupts.stop.aborted;
}

/** What is taken for what an app needs that says nothing: apps of this field use a few threads and some gigabytes. */
const ASSUMED_CPUS = 2;
const ASSUMED_MEMORY_BYTES = 2 ** 31;

/** How many runs the machine carries at a time; where a scheduler decides that, many. */
async function jobsThatFit(engine: ContainerEngine, options: RunOptions): Promise<number> {
  if (engine.startMany !== undefined || engine.name === 'slurm')
    return LIMITS.batchAtOnceOnClusterMax;
  const { cpus, memoryBytes } = await engine.info();
  return Math.max(
    1,
    Math.min(
      Math.floor(cpus / (options.cpus ?? ASSUMED_CPUS)),
      Math.floor(memoryBytes / (options.memoryBytes ?? ASSUMED_MEMORY_BYTES)),
    ),
  );
}
