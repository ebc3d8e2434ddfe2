import { join } from 'node:path';

import type { Clock } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import {
  isTerminal,
  type CreatedFacts,
  type EventBody,
  type RunEvent,
  type RunLog,
  type RunRecord,
  type StopCause,
  type StopWatch,
} from '../runner/index.ts';
import { allEvents, type AllEvents } from './all-events.ts';
import { SqliteBatches, type BatchStore } from './batches.ts';
import { followLog } from './follow-log.ts';
import { followRun, type RunCursor, type RunNews } from './follow-run.ts';
import {
  activeOwners,
  activeRuns,
  appendEvents,
  eventsBehind,
  insertRun,
  readEvents,
  readRun,
  verifyRuns,
  type StoredRun,
} from './journal.ts';
import { listRuns, type RunPage, type RunQuery } from './listing.ts';
import { LazyDatabase } from './lazy-database.ts';
import { LogReader, type LogChunk, type LogQuery } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';
import { isLocked, OwnerLock } from './owner-lock.ts';
import { resolveRunId, unknown } from './resolve-run-id.ts';
import { makeRunFolder, removeRunFolder } from './run-folder.ts';
import { isRunId } from './run-id.ts';
import { progressOf, type RunProgress } from './run-progress.ts';
import type { RunStore, StoreOptions } from './run-store.ts';
import { SqliteServerStore, type ServerContext, type ServerStore } from './server-store.ts';
import { watchForStop } from './stop-watch.ts';
import { SqliteUpkeep } from './upkeep/sqlite-upkeep.ts';
import type { Upkeep } from './upkeep/upkeep.ts';
import { SqliteWebhooks } from './webhooks/sqlite-webhooks.ts';
import type { WebhookStore } from './webhooks/webhook-store.ts';

/** Opens a data folder. Nothing is read or made before it is needed. */
export const openStore = (options: StoreOptions): RunStore => new SqliteRunStore(options);

class SqliteRunStore implements RunStore {
  readonly folder: string;
  readonly server: ServerStore & Disposable;
  readonly #clock: Clock;
  readonly #database: LazyDatabase;
  #lock: OwnerLock | undefined;
  readonly #logs = new Map<string, LogWriter>();

  constructor({ folder, clock }: StoreOptions) {
    this.folder = folder;
    this.#database = new LazyDatabase(folder);
    this.#clock = clock;
    this.server = new SqliteServerStore(this.#context);
  }

  get batches(): BatchStore {
    return new SqliteBatches(this.#context);
  }

  get webhooks(): WebhookStore {
    return new SqliteWebhooks(this.#context);
  }

  get upkeep(): Upkeep {
    return new SqliteUpkeep(this.#context);
  }

  get dataId(): string {
    const row = this.#database.writable().get("SELECT value FROM meta WHERE name = 'data_id'");
    return String(row?.['value']);
  }

  get ownerId(): string {
    this.#lock ??= OwnerLock.acquire(this.#ownersFolder);
    return this.#lock.ownerId;
  }

  create(runId: string, facts: CreatedFacts): RunRecord {
    if (!isRunId(runId)) throw new TypeError(`"${runId}" cannot be a run's id`);
    const at = this.#clock.now().toISOString();
    const database = this.#database.writable();
    return database.transaction(() =>
      insertRun(database, this.ownerId, { type: 'created', ...facts, runId, seq: 1, at }),
    );
  }

  append(runId: string, bodies: readonly EventBody[]): RunRecord {
    // Whoever hears of an event can read what the app wrote before it.
    this.#logs.get(runId)?.flush();
    return this.#change(runId, (run) => {
      this.#mustBeOurs(runId, run.owner);
      return bodies;
    });
  }

  read(runId: string): RunRecord {
    return readRun(this.#database.readable(), runId).record;
  }

  openLog(runId: string): RunLog {
    if (this.#logs.has(runId)) throw new TypeError(`the log of run ${runId} is open already`);
    const now = this.#progressOf(runId);
    if (now === undefined) throw unknown(this.#database.readable(), runId);
    this.#mustBeOurs(runId, now.owner);
    const folder = this.#logFolder(runId, now.attempt);
    const log = new LogWriter(folder, this.#clock, () => {
      this.#logs.delete(runId);
    });
    this.#logs.set(runId, log);
    return log;
  }

  runFolder(runId: string): string {
    const path = join(this.folder, 'runs', runId);
    if (this.#progressOf(runId) === undefined) throw unknown(this.#database.readable(), runId);
    makeRunFolder(path);
    return path;
  }

  watchStop(runId: string): StopWatch {
    return watchForStop(this.#clock, () => {
      const row = this.#database
        .readable()
        .get('SELECT stop_cause FROM runs WHERE run_id = ?', runId);
      return (row?.['stop_cause'] ?? undefined) as StopCause | undefined;
    });
  }

  events(runId: string): readonly RunEvent[] {
    return readEvents(this.#database.readable(), runId);
  }

  list(query: RunQuery): RunPage {
    return listRuns(this.#database.readable(), query);
  }

  resolveRunId(text: string): string {
    return resolveRunId(this.#database.readable(), text);
  }

  async remove(runId: string): Promise<void> {
    const { record } = readRun(this.#database.readable(), runId);
    if (!isTerminal(record.state))
      throw new RunnerError('run-active', `run ${runId} has not ended (${record.state})`, {
        hint: `Stop it first: cyto-run cancel ${runId}`,
      });
    // The folder first: cut short, this leaves a run that can be removed again, not files nobody knows.
    await removeRunFolder(join(this.folder, 'runs', runId));
    this.#database.writable().run('DELETE FROM runs WHERE run_id = ?', runId);
  }

  isOwnerAlive(ownerId: string): boolean {
    return ownerId === this.#lock?.ownerId || isLocked(this.#ownersFolder, ownerId);
  }

  isAttended(runId: string): boolean {
    return this.isOwnerAlive(readRun(this.#database.readable(), runId).owner);
  }

  claim(runId: string): boolean {
    const { owner, record } = readRun(this.#database.readable(), runId);
    if (isTerminal(record.state)) return false;
    if (owner === this.#lock?.ownerId) return true;
    if (this.isOwnerAlive(owner)) return false;
    // The dead stay dead, so this holds if nobody else has claimed the run meanwhile.
    const claimed = this.#database
      .writable()
      .run(
        'UPDATE runs SET owner = ? WHERE run_id = ? AND owner = ? AND ended_at IS NULL',
        ...[this.ownerId, runId, owner],
      );
    return claimed === 1;
  }

  orphans(): readonly RunRecord[] {
    const owners = activeOwners(this.#database.readable());
    const dead = new Set(owners.filter((owner) => !this.isOwnerAlive(owner)));
    if (dead.size === 0) return [];
    return activeRuns(this.#database.readable())
      .filter(({ owner }) => dead.has(owner))
      .map(({ record }) => record);
  }

  requestStop(runId: string, cause: StopCause): RunRecord {
    return this.#change(runId, ({ record }) =>
      isTerminal(record.state) || record.stopCause !== undefined
        ? []
        : [{ type: 'stop-requested', cause }],
    );
  }

  async *readLog(runId: string, query: LogQuery): AsyncGenerator<LogChunk> {
    await using reader = await this.#logReader(runId, query);
    yield* reader.indexed();
    yield* reader.rest();
  }

  followLog(runId: string, query: LogQuery, signal?: AbortSignal): AsyncIterable<LogChunk> {
    const run = {
      now: () => this.#progressOf(runId),
      reader: (each: LogQuery) => this.#logReader(runId, each),
      clock: this.#clock,
    };
    return followLog(run, query, signal);
  }

  followRun(
    runId: string,
    from: RunCursor,
    pause: () => Promise<void>,
    signal: AbortSignal,
  ): AsyncIterable<RunNews> {
    const run = {
      eventsBehind: (seq: number) =>
        this.#progressOf(runId) && eventsBehind(this.#database.readable(), runId, seq),
      reader: (query: LogQuery) => this.#logReader(runId, query),
    };
    return followRun(run, from, pause, signal);
  }

  get allEvents(): AllEvents {
    return allEvents(() => this.#database.readable());
  }

  verify(): ReturnType<RunStore['verify']> {
    return verifyRuns(this.#database.readable());
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
    this.#database[Symbol.dispose]();
    // Last: whoever waits for it finds no living owner of our runs.
    this.server[Symbol.dispose]();
  }

  /** What the parts of this store share. */
  get #context(): ServerContext {
    return {
      folder: this.folder,
      readable: () => this.#database.readable(),
      writable: () => this.#database.writable(),
      owner: () => this.ownerId,
      isAlive: (owner) => this.isOwnerAlive(owner),
      now: () => this.#clock.now().toISOString(),
    };
  }

  get #ownersFolder(): string {
    return join(this.folder, 'owners');
  }

  /** That of the first attempt holds those of the others, in folders of their own. */
  #logFolder(runId: string, attempt: number): string {
    const folder = join(this.folder, 'runs', runId, 'logs');
    return attempt === 1 ? folder : join(folder, `attempt-${attempt}`);
  }

  async #logReader(runId: string, { tailBytes, attempt, ...query }: LogQuery): Promise<LogReader> {
    const now = this.#progressOf(runId);
    if (now === undefined) throw unknown(this.#database.readable(), runId);
    const reader = new LogReader(this.#logFolder(runId, attempt ?? now.attempt), query);
    if (tailBytes !== undefined) await reader.skipToTail(tailBytes);
    return reader;
  }

  #progressOf(runId: string): RunProgress | undefined {
    return progressOf(this.#database.readable(), runId);
  }

  /** Appends what `decide` answers, in one transaction with what it was told. */
  #change(runId: string, decide: (run: StoredRun) => readonly EventBody[]): RunRecord {
    const database = this.#database.writable();
    return database.transaction(() => {
      const run = readRun(database, runId);
      const bodies = decide(run);
      if (bodies.length === 0) return run.record;
      return appendEvents(database, run, this.#clock.now().toISOString(), bodies);
    });
  }

  #mustBeOurs(runId: string, owner: string): void {
    if (owner !== this.#lock?.ownerId)
      throw new RunnerError('state-conflict', `run ${runId} is another process's`, {
        hint: 'A run is executed by one process; another may claim it when that one is dead.',
      });
  }
}
