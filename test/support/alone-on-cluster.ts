import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

import { lockFile } from '../../src/container/images/file-lock.ts';

/** The longest of the files that take the cluster needs three minutes, and machines are loaded. */
const TURN_MS = 900_000;

/**
 * For a `describe` that drains nodes or brings daemons back: no other such one disturbs the cluster of
 * the tests at the same time. Tests that only run jobs go on beside it.
 */
export function aloneOnCluster(): void {
  let lock: AsyncDisposable | undefined;
  beforeAll(async () => {
    const path = join(tmpdir(), 'cyto-run-test-cluster.lock');
    lock = await lockFile(path, AbortSignal.timeout(TURN_MS));
  }, TURN_MS);
  afterAll(async () => {
    await lock?.[Symbol.asyncDispose]();
  });
}
