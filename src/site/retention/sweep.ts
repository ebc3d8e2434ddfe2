import { join } from 'node:path';

import { dateAt, epochMs, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { RunStore } from '../../store/index.ts';
import { FolderSizes } from './folder-sizes.ts';
import { chooseRemovals, type Removal, type RetainedRun, type RetentionPolicy } from './policy.ts';

export interface SweepOptions {
  readonly policy: RetentionPolicy;
  readonly clock: Clock;
  /** Says what would be removed, and removes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Kept by a server from sweep to sweep. */
  readonly sizes?: FolderSizes;
}

export interface SweepReport {
  readonly dryRun: boolean;
  readonly removed: readonly Removal[];
  readonly freedBytes: number;
  /** Runs that stay. */
  readonly kept: number;
  /** Messages of webhooks that were delivered long ago, forgotten. */
  readonly forgottenMessages: number;
}

/** Removes runs that the policy does not keep. One that cannot be removed is left for the next sweep. */
export async function sweep(store: RunStore, options: SweepOptions): Promise<SweepReport> {
  const { policy, clock, dryRun, signal, sizes = new FolderSizes() } = options;
  const nowMs = clock.now().getTime();
  const runs = await retainedRuns(store, policy, sizes);
  const removed: Removal[] = [];
  for (const removal of chooseRemovals(runs, policy, nowMs)) {
    if (signal.aborted) break;
    if (!dryRun && !(await remove(store, removal.runId))) continue;
    if (!dryRun) sizes.forget(folderOf(store, removal.runId));
    removed.push(removal);
  }
  return {
    dryRun,
    removed,
    freedBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    kept: runs.length - removed.length,
    forgottenMessages: dryRun
      ? 0
      : store.webhooks.sweep(dateAt(nowMs - LIMITS.webhookDeliveredKeepMs)),
  };
}

async function retainedRuns(
  store: RunStore,
  { quotaBytes, userQuotaBytes, ...others }: RetentionPolicy,
  sizes: FolderSizes,
): Promise<RetainedRun[]> {
  const isSized = quotaBytes !== undefined || userQuotaBytes !== undefined;
  if (!isSized && Object.values(others).every((value) => value === undefined)) return [];
  const listed = [...allRuns(store)];
  // A batch is one thing: what its first items left is wanted when the last one ends.
  const activeBatches = new Set(
    listed.flatMap(({ endedAt, batch }) => (endedAt === undefined ? (batch ?? []) : [])),
  );
  const runs: RetainedRun[] = [];
  for (const { runId, endedAt, submitter = LOCAL_USER, batch } of listed) {
    // Where no rule asks for sizes they are not read: that takes long.
    const sizeBytes = isSized ? await sizes.of(folderOf(store, runId), endedAt !== undefined) : 0;
    const mayGo = endedAt !== undefined && !activeBatches.has(batch ?? '');
    runs.push({
      ...{ runId, user: submitter, sizeBytes },
      ...(mayGo ? { endedAtMs: epochMs(endedAt) } : {}),
    });
  }
  return runs;
}

/** Whose the runs of the command line are. */
const LOCAL_USER = 'local';

function* allRuns(store: RunStore): Generator<ReturnType<RunStore['list']>['runs'][number]> {
  let cursor: string | undefined;
  do {
    const page = store.list({
      limit: LIMITS.runsPageMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.runs;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

const folderOf = (store: RunStore, runId: string): string => join(store.folder, 'runs', runId);

/** Whether it is gone: somebody else may have been first. */
async function remove(store: RunStore, runId: string): Promise<boolean> {
  try {
    await store.remove(runId);
    return true;
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'run-not-found') return false;
    throw error;
  }
}
