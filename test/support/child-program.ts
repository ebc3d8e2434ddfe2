import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { ContainerSpec } from '../../src/container/index.ts';
import type { EngineOpener } from '../container/contract/subject.ts';

const STORE_PROGRAM = fileURLToPath(new URL('store-program.ts', import.meta.url));
const WEBHOOK_PROGRAM = fileURLToPath(new URL('webhook-program.ts', import.meta.url));
const ENGINE_PROGRAM = fileURLToPath(new URL('engine-program.ts', import.meta.url));

/** A running program of ours. Disposing kills it. */
export interface ChildProgram extends AsyncDisposable {
  /** Its first line of output. */
  readonly said: string;
  /** Ends it the way nobody can prepare for. */
  kill(): Promise<void>;
}

/** Starts a store-program and waits for its first line. Rejects, with its stderr, when it ends without one. */
export const startProgram = (folder: string, ...args: string[]): Promise<ChildProgram> =>
  startFile(STORE_PROGRAM, [folder, ...args]);

/** Starts a webhook-program and waits until it has done its action. */
export const startWebhookProgram = (
  folder: string,
  action: 'end' | 'send',
): Promise<ChildProgram> => startFile(WEBHOOK_PROGRAM, [folder, action]);

/** Starts a program that starts a container, and waits for the first line that the app says. */
export const startEngineProgram = (
  opener: EngineOpener,
  spec: ContainerSpec,
): Promise<ChildProgram> =>
  startFile(ENGINE_PROGRAM, [JSON.stringify(opener), JSON.stringify(spec)]);

async function startFile(file: string, args: readonly string[]): Promise<ChildProgram> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Most of its start would be stripping types.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
  });
  const exited = once(child, 'exit');
  const errors: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  for await (const said of createInterface(child.stdout))
    return { said, kill, [Symbol.asyncDispose]: kill };
  throw new Error(`the program said nothing: ${Buffer.concat(errors).toString()}`);
}
