import { RunnerError } from '../../base/errors.ts';
import { batchSummary, type BatchSummary } from '../../report/index.ts';
import type { RunStore, StoredBatch } from '../../store/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

/** A request about one batch. */
export interface ByBatch {
  readonly Params: { readonly batchId: string };
}

/**
 * A batch that the principal may see: its own, and for who may do everything, any. Throws
 * `run-not-found` for all others, whether they exist or not.
 */
export function visibleBatch(store: RunStore, batchId: string, principal: Principal): StoredBatch {
  if (isAdmin(principal)) return store.batches.read(store.batches.resolve(batchId));
  // By its whole id: parts of ids, and hints at others, would tell of other people's batches.
  const batch = ownBatch(store, batchId, principal);
  if (batch !== undefined) return batch;
  throw new RunnerError('run-not-found', `there is no batch ${JSON.stringify(batchId)}`, {
    hint: 'List them with GET /runner/v1/batches.',
  });
}

function ownBatch(store: RunStore, batchId: string, { name }: Principal): StoredBatch | undefined {
  try {
    const batch = store.batches.read(batchId);
    return batch.submitter === name ? batch : undefined;
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'run-not-found') return undefined;
    throw error;
  }
}

/** A batch as it is answered. */
export interface ShownBatch {
  readonly batchId: string;
  readonly summary: BatchSummary;
}

export function shownBatch(store: RunStore, batch: StoredBatch): ShownBatch {
  const { batchId, createdAt, app, items, submitter, outFolder } = batch;
  return {
    batchId,
    createdAt,
    app: { name: app.name, ...(app.version === undefined ? {} : { version: app.version }) },
    items,
    ...(submitter === undefined ? {} : { submitter }),
    ...(outFolder === undefined ? {} : { outFolder }),
    summary: batchSummary(store.batches.items(batchId).map(({ state }) => state)),
  } as ShownBatch;
}
