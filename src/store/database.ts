import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { LIMITS } from '../base/limits.ts';
import { isReadOnlyFault, storeError } from './faults.ts';

export type Row = Record<string, SQLOutputValue>;

/** SQLite is loaded when a database is first opened: most of this program never needs it. */
export function openSqlite(
  location: string | URL,
  options: { readOnly?: boolean; timeout: number },
): DatabaseSync {
  return new (process.getBuiltinModule('node:sqlite').DatabaseSync)(location, options);
}

/**
 * One SQLite file in WAL mode. Every call throws `store-busy`, `disk-full` or `store-unusable`
 * instead of SQLite's own errors. Not to be opened over a network file system: WAL needs shared memory.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, sqlite: DatabaseSync) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  /** A database in memory that vanishes with this object. */
  static inMemory(): Database {
    return new Database('(memory)', openSqlite(':memory:', { timeout: 0 }));
  }

  /** Opens or makes the file; read-only when it or its folder cannot be written. */
  static open(path: string): Database {
    createPrivately(path);
    try {
      return Database.#connect(path, pathToFileURL(path), WRITABLE);
    } catch (error) {
      if (!isReadOnlyFault(error)) throw error;
    }
    // WAL's companion files cannot be made here; without them nothing changes, so none are needed.
    const url = pathToFileURL(path);
    if (!hasContent(`${path}-wal`)) url.searchParams.set('immutable', '1');
    return Database.#connect(path, url, '');
  }

  static #connect(path: string, url: URL, pragmas: string): Database {
    const options = { readOnly: pragmas === '', timeout: LIMITS.storeBusyMs };
    const database = new Database(
      path,
      guarded(path, () => openSqlite(url, options)),
    );
    try {
      database.exec(pragmas);
      // SQLite opens a file lazily: whether it can be read is known after the first look into it.
      database.get('SELECT 1 FROM sqlite_master LIMIT 1');
      return database;
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  exec(sql: string): void {
    guarded(this.path, () => {
      this.#sqlite.exec(sql);
    });
  }

  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return guarded(this.path, () => Number(this.#prepared(sql).run(...values).changes));
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return guarded(this.path, () => this.#prepared(sql).get(...values));
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return guarded(this.path, () => this.#prepared(sql).all(...values));
  }

  /**
   * Runs `work` in one transaction that holds the write lock from its start, so that what it reads
   * is still true when it writes. Durable when this returns; undone when `work` throws.
   */
  transaction<Result>(work: () => Result): Result {
    return this.#between('BEGIN IMMEDIATE', work);
  }

  /** Runs `work`, which only reads, on one unchanging state of the database. */
  snapshot<Result>(work: () => Result): Result {
    return this.#between('BEGIN', work);
  }

  /**
   * Runs `work`, whose writes survive the end of this process but perhaps not a power cut: it does not
   * wait for the disk. Not within a transaction.
   */
  withoutWaiting(work: () => void): void {
    this.exec('PRAGMA synchronous = NORMAL');
    try {
      work();
    } finally {
      this.exec('PRAGMA synchronous = FULL');
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #between<Result>(begin: string, work: () => Result): Result {
    this.exec(begin);
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#sqlite.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** FULL: an event is on the disk, not only in the kernel, before anyone hears of it. */
const WRITABLE = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF`;

/** Records name people and paths: the file is its owner's alone, also in a folder that is not. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!existsSync(path)) throw storeError(error, path);
  }
}

const hasContent = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storeError(error, path);
  }
}
