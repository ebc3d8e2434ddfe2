import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { RunRecord } from '../../src/runner/index.ts';
import { responseCheck, type ResponseCheck } from './response-check.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/cyto-run.js', import.meta.url));

/** What a server answered. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** As it came over the wire. */
  readonly bytes: Buffer;
}

/** A message of a server-sent stream. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string;
  readonly data: Record<string, unknown>;
}

/** A real `cyto-run serve` in a process of its own; disposing kills it. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it said on stderr so far. */
  readonly story: () => string;
  /** A request below /runner/v1; what is answered is checked against /openapi.json. */
  request<Body = unknown>(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Readonly<Record<string, string>> },
  ): Promise<Answer<Body>>;
  /** Resolves when the run has ended, as its stream tells. */
  ended(runId: string): Promise<RunRecord>;
  /** The messages of any stream below /runner/v1, as `stream`. */
  follow(
    path: string,
    options?: { after?: string; enough?: (message: StreamMessage) => boolean },
  ): Promise<StreamMessage[]>;
  /** The messages of a run's stream from a place on, until `enough` or its end. */
  stream(
    runId: string,
    options?: { after?: string; enough?: (message: StreamMessage) => boolean },
  ): Promise<StreamMessage[]>;
  /** Kills it as a crash would, and resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface TestServerOptions {
  readonly home: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const { home, args = [], env } = options;
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(process.execPath, [LAUNCHER, 'serve', '--listen', '127.0.0.1:0', ...args], {
    cwd: home,
    env: { PATH, HOME, XDG_CONFIG_HOME: home, CYTO_RUN_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let story = '';
  child.stderr.on('data', (bytes: Buffer) => {
    story += bytes.toString();
  });
  const gone = once(child, 'close') as Promise<[number | null]>;
  const lines = createInterface(child.stdout);
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    gone.then(([code]) => {
      throw new Error(`the server ended with ${String(code)} before it listened:\n${story}`);
    }),
  ]);
  const api = `${first}/runner/v1`;
  let check: ResponseCheck | undefined;
  const server: TestServer = {
    url: first,
    pid: child.pid ?? 0,
    story: () => story,
    async request<Body>(
      method: string,
      path: string,
      { body, headers }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
    ): Promise<Answer<Body>> {
      check ??= await responseCheck(first);
      const response = await fetch(`${api}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
      const hasBody = bytes.length > 0;
      const answer: unknown = isJson && hasBody ? JSON.parse(bytes.toString()) : bytes.toString();
      check({ method, path, response, answer: hasBody ? answer : undefined });
      const { status, headers: answered } = response;
      return { status, headers: answered, body: answer as Body, bytes };
    },
    async ended(runId) {
      await server.stream(runId);
      return (await server.request<RunRecord>('GET', `/runs/${runId}`)).body;
    },
    stream: (runId, options) => server.follow(`/runs/${runId}/stream`, options),
    async follow(path, { after, enough } = {}) {
      const stop = new AbortController();
      const response = await fetch(`${api}${path}`, {
        signal: stop.signal,
        headers: after === undefined ? {} : { 'last-event-id': after },
      });
      const messages: StreamMessage[] = [];
      let text = '';
      const decoder = new TextDecoder();
      try {
        for await (const bytes of (response.body ?? []) as AsyncIterable<Uint8Array>) {
          text += decoder.decode(bytes, { stream: true });
          const parts = text.split('\n\n');
          text = parts.pop() ?? '';
          for (const part of parts) {
            const message = messageOf(part);
            if (message === undefined) continue;
            messages.push(message);
            if (enough?.(message) === true) return messages;
          }
        }
        return messages;
      } finally {
        stop.abort();
      }
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      const [code] = await gone;
      return code;
    },
    async [Symbol.asyncDispose]() {
      await server.kill();
    },
  };
  return server;
}

/** Bytes of one stream of a run's log, as the messages of its stream told them. */
export const logOf = (messages: readonly StreamMessage[], stream: 'stdout' | 'stderr'): Buffer =>
  Buffer.concat(
    messages
      .filter(({ event, data }) => event === 'log' && data['stream'] === stream)
      .map(({ data }) =>
        typeof data['base64'] === 'string'
          ? Buffer.from(data['base64'], 'base64')
          : Buffer.from(String(data['text'])),
      ),
  );

function messageOf(part: string): StreamMessage | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
  const data = field('data');
  if (data === undefined) return undefined;
  return {
    event: field('event') ?? '',
    id: field('id') ?? '',
    data: JSON.parse(data) as Record<string, unknown>,
  };
}
