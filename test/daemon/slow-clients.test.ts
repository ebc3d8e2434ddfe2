import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { REQUEST_TIMES } from '../../src/daemon/http/request-times.ts';
import { serverHere, type ServerHere } from '../support/server-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Short, so that nobody waits: what is tested is that there is an end. */
const SHORT = { headMs: 400, silenceMs: 400, lookMs: 100 };

interface Connection {
  readonly socket: Socket;
  /** All that came until the server closed the connection. */
  readonly answer: Promise<string>;
}

function connected({ server }: ServerHere): Connection {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let text = '';
  socket.on('data', (bytes) => (text += bytes.toString()));
  // A connection that is cut is an end too.
  socket.on('error', () => undefined);
  const answer = Promise.race([once(socket, 'end'), once(socket, 'close')]).then(() => {
    socket.destroy();
    return text;
  });
  return { socket, answer };
}

const problemIn = (answer: string): unknown => JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
const POST =
  'POST /runner/v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

test('what is no request is told so as a problem, and the connection closed', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  for (const [bytes, status] of [
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['GET / HTTP/9.9\r\n\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nhost: localhost\r\nbad\x01header: x\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 431],
    [`${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    [`${POST}content-length: -1\r\n\r\n`, 400],
    [`${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
  ] as const) {
    const { socket, answer } = connected(here);
    socket.write(Buffer.from(bytes, 'latin1'));
    const text = await answer;
    expect(text, bytes.slice(0, 60)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toMatch(/x-content-type-options: nosniff/i);
    expect(text).toMatch(/content-type: application\/problem\+json/i);
    expect(problemIn(text)).toMatchObject({ status, code: 'request-invalid' });
  }
  expect(here.faults).toEqual([]);
});

test('who begins a request and does not go on is cut off, within its head and within its body', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path, {}, SHORT);
  const head = connected(here);
  head.socket.write('GET /runner/v1/runs HTTP/1.1\r\nhost: local');
  expect(await head.answer).toMatch(/^HTTP\/1.1 408 /);
  const body = connected(here);
  body.socket.write(`${POST}content-length: 100\r\n\r\n{"app":`);
  expect(await body.answer).toBe('');
  const chunks = connected(here);
  chunks.socket.write(`${POST}transfer-encoding: chunked\r\n\r\n5\r\n{"app`);
  expect(await chunks.answer).toBe('');
  expect((await here.ask('GET', '/runner/v1/runs')).status).toBe(200);
  expect(here.faults).toEqual([]);
});

test('who sends a letter now and then is cut off too, while its head lasts', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path, {}, SHORT);
  const { socket, answer } = connected(here);
  socket.write('GET /runner/v1/runs HTTP/1.1\r\n');
  for (let count = 0; !socket.destroyed; count += 1) {
    socket.write(`x-${count}: y\r\n`);
    await systemClock.sleep(20);
  }
  expect(await answer).toMatch(/^HTTP\/1.1 408 /);
});

test('who closes its half when it has asked is answered all the same', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path);
  const { socket, answer } = connected(here);
  socket.end('GET /runner/v1/runs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1.1 200 /);
});

test('a slow answer is no silence of its reader', async () => {
  await using home = await temporaryFolder();
  await using here = await serverHere(home.path, {}, { ...REQUEST_TIMES, silenceMs: 50 });
  const { socket, answer } = connected(here);
  socket.write(`GET /runner/v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}`);
  await once(socket, 'data');
  await systemClock.sleep(SHORT.silenceMs);
  expect(socket.readyState).toBe('open');
  socket.destroy();
  expect(await answer).toMatch(/^HTTP\/1.1 200 /);
});
