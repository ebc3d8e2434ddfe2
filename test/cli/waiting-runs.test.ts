import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { BatchWhy } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { cli, startCli, type CliResult, type RunningCli } from '../support/cli.ts';
import { plainApp } from '../support/plain-app.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const stack = new AsyncDisposableStack();
let server: TestServer;
let home: string;

beforeAll(async () => {
  home = stack.use(await temporaryFolder()).path;
  const env = { CYTO_RUN_ENGINE: 'process' };
  server = stack.use(await startTestServer({ home, env, args: ['--slots', '1'] }));
  await submit();
});
afterAll(() => stack.disposeAsync());

const DESCRIPTOR = plainApp('sleep 600', { name: 'sleeper' });

/** The first takes the only place, all others wait. */
const submit = async (): Promise<string> =>
  (await server.request<RunRecord>('POST', '/runs', { body: { descriptor: DESCRIPTOR } })).body
    .runId;

const submitBatch = async (): Promise<string> =>
  (
    await server.request<{ batchId: string }>('POST', '/batches', {
      body: { descriptor: DESCRIPTOR, items: [{}, {}] },
    })
  ).body.batchId;

const type = (...args: string[]): Promise<CliResult> =>
  cli(args, { home, env: { CYTO_RUN_SERVER: server.url } });

const start = (...args: string[]): RunningCli =>
  startCli(args, { home, env: { CYTO_RUN_SERVER: server.url } });

const queueOf = async (runId: string): Promise<RunRecord['queue']> =>
  (await server.request<RunRecord>('GET', `/runs/${runId}`)).body.queue;

/** Asked again: a busy machine may be too slow for an answer while a key is pressed. */
const isOffered = async (line: string, runId: string): Promise<void> => {
  await expect
    .poll(async () => (await type('__complete', '--line', '--', `cyto-run ${line}`)).stdout, {
      timeout: 120_000,
    })
    .toContain(runId);
};

test('runs that wait are held with a reason, released, and moved; what is offered is what can be', async () => {
  const runs = [await submit(), await submit()];
  await isOffered('hold ', runs[0]!);
  expect(await type('hold', ...runs, '--reason', 'wrong slide')).toMatchObject({
    exitCode: 0,
    stdout: runs.map((runId) => `held ${runId}\n`).join(''),
  });
  expect(await queueOf(runs[0]!)).toMatchObject({ held: { reason: 'wrong slide' } });
  await isOffered('release ', runs[0]!);

  const { stdout } = await type('release', ...runs, '--json');
  expect(JSON.parse(stdout)).toEqual({ released: runs, notWaiting: [] });
  expect(await queueOf(runs[1]!)).not.toHaveProperty('held');

  expect(await type('priority', runs[0]!, '--to', '-10')).toMatchObject({ exitCode: 0 });
  expect(await queueOf(runs[0]!)).toMatchObject({ priority: -10 });
  for (const runId of runs) await server.request('POST', `/runs/${runId}/cancel`);
});

test('all that waits of a batch is held and released', async () => {
  const batch = await submitBatch();
  expect((await type('hold', batch)).stdout.match(/^held /gm)).toHaveLength(2);
  expect((await type('release', batch)).stdout.match(/^released /gm)).toHaveLength(2);
  expect(await type('release', batch)).toMatchObject({
    exitCode: 75,
    stderr: `no run of batch ${batch} is held\n`,
  });
  await server.request('POST', `/batches/${batch}/cancel`, { body: {} });
});

test('what does not wait is told with its own exit code, and the others are changed', async () => {
  const [running] = (
    await server.request<{ runs: { runId: string }[] }>('GET', '/runs?state=RUNNING')
  ).body.runs;
  const waiting = await submit();
  const { exitCode, stdout, stderr } = await type('hold', running!.runId, waiting, '--json');
  expect(exitCode).toBe(75);
  expect(JSON.parse(stdout)).toEqual({ held: [waiting], notWaiting: [running!.runId] });
  expect(stderr).toContain(`\`cyto-run why ${running!.runId}\``);

  expect(await type('release', waiting, 'no-such-run')).toMatchObject({ exitCode: 66, stdout: '' });
  expect(await queueOf(waiting)).toHaveProperty('held');
});

test('who follows a run is told on stderr what it waits for, once a reason', async () => {
  await writeFile(join(home, 'short.json'), JSON.stringify(plainApp('echo hello')));
  const running = start('short.json', '--hold', '--priority=-50');
  await running.saw('waiting: held by local\n');
  const [waiting] = (await server.request<{ runs: { runId: string }[] }>('GET', '/runs?limit=1'))
    .body.runs;
  const { runId } = waiting!;
  const following = start('logs', '-f', runId);
  await following.saw('cyto-run: waiting: held by local\n');
  const ending = start('wait', runId);
  await ending.saw('cyto-run: waiting: held by local\n');
  await type('release', runId);
  for (const one of [running, following, ending]) await one.saw('waiting for a place');
  await server.request('POST', `/runs/${runId}/cancel`);
  for (const one of [running, following, ending]) {
    const { stderr } = await one.ended;
    expect(stderr.match(/held by local|waiting for a place/g)).toEqual([
      'held by local',
      'waiting for a place',
    ]);
    if (one !== following)
      expect(stderr).toMatch(/^CANCELED .* after waiting .*; it never began$/m);
  }
  expect((await type('show', runId)).stdout).toMatch(/, waited [^,]+, never began$/m);
});

test('a batch is asked why: each reason of its items, with how many have it', async () => {
  const { body } = await server.request<{ batchId: string }>('POST', '/batches', {
    body: {
      descriptor: DESCRIPTOR,
      items: ['one', 'two', 'three', 'four'].map((name) => ({ name })),
    },
  });
  const { runs } = (
    await server.request<{ runs: { runId: string; item: string }[] }>(
      'GET',
      `/runs?batch=${body.batchId}`,
    )
  ).body;
  const runOf = (name: string): string => runs.find(({ item }) => item === name)!.runId;
  await type('hold', runOf('two'), runOf('four'), '--reason', 'wrong slide');
  await type('cancel', runOf('three'));
  const { exitCode, stdout } = await type('why', body.batchId, '--json');
  expect(exitCode).toBe(0);
  const { batchId, summary, reasons } = JSON.parse(stdout) as BatchWhy;
  expect([batchId, summary]).toEqual([
    body.batchId,
    { complete: 0, failed: 0, canceled: 1, active: 0, queued: 3 },
  ]);
  const sentence = (part: string): string => expect.stringContaining(part) as string;
  expect(reasons).toMatchObject([
    { count: 2, item: 'two', code: 'queue-held', sentence: sentence('wrong slide') },
    { count: 1, item: 'one', code: 'queue-room', sentence: sentence('place') },
    { count: 1, item: 'three', code: 'canceled', state: 'CANCELED' },
  ]);
  const told = await type('why', body.batchId);
  expect(told.stdout).toMatch(
    /^Batch \S+ {2}4 items: 1 canceled, 3 waiting\n2 QUEUED {2}queue-held/,
  );
  expect(told.stdout).toMatch(/^ {2}two: Held by local.*wrong slide/m);
  expect(await type('why', 'b20200101-000000-aaaaa')).toMatchObject({ exitCode: 66 });
  await server.request('POST', `/batches/${body.batchId}/cancel`, { body: {} });
});

test('what cannot be meant is refused with what to try', async () => {
  expect(await type('hold')).toMatchObject({ exitCode: 64 });
  expect((await type('priority', 'last')).stderr).toContain('which priority?');
  for (const to of ['101', 'high', '1.5', ''])
    expect(await type('priority', 'last', `--to=${to}`), to).toMatchObject({ exitCode: 64 });
  const here = await cli(['hold', 'last'], { home });
  expect(here).toMatchObject({ exitCode: 64 });
  expect(here.stderr).toContain('--server URL');
});
