import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { BatchFacts, BatchPlace, CreatedFacts } from '../runner/index.ts';
import {
  allItems,
  someItems,
  type BatchItem,
  type BatchItemPage,
  type BatchItemQuery,
} from './batch-items.ts';
import type { Database, Row } from './database.ts';
import { keepEntrusted, type Entrusted } from './entrusted.ts';
import { insertRun } from './journal.ts';
import type { NewEndpoint } from './webhooks/webhook-store.ts';

export interface StoredBatch extends BatchFacts {
  readonly batchId: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

export interface BatchQuery {
  /** Who submitted them to a server. */
  readonly submitter?: string;
  /** Name of their app. */
  readonly app?: string;
  /** Those of which an item has not ended, or failed or was canceled in the end. */
  readonly state?: 'active' | 'failed';
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface BatchPage {
  readonly batches: readonly StoredBatch[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** A run to be queued. */
export interface NewRun extends Entrusted {
  readonly runId: string;
  readonly facts: CreatedFacts;
  /** Who is told of this one, from its first event on. */
  readonly webhook?: NewEndpoint | undefined;
}

/** Batches of a data folder. Every method may throw what those of `RunStore` may. */
export interface BatchStore {
  /** Writes a batch down with all its runs, QUEUED and this process's, or nothing of it. */
  create(batchId: string, facts: BatchFacts, runs: readonly NewRun[]): void;
  /** Further runs of a batch that is there. */
  add(runs: readonly NewRun[]): void;
  /** Takes over all its runs whose process is dead. Returns whether none is another living process's. */
  claim(batchId: string, isAlive: (owner: string) => boolean): boolean;
  /** Throws `run-not-found`. */
  read(batchId: string): StoredBatch;
  /** Newest first. */
  list(limit: number): readonly StoredBatch[];
  /** One page, newest first. Throws `usage` for a cursor that is none. */
  page(query: BatchQuery): BatchPage;
  /** Every item, in its order, as its newest run has it. */
  items(batchId: string): readonly BatchItem[];
  /** Some of them. */
  itemsPage(batchId: string, query: BatchItemQuery): BatchItemPage;
  /** Whether a run of it has not ended. */
  isActive(batchId: string): boolean;
  /** How many queued runs of the batch come before this place. */
  queuedBefore(place: BatchPlace): number;
  /** The batch that an id, a part of one, `last` or a run's id names. Throws `run-not-found`. */
  resolve(text: string): string;
}

/** Items that a batch is to have. Of one that was tried again the newest run counts. */
const WITH_ITEMS = {
  active: 'SELECT 1 FROM runs WHERE batch = batches.batch_id AND ended_at IS NULL',
  failed: `SELECT 1 FROM runs WHERE batch = batches.batch_id AND ended_at IS NOT NULL AND state <> 'COMPLETE'
    AND id IN (SELECT max(id) FROM runs WHERE batch = batches.batch_id GROUP BY item_index)`,
} as const;

/** What this needs of the store it belongs to. */
export interface BatchContext {
  readonly folder: string;
  readonly readable: () => Database;
  readonly writable: () => Database;
  readonly owner: () => string;
  readonly now: () => string;
}

export class SqliteBatches implements BatchStore {
  readonly #context: BatchContext;

  constructor(context: BatchContext) {
    this.#context = context;
  }

  create(batchId: string, facts: BatchFacts, runs: readonly NewRun[]): void {
    const database = this.#context.writable();
    const owner = this.#context.owner();
    database.transaction(() => {
      insertBatch(database, { batchId, facts }, this.#context.now());
      this.#insert(database, owner, runs);
    });
  }

  add(runs: readonly NewRun[]): void {
    const database = this.#context.writable();
    const owner = this.#context.owner();
    database.transaction(() => {
      this.#insert(database, owner, runs);
    });
  }

  claim(batchId: string, isAlive: (owner: string) => boolean): boolean {
    const database = this.#context.writable();
    const owner = this.#context.owner();
    const others = database
      .all(
        'SELECT DISTINCT owner FROM runs WHERE batch = ? AND ended_at IS NULL AND owner <> ?',
        ...[batchId, owner],
      )
      .map((row) => String(row['owner']));
    const dead = others.filter((other) => !isAlive(other));
    for (const other of dead)
      database.run(
        'UPDATE runs SET owner = ? WHERE batch = ? AND owner = ? AND ended_at IS NULL',
        ...[owner, batchId, other],
      );
    return dead.length === others.length;
  }

  read(batchId: string): StoredBatch {
    const row = this.#context.readable().get('SELECT * FROM batches WHERE batch_id = ?', batchId);
    if (row === undefined) throw unknownBatch(batchId);
    return batchOf(row);
  }

  list(limit: number): readonly StoredBatch[] {
    return this.#context
      .readable()
      .all('SELECT * FROM batches ORDER BY created_at DESC, batch_id DESC LIMIT ?', limit)
      .map(batchOf);
  }

  page({ submitter, app, state, limit, cursor }: BatchQuery): BatchPage {
    const [createdAt = '', id = ''] = cursor === undefined ? ['~'] : placeOf(cursor);
    const found = this.#context
      .readable()
      .all(
        `SELECT * FROM batches WHERE (created_at, batch_id) < (?, ?)
           AND (? IS NULL OR json_extract(body, '$.submitter') = ?)
           AND (? IS NULL OR json_extract(body, '$.app.name') = ?)
           ${state === undefined ? '' : `AND EXISTS (${WITH_ITEMS[state]})`}
         ORDER BY created_at DESC, batch_id DESC LIMIT ?`,
        ...[createdAt, id],
        ...[submitter ?? null, submitter ?? null, app ?? null, app ?? null, limit + 1],
      )
      .map(batchOf);
    const batches = found.slice(0, limit);
    const last = batches.at(-1);
    if (found.length <= limit || last === undefined) return { batches };
    return { batches, nextCursor: `${last.createdAt}~${last.batchId}` };
  }

  items(batchId: string): readonly BatchItem[] {
    return allItems(this.#context.readable(), batchId);
  }

  itemsPage(batchId: string, query: BatchItemQuery): BatchItemPage {
    return someItems(this.#context.readable(), batchId, query);
  }

  isActive(batchId: string): boolean {
    // From its end: the last items are those that wait longest, so that a look finds one at once.
    const row = this.#context.readable().get(
      `SELECT 1 FROM runs INDEXED BY runs_by_batch WHERE batch = ? AND ended_at IS NULL
         ORDER BY item_index DESC LIMIT 1`,
      batchId,
    );
    return row !== undefined;
  }

  queuedBefore({ id, index }: BatchPlace): number {
    const row = this.#context
      .readable()
      .get(
        `SELECT count(*) AS count FROM runs WHERE batch = ? AND item_index < ? AND state = 'QUEUED'`,
        ...[id, index],
      );
    return Number(row?.['count']);
  }

  resolve(text: string): string {
    const wanted = text.trim().toLowerCase();
    const database = this.#context.readable();
    if (wanted === 'last' || wanted === '') {
      const newest = this.list(1)[0];
      if (newest === undefined) throw unknownBatch(wanted);
      return newest.batchId;
    }
    const ofRun = database.get('SELECT batch FROM runs WHERE run_id = ?', text.trim())?.['batch'];
    if (typeof ofRun === 'string') return ofRun;
    const found = database
      .all(
        'SELECT batch_id FROM batches WHERE instr(batch_id, ?1) > 0 ORDER BY created_at DESC LIMIT ?2',
        ...[wanted, LIMITS.runIdsNearMax],
      )
      .map((row) => String(row['batch_id']));
    const [only, ...others] = found.includes(wanted) ? [wanted] : found;
    if (only === undefined) throw unknownBatch(text);
    if (others.length === 0) return only;
    throw new RunnerError('run-not-found', `"${text}" could be any of several batches`, {
      hint: `Give more of the id: ${found.join(', ')}.`,
      details: { nearest: found },
    });
  }

  #insert(database: Database, owner: string, runs: readonly NewRun[]): void {
    const at = this.#context.now();
    for (const run of runs) {
      const { runId, facts } = run;
      insertRun(database, owner, { type: 'created', ...facts, runId, seq: 1, at });
      keepEntrusted(database, this.#context, run);
    }
  }
}

/** A batch to be written down. */
export interface NewBatch {
  readonly batchId: string;
  readonly facts: BatchFacts;
}

/** Writes a batch down, in the caller's transaction. */
export function insertBatch(database: Database, { batchId, facts }: NewBatch, at: string): void {
  database.run(
    'INSERT INTO batches (batch_id, created_at, body) VALUES (?, ?, ?)',
    ...[batchId, at, JSON.stringify(facts)],
  );
}

function placeOf(cursor: string): readonly string[] {
  const place = cursor.split('~');
  if (place.length === 2) return place;
  throw new RunnerError('usage', `"${cursor}" is not the place of a page in the list of batches`, {
    hint: 'Give the nextCursor of the page before, unchanged, or none for the first page.',
  });
}

const unknownBatch = (wanted: string): RunnerError =>
  new RunnerError(
    'run-not-found',
    wanted === '' || wanted === 'last'
      ? 'there are no batches yet'
      : `there is no batch "${wanted}"`,
    {
      hint: 'List them with `cyto-run batch --list`.',
    },
  );

const batchOf = (row: Row): StoredBatch => ({
  ...(JSON.parse(String(row['body'])) as BatchFacts),
  batchId: String(row['batch_id']),
  createdAt: String(row['created_at']),
});
