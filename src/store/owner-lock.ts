import { readdirSync, rmSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { RunnerError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { openSqlite } from './database.ts';
import { storeError } from './faults.ts';
import { makePrivateFolder } from './private-folder.ts';
import { randomText } from './run-id.ts';

const SUFFIX = '.lock';

/**
 * How processes on one data folder tell a living one from a dead one, without pids (which are reused)
 * and without heartbeats (which are late).
 *
 * A process that executes runs holds an exclusive lock on a file of its own, `<ownerId>.lock`; the
 * kernel releases it when the process ends, however it ends. Another process proves that it is dead by
 * getting a shared lock on that file. SQLite does the locking because Node cannot; the files hold
 * nothing. POSIX drops all locks of a process on a file when it closes any descriptor of it: nothing
 * but SQLite, which knows that, may open these files.
 */
export class OwnerLock implements Disposable {
  readonly ownerId: string;
  readonly #path: string;
  readonly #sqlite: DatabaseSync;

  private constructor(ownerId: string, path: string, sqlite: DatabaseSync) {
    this.ownerId = ownerId;
    this.#path = path;
    this.#sqlite = sqlite;
  }

  /**
   * Locks a new file in `folder`, and removes the files dead processes left there. Throws
   * `store-unusable`, `disk-full`, `store-busy`.
   */
  static acquire(folder: string): OwnerLock {
    makePrivateFolder(folder);
    removeDead(folder);
    for (let attempt = 0; attempt < LIMITS.ownerLockAttemptsMax; attempt += 1) {
      const ownerId = randomText(16);
      const path = lockPath(folder, ownerId);
      const sqlite = lockExclusively(path);
      // A process that looked between making and locking has taken the file for a dead one's.
      if (existsSync(path)) return new OwnerLock(ownerId, path, sqlite);
      sqlite.close();
    }
    throw new RunnerError('store-busy', `no lock could be had in ${folder}`, {
      hint: 'Another program keeps removing files there; stop it and try again.',
    });
  }

  /** From here on this process counts as dead. */
  [Symbol.dispose](): void {
    if (!this.#sqlite.isOpen) return;
    // Removed while still locked, so that nobody sees it as a dead process's.
    rmSync(this.#path, { force: true });
    this.#sqlite.close();
  }
}

/**
 * Whether the process with this id may still be alive: false only when its lock is proved to be free,
 * and then for good, for ids are never used twice. Must not be asked about this process itself.
 */
export function isLocked(folder: string, ownerId: string): boolean {
  const path = lockPath(folder, ownerId);
  return existsSync(path) && !whileUnlocked(path, () => undefined);
}

function lockExclusively(path: string): DatabaseSync {
  try {
    const sqlite = openSqlite(path, { timeout: LIMITS.storeBusyMs });
    // A journal on the disk would be left behind by a killed process.
    sqlite.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return sqlite;
  } catch (error) {
    throw storeError(error, path);
  }
}

function removeDead(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    // Removed while the shared lock is held: an owner just locking it waits, and sees that it is gone.
    if (name.endsWith(SUFFIX))
      whileUnlocked(path, () => {
        rmSync(path, { force: true });
      });
  }
}

/** Runs `work` while holding a shared lock on the file; false, without waiting, when its owner holds it. */
function whileUnlocked(path: string, work: () => void): boolean {
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = openSqlite(pathToFileURL(path), { readOnly: true, timeout: 0 });
    sqlite.exec('BEGIN; SELECT 1 FROM sqlite_master');
  } catch {
    // Locked, or unreadable: either way its death is not proved.
    sqlite?.close();
    return false;
  }
  try {
    work();
    return true;
  } finally {
    sqlite.close();
  }
}

const lockPath = (folder: string, ownerId: string): string => join(folder, ownerId + SUFFIX);
