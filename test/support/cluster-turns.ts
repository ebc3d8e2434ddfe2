import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** The longest of the files that take the cluster needs three minutes, and machines are loaded. */
const TURN_MS = 900_000;

/**
 * A turn on the cluster of the tests, among all processes: who drains nodes, takes them down or ends
 * daemons has it `alone`; who only runs jobs, `beside` others that do the same. Disposing ends it.
 */
export async function clusterTurn(turn: 'alone' | 'beside'): Promise<AsyncDisposable> {
  // Who waits for all others to go keeps the gate shut meanwhile, or more and more would come.
  await using _gate = await lock('gate', '--exclusive');
  return await lock('turn', turn === 'alone' ? '--exclusive' : '--shared');
}

/** A turn for all tests of a `describe`, or of a file. */
export function takeTurn(turn: 'alone' | 'beside'): void {
  let held: AsyncDisposable | undefined;
  beforeAll(async () => {
    held = await clusterTurn(turn);
  }, TURN_MS);
  afterAll(async () => {
    await held?.[Symbol.asyncDispose]();
  });
}

/** flock(1) locks the open file that we share with it: it stays locked until we close it or die. */
async function lock(name: string, mode: '--exclusive' | '--shared'): Promise<AsyncDisposable> {
  // A file of this user's: not even root may open another's there.
  const path = join(tmpdir(), `cyto-run-test-cluster-${userInfo().uid}.${name}`);
  const file = await open(path, 'a', 0o600);
  const flock = spawn('flock', [mode, '3'], { stdio: ['ignore', 'ignore', 'inherit', file.fd] });
  const [code] = (await once(flock, 'exit')) as [number | null];
  if (code === 0) return file;
  await file.close();
  throw new Error(`flock ${mode} ended with ${String(code)}`);
}
