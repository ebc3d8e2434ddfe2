import { LIMITS } from '../base/limits.ts';
import type { RunEvent } from '../runner/index.ts';
import type { Database } from './database.ts';
import { eventOf } from './journal.ts';

/** An event of any run, with its place among all. */
export interface PlacedEvent {
  /** Higher than that of every event before it. */
  readonly position: number;
  readonly event: RunEvent;
  /** Of a run of a batch: its item's name and number. */
  readonly item?: { readonly name: string; readonly index: number };
}

/** Whose events. */
interface EventFilter {
  readonly submitter?: string;
  /** Of its runs, how their states change. */
  readonly batch?: string;
}

interface EventsBehind {
  readonly events: readonly PlacedEvent[];
  /** Everything up to here has been looked at. */
  readonly position: number;
}

/** The events of all runs of a data folder. */
export interface AllEvents {
  /** Those behind a position, in their order: as many as are read at once. */
  after(position: number, filter: EventFilter): EventsBehind;
  /** The position of the newest; 0: there was none yet. */
  last(): number;
  /** The position before the first of a batch. */
  before(batchId: string): number;
}

export const allEvents = (readable: () => Database): AllEvents => ({
  after: (position, filter) => eventsAfter(readable(), position, filter),
  last: () => lastPosition(readable()),
  before: (batchId) => positionBefore(readable(), batchId),
});

/** The position of the newest event; 0: there was none yet. */
const lastPosition = (database: Database): number =>
  Number(database.get('SELECT max(rowid) AS last FROM events')?.['last'] ?? 0);

/** The position before the first event of a batch. */
const positionBefore = (database: Database, batchId: string): number =>
  Number(
    database.get(
      `SELECT min(events.rowid) - 1 AS before FROM runs INDEXED BY runs_by_batch
       JOIN events ON events.run = runs.id WHERE runs.batch = ? AND runs.item_index = 0`,
      batchId,
    )?.['before'] ?? 0,
  );

/** Events behind a position, in their order: as many as are read at once. */
function eventsAfter(
  database: Database,
  position: number,
  { submitter, batch }: EventFilter,
): EventsBehind {
  // Asked first: what comes meanwhile is for the next time.
  const last = lastPosition(database);
  const rows = database.all(
    `SELECT events.rowid AS position, events.seq, events.at, events.body, runs.run_id, runs.item, runs.item_index
     FROM events CROSS JOIN runs ON runs.id = events.run
     WHERE events.rowid > ?1 AND events.rowid <= ?2
       AND (?3 IS NULL OR runs.submitter = ?3) AND (?4 IS NULL OR (runs.batch = ?4 AND events.seq > 1 AND json_extract(events.body, '$.type') = 'state'))
     ORDER BY events.rowid LIMIT ?5`,
    ...[position, last, submitter ?? null, batch ?? null, LIMITS.eventsReadMax],
  );
  const events = rows.map((row): PlacedEvent => ({
    position: Number(row['position']),
    event: eventOf(row, String(row['run_id']), database),
    ...(row['item'] === null
      ? {}
      : { item: { name: String(row['item']), index: Number(row['item_index']) } }),
  }));
  const isAll = rows.length < LIMITS.eventsReadMax;
  return { events, position: isAll ? Math.max(position, last) : (events.at(-1)?.position ?? last) };
}
