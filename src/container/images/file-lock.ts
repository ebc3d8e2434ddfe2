import { spawn } from 'node:child_process';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemCodeOf } from '../../base/errors.ts';

/**
 * An exclusive lock on a file, between all processes of this machine (and, where the file system has
 * such locks, of others). The kernel releases it when this process ends, however it ends.
 *
 * Node cannot lock files, flock(1) can: given our descriptor it locks the open file that we share
 * with it, and the lock stays ours when it has ended. Where there is no flock(1), or the file system
 * has no locks, there is none: whoever relies on it must be correct without, only slower.
 */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  onWaiting?: () => void,
): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o600);
  try {
    if ((await flock(file, ['-x', '-n'], signal)) === BUSY) {
      onWaiting?.();
      await flock(file, ['-x'], signal);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}

/** The lock if nobody has it, without waiting. */
export async function tryLockFile(
  path: string,
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o600);
  if ((await flock(file, ['-x', '-n'], signal)) !== BUSY)
    return { [Symbol.asyncDispose]: () => file.close() };
  await file.close();
  return undefined;
}

/** What `flock -n` ends with when another has the lock. */
const BUSY = 1;

function flock(file: FileHandle, options: readonly string[], signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...options, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', file.fd],
      signal,
    });
    child.on('error', (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (systemCodeOf(error) === 'ENOENT') resolve(0);
      else reject(error);
    });
    child.on('exit', (code) => {
      resolve(code ?? 0);
    });
  });
}
