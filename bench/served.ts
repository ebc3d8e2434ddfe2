import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { BenchContext } from './bench-context.ts';

/** The published program as a server; disposing kills it. */
export interface Served extends AsyncDisposable {
  readonly folder: string;
  /** The API's root. */
  readonly api: string;
  /** Megabytes that are resident now. */
  readonly residentMb: () => number;
  /** Open file descriptors. */
  readonly openFiles: () => number;
  /** Sends JSON and gives back what is answered; throws unless it was done. */
  post<Body>(path: string, body: object): Promise<Body>;
}

export interface ServedOptions {
  /** Of the data; absent: a new one. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly slots?: number;
}

/** Starts a server on a free port of loopback. */
export async function served(context: BenchContext, options: ServedOptions = {}): Promise<Served> {
  const folder = options.folder ?? (await mkdtemp(join(context.folder, 'served-')));
  const [program, ...args] = context.cytoRun('serve', '--listen', '127.0.0.1:0');
  const slots = options.slots === undefined ? [] : ['--slots', String(options.slots)];
  const child = spawn(program, [...args, ...slots], {
    cwd: folder,
    env: { ...context.env, CYTO_RUN_HOME: folder, CYTO_RUN_LOG_LEVEL: 'error', ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    gone.then(() => {
      throw new Error('the server ended before it listened');
    }),
  ])) as [string];
  const api = `${url}/runner/v1`;
  const proc = `/proc/${child.pid ?? 0}`;
  return {
    folder,
    api,
    residentMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1]) / 1_024,
    openFiles: () => readdirSync(`${proc}/fd`).length,
    async post<Body>(path: string, body: object) {
      const answer = await fetch(`${api}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${text}`);
      return JSON.parse(text) as Body;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Each message of a stream of events, from its beginning. */
export async function* messagesOf(
  url: string,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly event: string; readonly data: unknown }> {
  const answer = await fetch(url, signal === undefined ? {} : { signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data === undefined) continue;
      yield { event: /^event: (.*)$/m.exec(part)?.[1] ?? '', data: JSON.parse(data) };
    }
  }
}

interface Summary {
  readonly complete: number;
  readonly failed: number;
}

/** Submits a batch and waits for its end; throws unless all of it is complete. */
export async function runBatch(server: Served, submission: object, items: number): Promise<void> {
  const { batchId } = await server.post<{ batchId: string }>('/batches', {
    ...submission,
    items: Array.from({ length: items }, () => ({})),
  });
  for await (const { event, data } of messagesOf(`${server.api}/batches/${batchId}/stream`))
    if (event === 'summary' && (data as Summary).complete !== items)
      throw new Error(`of ${items} runs only ${(data as Summary).complete} are complete`);
}
