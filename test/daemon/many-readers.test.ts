import fc from 'fast-check';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';

import { apiRequests } from '../support/api-requests.ts';
import { furnishedServer } from '../support/furnished-server.ts';
import { plainApp } from '../support/plain-app.ts';
import { atMostOpen, openFiles, residentMb } from '../support/process-facts.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

vi.setConfig({ testTimeout: 600_000 });

const READERS = 2_000;
/** Connections that are made at one time: more would not fit into the kernel's list of those that wait. */
const AT_ONCE = 100;
const PROCESS = { CYTO_RUN_ENGINE: 'process' };

/** A connection that has asked for a path below the API and says whether a text has come. */
class Reader {
  readonly socket: Socket;
  #text = '';
  #told: (() => void) | undefined;

  constructor({ url }: TestServer, path: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => undefined);
    this.socket.write(`GET /runner/v1${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  }

  /** Resolves when a text has come. */
  async until(text: string): Promise<void> {
    this.socket.on('data', (bytes) => {
      this.#text += bytes.toString();
      this.#told?.();
    });
    while (!this.#text.includes(text)) {
      if (this.socket.destroyed) throw new Error(`cut off before ${text} came`);
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        this.socket.once('close', resolve);
      });
    }
    this.socket.removeAllListeners('data');
  }
}

test('two thousand readers of events are told, and when they are gone nothing of them is left', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path, env: PROCESS });
  await server.request('POST', '/apps', { body: { descriptor: plainApp('true') } });
  await server.request('GET', '/runs');
  const [filesBefore, mbBefore] = [openFiles(server.pid), residentMb(server.pid)];
  const readers: Reader[] = [];
  while (readers.length < READERS) {
    const some = Array.from({ length: AT_ONCE }, () => new Reader(server, '/events'));
    await Promise.all(some.map((reader) => reader.until(': \n\n')));
    readers.push(...some);
  }
  expect(openFiles(server.pid)).toBeGreaterThanOrEqual(filesBefore + READERS);
  const told = readers.map((reader) => reader.until('event: event'));
  await server.request('POST', '/runs', { body: { app: 'plain', hold: true } });
  await Promise.all(told);
  expect(residentMb(server.pid) - mbBefore).toBeLessThan(400);
  for (const { socket } of readers) socket.destroy();
  await atMostOpen(server.pid, filesBefore + 2);
  expect((await server.request('GET', '/runs')).status).toBe(200);
  expect(server.story()).not.toContain('"level":"error"');
});

test('who asks for much and never reads costs the server next to nothing', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path, env: PROCESS });
  const descriptor = plainApp('head -c 30000000 /dev/zero | tr "\\0" x');
  const { body } = await server.request<{ runId: string }>('POST', '/runs', {
    body: { descriptor },
  });
  await server.ended(body.runId);
  const [filesBefore, mbBefore] = [openFiles(server.pid), residentMb(server.pid)];
  const paths = [`/runs/${body.runId}/stream`, `/runs/${body.runId}/logs/stdout`];
  const readers = paths.flatMap((path) =>
    Array.from({ length: 20 }, () => new Reader(server, path)),
  );
  // The first bytes of each have come: by then the server has sent what it sends ahead.
  await Promise.all(
    readers.map(async ({ socket }) => {
      await once(socket, 'readable');
      socket.pause();
    }),
  );
  for (let request = 0; request < 50; request += 1) await server.request('GET', '/runs');
  // Forty times thirty megabytes were asked for.
  expect(residentMb(server.pid) - mbBefore).toBeLessThan(300);
  for (const { socket } of readers) socket.destroy();
  await atMostOpen(server.pid, filesBefore + 2);
});

test('thousands of requests, most of them wrong, leave nothing open and memory as it was', async () => {
  await using home = await temporaryFolder();
  await using furnished = await furnishedServer(home.path);
  const { server, description, known, token } = furnished;
  using client = new WireClient(server.url);
  const requests = fc.sample(apiRequests(description, known), { numRuns: 2_000, seed: 7 });
  const sendAll = async (some: typeof requests): Promise<void> => {
    for (const { headers, ...request } of some)
      await client.send({
        ...request,
        headers: { authorization: `Bearer ${token}`, ...headers },
      });
  };
  await sendAll(requests.slice(0, 1_000));
  const [filesBefore, mbBefore] = [openFiles(server.pid), residentMb(server.pid)];
  await sendAll(requests.slice(1_000));
  client[Symbol.dispose]();
  await atMostOpen(server.pid, filesBefore + 8);
  expect(residentMb(server.pid) - mbBefore).toBeLessThan(100);
});
