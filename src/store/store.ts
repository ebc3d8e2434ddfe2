import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { Clock } from '../base/clock.ts';
import { RunnerError } from '../base/errors.ts';
import {
  attemptOf,
  isTerminal,
  type CreatedFacts,
  type EventBody,
  type RunEvent,
  type RunLog,
  type RunRecord,
  type RunState,
  type StopCause,
  type StopWatch,
} from '../runner/index.ts';
import { Database } from './database.ts';
import { SqliteBatches, type BatchStore } from './batches.ts';
import { storeError } from './faults.ts';
import { followLog } from './follow-log.ts';
import {
  activeOwners,
  activeRuns,
  appendEvents,
  insertRun,
  readEvents,
  readRun,
  verifyRuns,
  type StoredRun,
} from './journal.ts';
import { listRuns, type RunPage, type RunQuery } from './listing.ts';
import { LogReader, type LogChunk, type LogQuery } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { isLocked, OwnerLock } from './owner-lock.ts';
import { makePrivateFolder } from './private-folder.ts';
import { resolveRunId, unknown } from './resolve-run-id.ts';
import { makeRunFolder, removeRunFolder } from './run-folder.ts';
import { isRunId } from './run-id.ts';
import type { RunStore, StoreOptions } from './run-store.ts';
import { watchForStop } from './stop-watch.ts';

/** Opens a data folder. Nothing is read or made before it is needed. */
export const openStore = (options: StoreOptions): RunStore => new SqliteRunStore(options);

class SqliteRunStore implements RunStore {
  readonly folder: string;
  readonly #clock: Clock;
  #opened: Database | undefined;
  #lock: OwnerLock | undefined;
  readonly #logs = new Map<string, LogWriter>();

  constructor({ folder, clock }: StoreOptions) {
    this.folder = folder;
    this.#clock = clock;
  }

  get batches(): BatchStore {
    return new SqliteBatches({
      readable: () => this.#readable(),
      writable: () => this.#writable(),
      owner: () => this.ownerId,
      now: () => this.#clock.now().toISOString(),
    });
  }

  get dataId(): string {
    const row = this.#writable().get("SELECT value FROM meta WHERE name = 'data_id'");
    return String(row?.['value']);
  }

  get ownerId(): string {
    this.#lock ??= OwnerLock.acquire(this.#ownersFolder);
    return this.#lock.ownerId;
  }

  create(runId: string, facts: CreatedFacts): RunRecord {
    if (!isRunId(runId)) throw new TypeError(`"${runId}" cannot be a run's id`);
    const at = this.#clock.now().toISOString();
    const database = this.#writable();
    return database.transaction(() =>
      insertRun(database, this.ownerId, { type: 'created', ...facts, runId, seq: 1, at }),
    );
  }

  append(runId: string, bodies: readonly EventBody[]): RunRecord {
    // Whoever hears of an event can read what the app wrote before it.
    this.#logs.get(runId)?.flush();
    return this.#change(runId, (run) => {
      this.#mustBeOurs(run);
      return bodies;
    });
  }

  read(runId: string): RunRecord {
    return readRun(this.#readable(), runId).record;
  }

  openLog(runId: string): RunLog {
    if (this.#logs.has(runId)) throw new TypeError(`the log of run ${runId} is open already`);
    const run = readRun(this.#readable(), runId);
    this.#mustBeOurs(run);
    const folder = this.#logFolder(runId, attemptOf(run.record));
    const log = new LogWriter(folder, this.#clock, () => {
      this.#logs.delete(runId);
    });
    this.#logs.set(runId, log);
    return log;
  }

  runFolder(runId: string): string {
    const path = join(this.folder, 'runs', runId);
    if (this.#progressOf(runId) === undefined) throw unknown(this.#readable(), runId);
    makeRunFolder(path);
    return path;
  }

  watchStop(runId: string): StopWatch {
    return watchForStop(this.#clock, () => {
      const row = this.#readable().get('SELECT stop_cause FROM runs WHERE run_id = ?', runId);
      return (row?.['stop_cause'] ?? undefined) as StopCause | undefined;
    });
  }

  events(runId: string): readonly RunEvent[] {
    return readEvents(this.#readable(), runId);
  }

  list(query: RunQuery): RunPage {
    return listRuns(this.#readable(), query);
  }

  resolveRunId(text: string): string {
    return resolveRunId(this.#readable(), text);
  }

  async remove(runId: string): Promise<void> {
    const { record } = readRun(this.#readable(), runId);
    if (!isTerminal(record.state))
      throw new RunnerError('run-active', `run ${runId} has not ended (${record.state})`, {
        hint: `Stop it first: cyto-run cancel ${runId}`,
      });
    // The folder first: cut short, this leaves a run that can be removed again, not files nobody knows.
    await removeRunFolder(join(this.folder, 'runs', runId));
    this.#writable().run('DELETE FROM runs WHERE run_id = ?', runId);
  }

  isOwnerAlive(ownerId: string): boolean {
    return ownerId === this.#lock?.ownerId || isLocked(this.#ownersFolder, ownerId);
  }

  isAttended(runId: string): boolean {
    return this.isOwnerAlive(readRun(this.#readable(), runId).owner);
  }

  claim(runId: string): boolean {
    const { owner, record } = readRun(this.#readable(), runId);
    if (isTerminal(record.state)) return false;
    if (owner === this.#lock?.ownerId) return true;
    if (this.isOwnerAlive(owner)) return false;
    // The dead stay dead, so this holds if nobody else has claimed the run meanwhile.
    const claimed = this.#writable().run(
      'UPDATE runs SET owner = ? WHERE run_id = ? AND owner = ? AND ended_at IS NULL',
      ...[this.ownerId, runId, owner],
    );
    return claimed === 1;
  }

  orphans(): readonly RunRecord[] {
    const owners = activeOwners(this.#readable());
    const dead = new Set(owners.filter((owner) => !this.isOwnerAlive(owner)));
    if (dead.size === 0) return [];
    return activeRuns(this.#readable())
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

  verify(): ReturnType<RunStore['verify']> {
    return verifyRuns(this.#readable());
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
    this.#opened?.[Symbol.dispose]();
    this.#opened = undefined;
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
    if (now === undefined) throw unknown(this.#readable(), runId);
    const reader = new LogReader(this.#logFolder(runId, attempt ?? now.attempt), query);
    if (tailBytes !== undefined) await reader.skipToTail(tailBytes);
    return reader;
  }

  #progressOf(runId: string): { readonly state: RunState; readonly attempt: number } | undefined {
    const row = this.#readable().get('SELECT state, attempt FROM runs WHERE run_id = ?', runId);
    return row && { state: row['state'] as RunState, attempt: Number(row['attempt']) };
  }

  /** Appends what `decide` answers, in one transaction with what it was told. */
  #change(runId: string, decide: (run: StoredRun) => readonly EventBody[]): RunRecord {
    const database = this.#writable();
    return database.transaction(() => {
      const run = readRun(database, runId);
      const bodies = decide(run);
      if (bodies.length === 0) return run.record;
      return appendEvents(database, run, this.#clock.now().toISOString(), bodies);
    });
  }

  #mustBeOurs({ owner, record: { runId } }: StoredRun): void {
    if (owner !== this.#lock?.ownerId)
      throw new RunnerError('state-conflict', `run ${runId} is another process's`, {
        hint: 'A run is executed by one process; another may claim it when that one is dead.',
      });
  }

  #writable(): Database {
    if (this.#opened !== undefined) return this.#opened;
    makePrivateFolder(this.folder);
    return this.#open();
  }

  /** A database that is not there yet reads like an empty one. */
  #readable(): Database {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#isThere()) return this.#open();
    const empty = Database.inMemory();
    migrate(empty, MIGRATIONS);
    return empty;
  }

  #isThere(): boolean {
    try {
      const folder = statSync(this.folder, { throwIfNoEntry: false });
      if (folder?.isDirectory() === false)
        throw new RunnerError('store-unusable', `the data folder ${this.folder} is not a folder`, {
          hint: 'Choose another data folder, for example with CYTO_RUN_HOME.',
        });
      return statSync(this.#databasePath, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      throw storeError(error, this.folder);
    }
  }

  #open(): Database {
    const database = Database.open(this.#databasePath);
    try {
      migrate(database, MIGRATIONS);
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
    this.#opened = database;
    return database;
  }

  get #databasePath(): string {
    return join(this.folder, 'cyto-run.db');
  }
}
