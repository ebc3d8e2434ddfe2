import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { RunnerError } from '../base/errors.ts';
import { openSqlite } from './database.ts';
import { storeError } from './faults.ts';
import { makePrivateFolder } from './private-folder.ts';

/** Another server's start may be looking at the lock just now. */
const WAIT_MS = 1_000;

/**
 * Makes this process the one server of a data folder; the kernel gives the lock up when the process
 * ends, however it ends. Throws `server-running` while another has it.
 */
export function lockForServer(folder: string): Disposable {
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
    throw new RunnerError('server-running', `a server is running on the data folder ${folder}`, {
      hint: 'Stop that one, or give this one a data folder of its own with CYTO_RUN_HOME.',
      cause: error,
    });
  }
  const lock = sqlite;
  return {
    [Symbol.dispose]: () => {
      lock.close();
    },
  };
}
