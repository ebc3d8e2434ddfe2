import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test, vi } from 'vitest';

import { certificate } from '../support/certificate.ts';
import { describeWith } from '../support/needs.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const MAX = 3;

/** A server that keeps no more than three connections open. */
function boundServer(home: string, more = ''): Promise<TestServer> {
  writeFileSync(join(home, 'cyto-run.yaml'), `serve:\n  connections: ${MAX}\n${more}`);
  return startTestServer({ home, env: { CYTO_RUN_ENGINE: 'process' } });
}

type Opened = () => Socket;

const plainTo =
  ({ url }: TestServer): Opened =>
  () =>
    connect(Number(new URL(url).port), '127.0.0.1');

const requestFor = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

/** Follows all events, and is known to the server when this resolves. */
async function follower(open: Opened): Promise<Socket> {
  const socket = open().on('error', () => undefined);
  socket.write(requestFor('/runner/v1/events'));
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toMatch(/^HTTP\/1.1 200 /);
  return socket;
}

/** What one is answered that asks for a path and closes nothing. */
async function answered(open: Opened, path: string): Promise<string> {
  const socket = open().on('error', () => undefined);
  socket.write(requestFor(path));
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return text;
}

async function refused(server: TestServer): Promise<number> {
  const text = await answered(plainTo(server), '/metrics');
  return Number(/^cytorun_connections_refused_total (\d+)$/m.exec(text)?.[1]);
}

function expectRefusal(text: string): void {
  expect(text).toMatch(/^HTTP\/1.1 503 /);
  expect(text).toMatch(/^retry-after: \d+\r$/im);
  expect(text).toMatch(/^connection: close\r$/im);
  expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    status: 503,
    code: 'too-many-connections',
  });
}

test('a connection beyond the bound is told so and closed, and has room when another is gone', async () => {
  await using home = await temporaryFolder();
  await using server = await boundServer(home.path);
  const open = plainTo(server);
  const followers = await Promise.all(Array.from({ length: MAX }, () => follower(open)));
  for (let time = 0; time < 3; time += 1) expectRefusal(await answered(open, '/runner/v1/runs'));
  expect(server.story().match(/more connections than/g)).toHaveLength(1);
  expect(followers.some(({ destroyed }) => destroyed)).toBe(false);

  followers[0]?.destroy();
  await vi.waitFor(async () => {
    (await follower(open)).destroy();
  });
  for (const socket of followers) socket.destroy();
});

test('how the server does is answered beyond the bound, with how many were refused', async () => {
  await using home = await temporaryFolder();
  await using server = await boundServer(home.path);
  const open = plainTo(server);
  const followers = await Promise.all(Array.from({ length: MAX }, () => follower(open)));
  expect(await answered(open, '/health/live')).toMatch(/^HTTP\/1.1 200 /);
  expect(await refused(server)).toBe(2);
  for (const socket of followers) socket.destroy();
});

test('who asks for nothing beyond the bound is cut off all the same', async () => {
  await using home = await temporaryFolder();
  await using server = await boundServer(home.path);
  const open = plainTo(server);
  const followers = await Promise.all(Array.from({ length: MAX }, () => follower(open)));
  const silent = open().on('error', () => undefined);
  await once(silent.resume(), 'close');
  expect(followers.some(({ destroyed }) => destroyed)).toBe(false);
  for (const socket of followers) socket.destroy();
});

describeWith('openssl', 'over TLS', () => {
  test('a connection beyond the bound is told so too', async () => {
    await using home = await temporaryFolder();
    const { cert } = certificate(home.path, 'own');
    await using server = await boundServer(home.path, `  tls: { cert: own.pem, key: own.key }\n`);
    const port = Number(new URL(server.url).port);
    const ca = readFileSync(cert);
    const open = (): Socket => connectTls({ host: '127.0.0.1', port, ca });
    const followers = await Promise.all(Array.from({ length: MAX }, () => follower(open)));
    expectRefusal(await answered(open, '/runner/v1/runs'));
    for (const socket of followers) socket.destroy();
  });
});
