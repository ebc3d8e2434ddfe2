import { spawnSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';

/** A file system of its own, small and in memory. Disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  makeReadOnly(): void;
}

const mount = (...args: string[]): boolean =>
  spawnSync('mount', args, { stdio: 'ignore' }).status === 0;

async function smallDisk(sizeBytes: number): Promise<SmallDisk | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'cyto-run-disk-'));
  if (!mount('-t', 'tmpfs', '-o', `size=${String(sizeBytes)},mode=700`, 'tmpfs', path)) {
    await rmdir(path);
    return undefined;
  }
  return {
    path,
    makeReadOnly: () => {
      if (!mount('-o', 'remount,ro', path)) throw new Error(`${path} could not be made read-only`);
    },
    [Symbol.asyncDispose]: async () => {
      spawnSync('umount', ['--lazy', path]);
      await rmdir(path);
    },
  };
}

/** A test on a small disk; skipped, with the reason, where mounting is not allowed, except in CI. */
export function testOnSmallDisk(
  title: string,
  sizeBytes: number,
  body: (disk: SmallDisk) => Promise<void>,
  timeoutMs?: number,
): void {
  test(
    title,
    async ({ skip }) => {
      await using disk = await smallDisk(sizeBytes);
      if (disk !== undefined) await body(disk);
      else if (process.env['CI'] === 'true')
        throw new Error('a file system cannot be mounted here');
      else skip('a file system cannot be mounted here (it takes root)');
    },
    timeoutMs,
  );
}
