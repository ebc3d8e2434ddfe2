import { isDeepStrictEqual } from 'node:util';

import { RunnerError } from '../base/errors.ts';
import {
  applyEvent,
  foldEvents,
  type CreatedFacts,
  type EventBody,
  type RunEvent,
  type RunRecord,
} from '../runner/index.ts';
import { createdFacts } from './created-facts.ts';
import type { Database, Row } from './database.ts';
import {
  changingPart,
  FOLDED_COLUMNS,
  foldedValues,
  searchText,
  wholeRecord,
} from './record-row.ts';
import { unknown } from './resolve-run-id.ts';
import { writeDeliveries } from './webhooks/outbox.ts';

/** A run as it lies in the database. */
export interface StoredRun {
  /** Its number in the database. */
  readonly id: number;
  /** The process that executes it, or did. */
  readonly owner: string;
  readonly created: CreatedFacts;
  readonly record: RunRecord;
}

/** Where a run's record lies: what changes in `records`, the rest in its first event. */
const selectRun = (from: string): string =>
  `SELECT runs.id, runs.run_id, runs.owner, records.body AS changing, events.body AS created
   FROM ${from} JOIN records ON records.run = runs.id
     JOIN events ON events.run = runs.id AND events.seq = 1`;

/** Throws `run-not-found`, and `store-unusable` when what is stored is damaged. */
export function readRun(database: Database, runId: string): StoredRun {
  const row = database.get(`${selectRun('runs')} WHERE runs.run_id = ?`, runId);
  if (row === undefined) throw unknown(database, runId);
  return storedRun(row, database);
}

/** What a batch or a server has queued and nobody has begun is nobody's to settle. */
const ACTIVE =
  "runs.ended_at IS NULL AND (runs.state <> 'QUEUED' OR (runs.batch IS NULL AND runs.priority IS NULL) OR runs.stop_cause IS NOT NULL)";

/** Which processes execute runs that have not ended. Reads no record: some hold megabytes. */
export const activeOwners = (database: Database): string[] =>
  database
    .all(`SELECT DISTINCT owner FROM runs INDEXED BY runs_active WHERE ${ACTIVE}`)
    .map((row) => String(row['owner']));

/**
 * Runs that have not ended, oldest first, but for those that a batch or a server has queued. By name of its index: or
 * SQLite reads all runs to have them in order.
 */
export const activeRuns = (database: Database): StoredRun[] =>
  database
    .all(`${selectRun('runs INDEXED BY runs_active')} WHERE ${ACTIVE} ORDER BY runs.id`)
    .map((row) => storedRun(row, database));

/** A run's events behind one of them, in order. Empty when there is no such run. */
export const eventsBehind = (database: Database, runId: string, seq: number): RunEvent[] =>
  database
    .all(
      `SELECT events.seq, events.at, events.body FROM events JOIN runs ON runs.id = events.run
       WHERE runs.run_id = ? AND events.seq > ? ORDER BY events.seq`,
      ...[runId, seq],
    )
    .map((row) => eventOf(row, runId, database));

/** Runs of a server's queue that have not ended, in the order they came. */
export const queuedRuns = (database: Database): StoredRun[] =>
  database
    .all(
      `${selectRun('runs INDEXED BY runs_queue')} WHERE runs.priority IS NOT NULL AND runs.ended_at IS NULL ORDER BY runs.id`,
    )
    .map((row) => storedRun(row, database));

/** Gives one process's to another. */
export function claimQueue(database: Database, from: string, to: string): void {
  database.run(
    'UPDATE runs SET owner = ? WHERE owner = ? AND priority IS NOT NULL AND ended_at IS NULL',
    ...[to, from],
  );
}

/** Those of them that somebody asked to stop. */
export const stoppedInQueue = (database: Database): StoredRun[] =>
  database
    .all(
      `${selectRun('runs INDEXED BY runs_queue')} WHERE runs.priority IS NOT NULL AND runs.ended_at IS NULL AND runs.stop_cause IS NOT NULL ORDER BY runs.id`,
    )
    .map((row) => storedRun(row, database));

/** A run's whole log, in order. Throws `run-not-found`. */
export function readEvents(database: Database, runId: string): RunEvent[] {
  const rows = database.all(
    `SELECT events.seq, events.at, events.body FROM events JOIN runs ON runs.id = events.run
     WHERE runs.run_id = ? ORDER BY events.seq`,
    runId,
  );
  if (rows.length === 0) throw unknown(database, runId);
  return rows.map((row) => eventOf(row, runId, database));
}

/** Begins a run's log, in the caller's transaction. Throws `state-conflict` when the id is taken. */
export function insertRun(
  database: Database,
  owner: string,
  event: RunEvent & { type: 'created' },
): RunRecord {
  const text = bodyText(event);
  const created = createdFacts(text);
  const { runId, seq, at } = event;
  const record = applyEvent(undefined, { type: 'created', ...created, runId, seq, at });
  const { app, createdAt, rerunOf, batch } = record;
  if (database.get('SELECT 1 FROM runs WHERE run_id = ?', runId) !== undefined)
    throw new RunnerError('state-conflict', `there is a run ${runId} already`, {
      hint: 'Start it again: it gets another id.',
    });
  const row = database.get(
    `INSERT INTO runs (run_id, owner, created_at, app_name, app_version, rerun_of,
       batch, item, item_index, submitter, search_text, ${FOLDED_COLUMNS.join(', ')})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${FOLDED_COLUMNS.map(() => '?').join(', ')}) RETURNING id`,
    ...[runId, owner, createdAt, app.name, app.version ?? null, rerunOf ?? null],
    ...[batch?.id ?? null, batch?.item ?? null, batch?.index ?? null],
    record.queue?.submitter ?? null,
    searchText(record),
    ...foldedValues(record),
  );
  const id = Number(row?.['id']);
  insertEvent(database, id, event, text);
  const changing = changingPart(record, created);
  database.run('INSERT INTO records (run, body) VALUES (?, ?)', id, changing);
  writeDeliveries(database, record, event);
  return record;
}

/** Appends events to a run read in the same transaction, and the record they fold to. */
export function appendEvents(
  database: Database,
  run: StoredRun,
  at: string,
  bodies: readonly EventBody[],
): RunRecord {
  const { runId } = run.record;
  const record = bodies.reduce((before, body) => {
    const event: RunEvent = { ...body, runId, seq: before.seq + 1, at };
    const text = bodyText(event);
    insertEvent(database, run.id, event, text);
    const after = applyEvent(before, parsedEvent(event, text));
    writeDeliveries(database, after, event);
    return after;
  }, run.record);
  updateColumns(database, run, record);
  const changing = changingPart(record, run.created);
  database.run('UPDATE records SET body = ? WHERE run = ?', changing, run.id);
  return record;
}

/** Those that differ: SQLite writes each index anew of which a column is named, changed or not. */
function updateColumns(
  database: Database,
  { id, record: before }: StoredRun,
  after: RunRecord,
): void {
  const known = foldedValues(before);
  const values = foldedValues(after);
  const changed = FOLDED_COLUMNS.map((column, at) => ({
    column,
    value: values[at] ?? null,
    at,
  })).filter(({ value, at }) => value !== known[at]);
  if (changed.length === 0) return;
  database.run(
    `UPDATE runs SET ${changed.map(({ column }) => `${column} = ?`).join(', ')} WHERE id = ?`,
    ...changed.map(({ value }) => value),
    id,
  );
}

/** What `verify` found wrong with one run. */
export interface StoreFault {
  readonly runId: string;
  readonly problem: string;
}

/** Folds every run's events again and compares with its record and its columns. */
export function* verifyRuns(database: Database): Generator<StoreFault> {
  for (let id: number | undefined = 0; (id = idBehind(database, id)) !== undefined;) {
    const run = id;
    const fault = database.snapshot(() => faultOf(database, run));
    if (fault !== undefined) yield fault;
  }
}

function idBehind(database: Database, id: number): number | undefined {
  const row = database.get('SELECT id FROM runs WHERE id > ? ORDER BY id LIMIT 1', id);
  return row && Number(row['id']);
}

function faultOf(database: Database, id: number): StoreFault | undefined {
  const row = database.get('SELECT * FROM runs WHERE id = ?', id);
  if (row === undefined) return undefined;
  const runId = String(row['run_id']);
  try {
    const folded = foldEvents(readEvents(database, runId));
    if (!isDeepStrictEqual(folded, readRun(database, runId).record))
      return { runId, problem: 'its record is not the fold of its events' };
    const columns = FOLDED_COLUMNS.map((column) => row[column]);
    if (!isDeepStrictEqual(columns, foldedValues(folded)))
      return { runId, problem: 'its row in the list is not that of its record' };
    return undefined;
  } catch (error) {
    // A damaged log makes the fold throw: that is what is looked for.
    if (error instanceof Error) return { runId, problem: error.message };
    throw error;
  }
}

function storedRun(row: Row, database: Database): StoredRun {
  const runId = String(row['run_id']);
  return reading(runId, database, () => {
    const created = createdFacts(String(row['created']));
    const record = wholeRecord(created, String(row['changing']));
    if (record.runId !== runId) throw new SyntaxError(`it is that of run ${record.runId}`);
    return { id: Number(row['id']), owner: String(row['owner']), created, record };
  });
}

/** An event as it lies in the database. */
export function eventOf(row: Row, runId: string, database: Database): RunEvent {
  const base = { runId, seq: Number(row['seq']), at: String(row['at']) };
  return reading(runId, database, () => parsedEvent(base, String(row['body'])));
}

/** Behind all that ever were: a place that a reader goes on from is never another event's. */
const NEXT_POSITION = `1 + max(
  coalesce((SELECT max(rowid) FROM events), 0),
  coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'events_removed_to'), 0))`;

function insertEvent(database: Database, run: number, event: RunEvent, text: string): void {
  database.run(
    `INSERT INTO events (rowid, run, seq, at, body) VALUES (${NEXT_POSITION}, ?, ?, ?, ?)`,
    run,
    event.seq,
    event.at,
    text,
  );
}

function bodyText(event: RunEvent): string {
  const { runId: _runId, seq: _seq, at: _at, ...body } = event;
  return JSON.stringify(body);
}

/** The event as it will be read back: only what JSON keeps may enter the record. */
const parsedEvent = (
  { runId, seq, at }: Pick<RunEvent, 'runId' | 'seq' | 'at'>,
  text: string,
): RunEvent => ({ ...(JSON.parse(text) as EventBody), runId, seq, at });

function reading<Result>(runId: string, database: Database, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RunnerError(
      'store-unusable',
      `what is stored of run ${runId} in ${database.path} is damaged: ${error.message}`,
      { hint: 'Remove that run, or restore a copy of the database.', cause: error },
    );
  }
}
