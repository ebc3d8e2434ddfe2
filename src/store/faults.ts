import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { isDiskFull, messageOf, RunnerError, systemCodeOf } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const SQLITE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP']);
const CHOOSE_ANOTHER = 'Choose another data folder, for example with CYTO_RUN_HOME.';

/**
 * The error a caller can act on, for whatever SQLite or the file system threw while using `path`.
 * Anything that is neither is returned as it is: a bug of ours.
 */
export function storeError(error: unknown, path: string): unknown {
  const sqlite = sqliteCodeOf(error);
  if (sqlite !== undefined) return ofSqlite(error, sqlite, path);
  const code = systemCodeOf(error);
  if (code === undefined || error instanceof RunnerError) return error;
  if (isDiskFull(error)) return diskFull(error, path);
  if (NO_ACCESS.has(code) || code === 'ENOENT' || code === 'EIO')
    return unusable(error, `cannot use ${path}: ${messageOf(error)}`);
  return error;
}

/** Whether `storeError` said that something may be read but not written. */
export const isReadOnlyFault = (error: unknown): boolean =>
  error instanceof RunnerError && error.details['readOnly'] === true;

function ofSqlite(error: unknown, code: number, path: string): RunnerError {
  switch (code) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return new RunnerError(
        'store-busy',
        `another program held the database ${path} for more than ${LIMITS.storeBusyMs / 1000} s`,
        { hint: 'Try again; if it stays so, look for a program that hangs.', cause: error },
      );
    case SQLITE.FULL:
      return diskFull(error, path);
    case SQLITE.READONLY:
    case SQLITE.PERM:
    case SQLITE.CANTOPEN:
      return unusable(error, `the database ${path} cannot be opened or written`, {
        readOnly: true,
      });
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return new RunnerError('store-unusable', `the database ${path} is damaged`, {
        hint: 'Move it away (the runs’ own folders beside it stay as they are) and start anew, or restore a copy.',
        cause: error,
      });
    case SQLITE.IOERR:
      // SQLite says only "I/O error" when its shared memory cannot grow.
      return isFull(path)
        ? diskFull(error, path)
        : unusable(error, `cannot read or write ${path}: ${messageOf(error)}`);
    default:
      throw error;
  }
}

const diskFull = (cause: unknown, path: string): RunnerError =>
  new RunnerError('disk-full', `the disk that holds ${path} is full`, {
    hint: 'Free some space, for example with `cyto-run rm` of runs no longer needed.',
    cause,
  });

const unusable = (
  cause: unknown,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): RunnerError =>
  new RunnerError('store-unusable', message, { hint: CHOOSE_ANOTHER, cause, details });

function sqliteCodeOf(error: unknown): number | undefined {
  if (systemCodeOf(error) !== 'ERR_SQLITE_ERROR') return undefined;
  // The lowest byte is the primary code; the rest only refines it.
  return (error as Error & { errcode: number }).errcode & 0xff;
}

function isFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}
