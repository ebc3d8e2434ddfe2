import { systemClock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import {
  isTerminal,
  type PreparedRun,
  type RunOptions,
  type RunRecord,
} from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import { prepareRerun, type RerunChanges } from '../prepare-rerun.ts';

/** What of a batch that is there is to be run. */
export interface OldBatchWork {
  /** Runs that never began, and new ones of items that failed. */
  readonly queued: readonly PreparedRun[];
  /** Runs that a process which died had begun. */
  readonly begun: readonly RunRecord[];
}

export type BatchChanges = Omit<RerunChanges, 'outFolder'> & {
  /** Options that are given anew. */
  readonly options: Partial<RunOptions>;
};

/**
 * Takes over a batch whose process is dead: what has not ended is gone on with, and with `retry` each
 * item that failed or was canceled gets a new run. Throws `run-active` when a living process has it,
 * and what `rerun` throws.
 */
export async function oldBatchWork(
  store: RunStore,
  batchId: string,
  retry: boolean,
  changes: BatchChanges,
): Promise<OldBatchWork> {
  if (!store.batches.claim(batchId, (owner) => store.isOwnerAlive(owner)))
    throw new RunnerError('run-active', `batch ${batchId} is being run by another process`, {
      hint: `\`cyto-run runs --batch ${batchId}\` shows how far it is.`,
    });
  const { newRunIds } = await import('../../store/index.ts');
  const records = store.batches.items(batchId).map(({ runId }) => store.read(runId));
  const runIds = newRunIds(systemClock, records.length);
  const queued: PreparedRun[] = [];
  const again: PreparedRun[] = [];
  for (const [at, record] of records.entries()) {
    const isQueued = record.state === 'QUEUED' && record.retry === undefined;
    const isToBeRepeated = retry && isTerminal(record.state) && record.state !== 'COMPLETE';
    if (!isQueued && !isToBeRepeated) continue;
    const prepared = await prepareRerun(record, {
      ...changes,
      outFolder: record.folders.outFolder,
    });
    if (isQueued) queued.push({ ...prepared, runId: record.runId, created: record });
    else
      again.push({
        ...prepared,
        runId: runIds[at] ?? '',
        created: {
          ...prepared.created,
          options: { ...prepared.created.options, ...changes.options },
          ...(record.batch === undefined ? {} : { batch: record.batch }),
        },
      });
  }
  if (again.length > 0)
    store.batches.add(again.map(({ runId, created }) => ({ runId, facts: created })));
  const begun = records.filter(
    ({ state, retry: next }) => !isTerminal(state) && (state !== 'QUEUED' || next !== undefined),
  );
  return { queued: [...queued, ...again], begun };
}
