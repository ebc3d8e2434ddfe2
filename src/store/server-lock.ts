import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { RunnerError } from '../base/errors.ts';
import { openSqlite } from './database.ts';
import { storeError } from './faults.ts';
import { makePrivateFolder } from './private-folder.ts';

/** Another server's start may be looking at the lock just now. */
const WAIT_MS = 1_000;

/** Held by the one server of a data folder. */
export interface ServerLock extends Disposable {
  /** Tells who wants it that it will be free soon. */
  stopping(): void;
}

/**
 * Makes this process the one server of a data folder; the kernel gives the lock up when the process
 * ends, however it ends. Throws `server-running` while another has it: `details.process` is its pid,
 * `details.stopping` says that it is about to end.
 */
export function lockForServer(folder: string): ServerLock {
  makePrivateFolder(folder);
  const path = join(folder, 'server.lock');
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = openSqlite(path, { timeout: WAIT_MS });
    sqlite.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    sqlite?.close();
    const fault = storeError(error, path);
    if (!(fault instanceof RunnerError) || fault.code !== 'store-busy') throw fault;
    throw serverRunning(folder, error);
  }
  const lock = sqlite;
  const holder = join(folder, HOLDER_FILE);
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  return {
    stopping: () => {
      writeFileSync(holder, `${process.pid} ${STOPPING}\n`);
    },
    [Symbol.dispose]: () => {
      rmSync(holder, { force: true });
      lock.close();
    },
  };
}

/** Who holds the lock: SQLite lets nobody read the locked file itself. */
const HOLDER_FILE = 'server.pid';
const STOPPING = 'stopping';

function serverRunning(folder: string, cause: unknown): RunnerError {
  const [pid = '', stopping] = heldBy(folder).trim().split(' ');
  const who = pid === '' ? 'a server' : `a server (process ${pid})`;
  return new RunnerError('server-running', `${who} is running on the data folder ${folder}`, {
    hint: `Stop that one${pid === '' ? '' : ` (kill ${pid})`}, or give this one a data folder of its own with CYTO_RUN_HOME.`,
    details: {
      ...(pid === '' ? {} : { process: Number(pid) }),
      stopping: stopping === STOPPING,
    },
    cause,
  });
}

function heldBy(folder: string): string {
  try {
    return readFileSync(join(folder, HOLDER_FILE), 'utf8');
  } catch {
    return '';
  }
}
