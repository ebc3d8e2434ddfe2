import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';

import { plainApp } from '../support/plain-app.ts';
import { startTestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

test('what exhausts a stack or is no time is the request’s fault, and the server goes on', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const bodies = [
    `{"descriptor":${deep(100_000)}}`,
    `{"app":"x","parameters":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    '{"app":"x","deadline":"9999-12-31T23:59:60Z"}',
    '{"app":"x","parameters":{"__proto__":{"a":1}}}',
    '{"app":"x"',
  ];
  for (const body of bodies)
    expect(await server.request('POST', '/runs', { body }), body.slice(0, 60)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid' },
    });
  const leap = await server.request('GET', '/runs?since=9999-12-31T23:59:60Z');
  expect(leap).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
  expect((await server.request('GET', '/runs')).status).toBe(200);
});

test('a million faults are told in few words, and some all together', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const ones = '1,'.repeat(1_000_000);
  const keys = Array.from({ length: 200_000 }, (_, count) => `"k${count}":1`).join(',');
  for (const [path, body] of [
    ['/batches', `{"app":"x","items":[${ones}1]}`],
    ['/runs', `{"app":"x","options":{"env":[${ones}1]}}`],
    ['/runs', `{"app":"x",${keys}}`],
    ['/runs', `{"app":"${'x'.repeat(1_000_000)}"}`],
  ] as const) {
    const { status, bytes } = await server.request('POST', path, { body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(bytes.length, body.slice(0, 40)).toBeLessThan(20_000);
  }
  for (const inside of [`"parameters":{${keys}}`, `"descriptor":{${keys}}`, `"k":[${ones}1]`])
    expect(await server.request('POST', '/runs', { body: `{"app":"x",${inside}}` })).toMatchObject({
      status: 413,
      body: { code: 'request-too-large' },
    });
  // Keys in a text are none, and many small objects are a batch.
  const text = JSON.stringify(`{${keys}}\\"`);
  const small = '{"parameters":{"a":1}},'.repeat(9_000);
  for (const [path, body] of [
    ['/runs', `{"app":"x","parameters":{"a":${text}}}`],
    ['/batches', `{"app":"x","items":[${small}{}]}`],
  ] as const)
    expect(await server.request('POST', path, { body })).toMatchObject({
      body: { code: 'app-not-found' },
    });
  const some = await server.request('POST', '/runs', { body: '{"app":1,"hold":1,"priority":1e9}' });
  expect(some.body).toMatchObject({
    details: {
      faults: [{ place: 'body/app' }, { place: 'body/priority' }, { place: 'body/hold' }],
    },
  });
});

test('who asks for the head of a stream gets it, and no stream', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const { status, headers, bytes } = await server.request('HEAD', '/events');
  expect([status, bytes.length]).toEqual([200, 0]);
  expect(headers.get('content-type')).toContain('text/event-stream');
});

test('what a server fails at stands in its log, under the id that the answer has', async () => {
  await using home = await temporaryFolder();
  const env = { CYTO_RUN_ENGINE: 'process' };
  await using server = await startTestServer({ home: home.path, env });
  const { body: run } = await server.request<{ runId: string }>('POST', '/runs', {
    body: { descriptor: plainApp('true'), hold: true },
  });
  {
    using database = new DatabaseSync(join(home.path, 'cyto-run.db'));
    database.exec("UPDATE records SET body = 'broken'");
  }
  const { status, body } = await server.request<{ instance: string }>('GET', `/runs/${run.runId}`);
  expect(status).toBe(500);
  await expect.poll(server.story).toContain(body.instance.replace('urn:request:', ''));
  expect(server.story()).toMatch(/"failure":"[^"]*is damaged.* at /);
});

test('while thousands of wrong items are checked others are answered', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const wrong = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`wrod${at}`, 1]));
  const items = Array.from({ length: 900 }, (_, at) => ({
    parameters: at % 100 === 99 ? wrong : { word: 'right' },
  }));
  const body = { descriptor: plainApp('true'), options: { engine: 'process' }, items };
  const batch = server.request('POST', '/batches', { body });
  const over = batch.then(() => 'over' as const);
  const live = async (): Promise<number> => (await fetch(`${server.url}/health/live`)).status;
  let meanwhile = 0;
  for (let first = await live(); ; meanwhile += 1) {
    expect(first).toBe(200);
    const next = await Promise.race([over, live()]);
    if (next === 'over') break;
    first = next;
  }
  // The first may be answered before the batch has come.
  expect(meanwhile).toBeGreaterThan(3);
  const { status, bytes } = await batch;
  expect(status).toBe(422);
  expect(bytes.length).toBeLessThan(1_000_000);
});
