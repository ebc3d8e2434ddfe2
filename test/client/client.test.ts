import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { connect, type RunnerError, type RunNews } from '../../src/client/index.ts';
import { breakingProxy } from '../support/breaking-proxy.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A real server runs real programs, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 600_000 });

let server: TestServer;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const home = stack.use(await temporaryFolder());
  server = stack.use(
    await startTestServer({ home: home.path, env: { CYTO_RUN_ENGINE: 'process' } }),
  );
});
afterAll(() => stack.disposeAsync());

/** 256 different bytes on stdout, UTF-8 on stderr, in many pieces. */
const NOISY = plainApp(
  `for i in 1 2 3 4 5 6 7 8; do printf '\\000\\377\\303\\050%s' $i; printf 'é %s\\n' $i >&2; sleep 0.05; done; seq 20000 > out.txt`,
);

const bytesOf = (news: readonly RunNews[], stream: string): string =>
  Buffer.concat(
    news.flatMap((one) =>
      one.kind === 'log' && one.chunk.stream === stream ? [one.chunk.bytes] : [],
    ),
  ).toString('latin1');

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const failureOf = (promise: Promise<unknown>): Promise<RunnerError> =>
  promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as RunnerError,
  );

const STDOUT = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `\0\xff\xc3(${i}`).join('');
const STDERR = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `Ã© ${i}\n`).join('');

test('a run is submitted, followed byte for byte, explained, listed, and its outputs fetched', async () => {
  const { runs } = connect({ url: server.url });
  const { runId } = await runs.submit({ descriptor: NOISY });
  const news = await all(runs.follow(runId));
  expect(bytesOf(news, 'stdout')).toBe(STDOUT);
  expect(bytesOf(news, 'stderr')).toBe(STDERR);
  const events = news.flatMap((one) => (one.kind === 'event' ? [one.event] : []));
  expect(events).toEqual(await runs.events(runId));
  const { state, outputs } = await runs.show(runId);
  expect(state).toBe('COMPLETE');
  expect(await runs.why(runId)).toMatchObject({ code: 'complete' });
  expect((await all(runs.list({ limit: 1 }))).map((run) => run.runId)).toContain(runId);
  const log = await all(runs.log(runId));
  expect(
    Buffer.concat(
      log.filter(({ stream }) => stream === 'stderr').map(({ bytes }) => bytes),
    ).toString(),
  ).toBe(STDERR.replaceAll('Ã©', 'é'));
  const tail = await all(runs.log(runId, { stream: 'stdout', tail: 3 }));
  expect(Buffer.concat(tail.map(({ bytes }) => bytes)).toString('latin1')).toBe('\xc3(8');
  const content = Buffer.concat(await all(runs.readOutput(runId, outputs[0]!))).toString();
  expect(content.split('\n').length).toBe(20_001);
});

test('a connection that breaks again and again costs no event, no byte, and makes no second run', async () => {
  const { runs } = connect({ url: server.url });
  const marker = `broken-${process.pid}`;
  await using deaf = await breakingProxy(server.url, (at) => (at < 2 ? 0 : Infinity));
  const { runId } = await connect({ url: deaf.url }).runs.submit({
    descriptor: NOISY,
    parameters: { word: marker },
  });
  expect(deaf.connections()).toBe(3);
  expect(await all(runs.list({ search: marker }))).toHaveLength(1);
  await using cutting = await breakingProxy(server.url, () => 5_000);
  const news = await all(connect({ url: cutting.url }).runs.follow(runId));
  expect(bytesOf(news, 'stdout')).toBe(STDOUT);
  expect(bytesOf(news, 'stderr')).toBe(STDERR);
  expect(news.flatMap((one) => (one.kind === 'event' ? [one.event.seq] : []))).toEqual(
    (await runs.events(runId)).map(({ seq }) => seq),
  );
  expect(cutting.connections()).toBeGreaterThan(1);
});

test('an output is fetched behind what is here already, and refused when that is of another file', async () => {
  const { runs } = connect({ url: server.url });
  const { runId } = await runs.submit({ descriptor: NOISY });
  const { outputs } = await runs.ended(runId);
  const output = outputs[0]!;
  const whole = Buffer.concat(await all(runs.readOutput(runId, output)));
  await using proxy = await breakingProxy(server.url, (at) => 30_000 + at * 20_000);
  const broken = connect({ url: proxy.url });
  const already = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  const rest = await all(
    broken.runs.readOutput(runId, output, { already: already(whole.subarray(0, 5_000)) }),
  );
  expect(Buffer.concat(rest).equals(whole.subarray(5_000))).toBe(true);
  const other = all(runs.readOutput(runId, output, { already: already(Buffer.from('other')) }));
  expect(await failureOf(other)).toMatchObject({ code: 'transfer-damaged' });
});

test('a file is sent over a connection that breaks, checked, and used by a run', async () => {
  const content = Buffer.alloc(9_000_000, 'slide ');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const source = {
    name: 'a slide é.tif',
    sizeBytes: content.length,
    read: async (offset: number, length: number) => content.subarray(offset, offset + length),
  };
  // Of each connection the answer to what comes behind the first is lost.
  await using proxy = await breakingProxy(server.url, (at) => (at === 1 ? 0 : 3_000));
  const sent: number[] = [];
  const { uploads } = connect({ url: proxy.url });
  const upload = await uploads.send(
    { ...source, sha256 },
    { onProgress: (bytes) => sent.push(bytes) },
  );
  expect(upload).toMatchObject({ name: 'a slide é.tif', sha256, receivedBytes: 9_000_000 });
  expect(sent.at(-1)).toBe(9_000_000);
  const { runs } = connect({ url: server.url });
  const { runId } = await runs.submit({
    descriptor: plainApp('sha256sum < [FILE]'),
    parameters: { file: { upload: upload.id } },
  });
  await runs.ended(runId);
  const log = await all(runs.log(runId, { stream: 'stdout' }));
  expect(Buffer.concat(log.map(({ bytes }) => bytes)).toString()).toContain(sha256);
  expect(await failureOf(uploads.send({ ...source, sha256: '0'.repeat(64) }))).toMatchObject({
    code: 'upload-mismatch',
  });
});

test('a file of which some is on the server already is gone on with, through a server that is away for long', async () => {
  const content = Buffer.alloc(20_000_000, 'slide ');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const source = {
    ...{ name: 'begun.tif', sizeBytes: content.length, sha256 },
    read: async (offset: number, length: number) => content.subarray(offset, offset + length),
  };
  const { uploads } = connect({ url: server.url });
  const gone = new AbortController();
  const first = uploads.send(source, {
    signal: gone.signal,
    onProgress: () => {
      gone.abort(new Error('the sender is gone'));
    },
  });
  await expect(first).rejects.toThrow('gone');
  const [begun] = await uploads.list();
  expect(begun).toMatchObject({ name: 'begun.tif', wantedSha256: sha256 });
  expect(begun?.receivedBytes).toBeGreaterThan(0);
  // More often than a single request is tried again.
  await using proxy = await breakingProxy(server.url, (at) => (at < 8 ? 0 : Infinity));
  const told: number[] = [];
  const options = { onProgress: (bytes: number) => told.push(bytes) };
  const patient = connect({ url: proxy.url }).uploads;
  const whole = await patient.resume(begun?.id ?? '', source, options);
  expect(whole).toMatchObject({ id: begun?.id, sha256 });
  expect(whole.wantedSha256).toBeUndefined();
  expect(told[0]).toBeGreaterThanOrEqual(begun?.receivedBytes ?? Infinity);
  await uploads.remove(whole.id);
});

test('a run is canceled, forgotten, and then unknown', async () => {
  const { runs } = connect({ url: server.url });
  const { runId } = await runs.submit({ descriptor: plainApp('sleep 600') });
  await runs.cancel(runId, { now: true });
  expect(await runs.ended(runId)).toMatchObject({
    state: 'CANCELED',
    failure: { code: 'canceled' },
  });
  await runs.remove(runId);
  const gone = [runs.show(runId), all(runs.follow(runId)), runs.why(runId)].map(failureOf);
  for (const failure of await Promise.all(gone))
    expect(failure).toMatchObject({ code: 'run-not-found' });
});

test('apps are registered, listed, described, disabled, and refused then', async () => {
  const client = connect({ url: `${server.url}/runner/v1/` });
  const { apps, runs } = client;
  const app = await apps.register(plainApp('true', { name: 'known' }));
  expect(app).toMatchObject({ name: 'known', version: '1', enabled: true });
  expect(await apps.list()).toContainEqual(app);
  expect((await apps.show('known', '1')).invocationSchema).toMatchObject({ type: 'object' });
  expect(await runs.ended((await runs.submit({ app: 'known' })).runId)).toMatchObject({
    state: 'COMPLETE',
  });
  await apps.change('known', '1', { enabled: false, deprecated: 'old' });
  expect(await failureOf(runs.submit({ app: 'known' }))).toMatchObject({
    code: 'app-disabled',
    hint: expect.stringContaining('another version') as string,
  });
  expect(await client.info()).toMatchObject({ name: 'cyto-run' });
});

test('what is wrong is told with the code, the hint and the details of the server', async () => {
  const { runs } = connect({ url: server.url });
  const bad = { descriptor: NOISY, surprise: 1 };
  expect(await failureOf(runs.submit(bad))).toMatchObject({
    code: 'request-invalid',
    message: expect.stringContaining('surprise') as string,
    details: { faults: [{ place: 'body' }] },
  });
});

test('a code of a newer server, something else than a server, and nobody at all are told apart', async () => {
  const fake = createServer((request, response) => {
    const isNewer = request.url?.includes('newer') === true;
    response.writeHead(409, { 'content-type': 'application/problem+json' });
    response.end(isNewer ? '{"code": "brand-new", "detail": "so it is"}' : '<html>');
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`;
  const { runs } = connect({ url });
  expect(await failureOf(runs.show('newer'))).toMatchObject({
    code: 'request-invalid',
    message: 'so it is',
    details: { serverCode: 'brand-new' },
  });
  expect(await failureOf(runs.show('x'))).toMatchObject({ code: 'server-unreachable' });
  await new Promise((resolve) => fake.close(resolve));
  const lost: string[] = [];
  const nobody = connect({ url, onLost: ({ code }) => lost.push(code) });
  expect(await failureOf(nobody.runs.show('x'))).toMatchObject({
    code: 'server-unreachable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
  expect(lost.length).toBeGreaterThan(0);
});

test.each(['', 'localhost:8350', 'ftp://x', 'http://me:secret@host'])(
  '%j is no address of a server',
  (url) => {
    expect(() => connect({ url })).toThrow(expect.objectContaining({ code: 'usage' }));
  },
);
