import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { cli } from '../support/cli.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { logOf, startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Every start of a server is a start of Node, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 600_000 });

const PROBE = JSON.parse(
  readFileSync(new URL('../../apps/probe/descriptor.json', import.meta.url), 'utf8'),
) as object;

const probe = (...verbs: string[]): object => ({ descriptor: PROBE, parameters: { verbs } });

async function submit(server: TestServer, body: object): Promise<string> {
  const answer = await server.request<RunRecord>('POST', '/runs', { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.runId;
}

const containersOf = (runId: string): string =>
  execFileSync('docker', ['ps', '-aq', '--filter', `name=cyto-run-${runId}`], {
    encoding: 'utf8',
  }).trim();

describeWith('docker', 'a server', () => {
  beforeAll(probeImage);

  test('runs what is submitted, and streams its events and every byte in order', async () => {
    await using home = await temporaryFolder();
    await using server = await startTestServer({ home: home.path });
    const runId = await submit(server, probe('all-bytes', 'then', 'write', 'a.txt', 'é'));
    const messages = await server.stream(runId);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    expect(logOf(messages, 'stdout')).toEqual(bytes);
    expect(logOf(messages, 'stderr')).toEqual(bytes);
    const events = messages.filter(({ event }) => event === 'event').map(({ data }) => data);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    expect(events.at(-1)).toMatchObject({ type: 'state', state: 'COMPLETE' });
    const { body } = await server.request<RunRecord>('GET', `/runs/${runId}`);
    expect(body.outputs.map(({ path }) => path)).toEqual(['a.txt']);
    expect((await server.request('GET', `/runs/${runId}/outputs/a.txt`)).body).toBe('é');
    expect((await server.request('GET', `/runs/${runId}/outputs/..%2F..%2Fa`)).status).toBe(404);
    expect(containersOf(runId)).toBe('');
  });

  test('a reader that comes again goes on behind the last message it has', async () => {
    await using home = await temporaryFolder();
    await using server = await startTestServer({ home: home.path });
    const runId = await submit(server, probe('interleave', '200'));
    const whole = await server.stream(runId);
    for (const at of [0, 3, Math.floor(whole.length / 2), whole.length - 2]) {
      const after = whole[at]?.id ?? '';
      const rest = await server.stream(runId, { after });
      const before = whole.slice(0, at + 1);
      expect(Buffer.concat([logOf(before, 'stdout'), logOf(rest, 'stdout')])).toEqual(
        logOf(whole, 'stdout'),
      );
      expect([...before, ...rest].filter(({ event }) => event === 'event')).toHaveLength(
        whole.filter(({ event }) => event === 'event').length,
      );
    }
  });

  test('a submission that is sent again is the same run, also after a restart', async () => {
    await using home = await temporaryFolder();
    const headers = { 'idempotency-key': 'once' };
    let runId: string;
    {
      await using server = await startTestServer({ home: home.path });
      const [one, two] = await Promise.all([
        server.request<RunRecord>('POST', '/runs', { body: probe('exit', '0'), headers }),
        server.request<RunRecord>('POST', '/runs', { body: probe('exit', '0'), headers }),
      ]);
      runId = one.body.runId;
      expect(two.body.runId).toBe(runId);
      expect([one.status, two.status].sort()).toEqual([200, 201]);
      await server.ended(runId);
    }
    await using server = await startTestServer({ home: home.path });
    const again = await server.request<RunRecord>('POST', '/runs', {
      body: probe('exit', '0'),
      headers,
    });
    expect(again).toMatchObject({ status: 200, body: { runId, state: 'COMPLETE' } });
    const other = await server.request('POST', '/runs', { body: probe('exit', '1'), headers });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-conflict' } });
  });

  test('killed while an app runs and others wait, the next start goes on with all of them', async () => {
    await using home = await temporaryFolder();
    let runIds: string[];
    {
      await using server = await startTestServer({ home: home.path, args: ['--slots', '1'] });
      runIds = [
        await submit(server, probe('out', 'one\\n', 'then', 'sleep', '4', 'then', 'out', 'two')),
        await submit(server, probe('out', 'waited')),
        await submit(server, probe('out', 'waited too')),
      ];
      await server.stream(runIds[0] ?? '', { enough: ({ event }) => event === 'log' });
    }
    await using server = await startTestServer({ home: home.path, args: ['--slots', '1'] });
    expect(server.story()).toContain('took over 1 run that had begun, and 2 that wait');
    for (const runId of runIds)
      expect(await server.ended(runId)).toMatchObject({ state: 'COMPLETE' });
    const log = await server.request('GET', `/runs/${runIds[0] ?? ''}/logs/stdout`);
    expect(log.body).toBe('one\ntwo');
    expect(runIds.map(containersOf)).toEqual(['', '', '']);
  });

  test('a run is canceled while it waits, and while it runs', async () => {
    await using home = await temporaryFolder();
    await using server = await startTestServer({ home: home.path, args: ['--slots', '1'] });
    const running = await submit(server, probe('out', 'x', 'then', 'sleep', '600'));
    const waiting = await submit(server, probe('exit', '0'));
    await server.stream(running, { enough: ({ event }) => event === 'log' });
    const gone = await server.request<RunRecord>('POST', `/runs/${waiting}/cancel`);
    expect(gone.body).toMatchObject({ state: 'CANCELED', failure: { code: 'canceled' } });
    await server.request('POST', `/runs/${running}/cancel`, { body: { now: true } });
    expect(await server.ended(running)).toMatchObject({ state: 'CANCELED', stopCause: 'user' });
    expect(containersOf(running)).toBe('');
  });

  test('a second server of one data folder refuses; the command line goes on beside the first', async () => {
    await using home = await temporaryFolder();
    await using server = await startTestServer({ home: home.path });
    const second = await cli(['serve', '--listen', '127.0.0.1:0'], { home: home.path });
    expect(second.exitCode).toBe(75);
    expect(second.stderr).toContain(
      `a server (process ${server.pid}) is running on the data folder`,
    );
    const runId = await submit(server, probe('sleep', '600'));
    await server.stream(runId, {
      enough: ({ data }) => data['type'] === 'state' && data['state'] === 'RUNNING',
    });
    expect((await cli(['cancel', runId, '--now'], { home: home.path })).exitCode).toBe(0);
    expect(await server.ended(runId)).toMatchObject({ state: 'CANCELED' });
  });

  test('a start right behind a stop waits for it, and takes over what runs', async () => {
    await using home = await temporaryFolder();
    await using ending = await startTestServer({ home: home.path });
    const verbs = ['out', 'one\\n', 'then', 'sleep', '15', 'then', 'out', 'two'];
    const runId = await submit(ending, probe(...verbs));
    await ending.stream(runId, { enough: ({ event }) => event === 'log' });
    process.kill(ending.pid, 'SIGTERM');
    await expect.poll(ending.story).toContain('taking nothing new');
    await using server = await startTestServer({ home: home.path });
    expect(server.story()).toMatch(/and stops: waiting for its end/);
    expect(server.story()).toContain('took over 1 run');
    expect(await server.ended(runId)).toMatchObject({ state: 'COMPLETE' });
    const log = await server.request('GET', `/runs/${runId}/logs/stdout`);
    expect(log.body).toBe('one\ntwo');
  });

  test('told to stop once, it lets apps go on for the next start; told twice, it stops them', async () => {
    await using home = await temporaryFolder();
    let runId: string;
    {
      await using server = await startTestServer({ home: home.path });
      runId = await submit(server, probe('out', 'x', 'then', 'sleep', '600'));
      await server.stream(runId, { enough: ({ event }) => event === 'log' });
      expect(await server.kill('SIGTERM')).toBe(0);
      expect(containersOf(runId)).not.toBe('');
    }
    await using server = await startTestServer({ home: home.path });
    await server.request('POST', `/runs/${runId}/cancel`, { body: { now: true } });
    expect(await server.ended(runId)).toMatchObject({ state: 'CANCELED' });
    expect((await server.request('GET', `/runs/${runId}/logs/stdout`)).body).toBe('x');
    const other = await submit(server, probe('out', 'x', 'then', 'sleep', '600'));
    await server.stream(other, { enough: ({ event }) => event === 'log' });
    process.kill(server.pid, 'SIGTERM');
    await expect.poll(server.story).toContain('Ctrl-C again stops the apps');
    expect(await server.kill('SIGTERM')).toBe(0);
    expect(containersOf(other)).toBe('');
  });
});

test('what is wrong with a request is told with its place and a stable code', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const problems = await Promise.all(
    [
      { app: 'nobody' },
      { descriptor: {}, app: 'x' },
      { descriptor: { 'schema-version': '0.5' } },
      { ...probe('x'), surprise: 1 },
      { ...probe(), parameters: { verbz: ['a'] } },
      { ...probe('x'), options: { memory: 'much' } },
      '{"descriptor": ',
    ].map((body) => server.request<{ code: string }>('POST', '/runs', { body })),
  );
  expect(problems.map(({ status, body }) => [status, body.code])).toEqual([
    [404, 'app-not-found'],
    [400, 'request-invalid'],
    [422, 'descriptor-invalid'],
    [400, 'request-invalid'],
    [422, 'invocation-invalid'],
    [400, 'usage'],
    [400, 'request-invalid'],
  ]);
  expect((await server.request('GET', '/nothing')).status).toBe(404);
});
