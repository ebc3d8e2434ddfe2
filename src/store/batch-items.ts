import type { FailureCode, RunState } from '../runner/index.ts';
import type { Database, Row } from './database.ts';

/** What became of one item: its newest run. */
export interface BatchItem {
  readonly item: string;
  readonly index: number;
  readonly runId: string;
  readonly state: RunState;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failureCode?: FailureCode;
  /** Code of what it waits for now. */
  readonly waiting?: string;
}

export interface BatchItemQuery {
  readonly state?: RunState;
  /** The first index. */
  readonly from: number;
  readonly limit: number;
}

export interface BatchItemPage {
  readonly items: readonly BatchItem[];
  /** The index at which the next page begins; absent on the last. */
  readonly nextCursor?: number;
}

/** Every item, in its order. */
export const allItems = (database: Database, batchId: string): readonly BatchItem[] =>
  database
    .all(
      `SELECT item, item_index, run_id, state, created_at, ended_at, exit_code, failure_code, waiting
         FROM runs INDEXED BY runs_by_batch
         WHERE batch = ? AND id IN (SELECT max(id) FROM runs WHERE batch = ? GROUP BY item_index)
         ORDER BY item_index`,
      ...[batchId, batchId],
    )
    .map(itemOf);

/** One page of them. */
export function someItems(
  database: Database,
  batchId: string,
  { state, from, limit }: BatchItemQuery,
): BatchItemPage {
  // The newest run of each item is looked up along the index, so that it ends with the page.
  const found = database
    .all(
      `SELECT item, item_index, run_id, state, created_at, ended_at, exit_code, failure_code, waiting
         FROM runs INDEXED BY runs_by_batch
         WHERE batch = ?1 AND item_index >= ?2 AND (?3 IS NULL OR state = ?3)
           AND id = (SELECT max(id) FROM runs AS newer INDEXED BY runs_by_batch
             WHERE newer.batch = ?1 AND newer.item_index = runs.item_index)
         ORDER BY item_index LIMIT ?4`,
      ...[batchId, from, state ?? null, limit + 1],
    )
    .map(itemOf);
  const items = found.slice(0, limit);
  const next = found[limit];
  return next === undefined ? { items } : { items, nextCursor: next.index };
}

/** The columns are written from a record alone, in a STRICT table, so their types are known. */
function itemOf(row: Row): BatchItem {
  const optional = {
    endedAt: row['ended_at'],
    exitCode: row['exit_code'],
    failureCode: row['failure_code'],
    waiting: row['waiting'],
  };
  return {
    item: row['item'],
    index: row['item_index'],
    runId: row['run_id'],
    state: row['state'],
    createdAt: row['created_at'],
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
  } as BatchItem;
}
