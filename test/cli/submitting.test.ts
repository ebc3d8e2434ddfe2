import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { BatchReport } from '../../src/report/index.ts';
import type { RunRecord } from '../../src/runner/index.ts';
import { cli, type CliResult } from '../support/cli.ts';
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
  const data = stack.use(await temporaryFolder()).path;
  server = stack.use(await startTestServer({ home: data, env, args: ['--slots', '1'] }));
  const write = (name: string, value: object): Promise<void> =>
    writeFile(join(home, name), JSON.stringify(value));
  await write('long.json', plainApp('sleep 600', { name: 'long' }));
  const inputs = [{ id: 'priority', name: 'priority', type: 'String', 'value-key': '[P]' }];
  await write('own.json', plainApp('echo [P]', { name: 'own', inputs }));
  await writeFile(join(home, 'items.csv'), 'item,word\none,a\ntwo,b\n');
  // Takes the only place: whatever comes later waits.
  await type('long.json', '--detach');
});
afterAll(() => stack.disposeAsync());

const type = (...args: string[]): Promise<CliResult> =>
  cli(args, { home, env: { CYTO_RUN_SERVER: server.url } });

const here = (...args: string[]): Promise<CliResult> =>
  cli(args, { home, env: { CYTO_RUN_ENGINE: 'process' } });

const recordOf = async (runId: string): Promise<RunRecord> =>
  (await server.request<RunRecord>('GET', `/runs/${runId}`)).body;

test('a detached run tells its id alone and waits where it was asked to', async () => {
  const { exitCode, stdout, stderr } = await type('long.json', '--detach', '--priority', '-10');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d{8}-\d{6}-[a-z0-9]{5}\n$/);
  expect(stderr).toContain(`\`cyto-run logs -f ${stdout.trim()}\``);
  expect(await recordOf(stdout.trim())).toMatchObject({
    state: 'QUEUED',
    queue: { priority: -10 },
  });

  const held = await type('long.json', '--detach', '--hold', '--json', '--quiet');
  expect(held).toMatchObject({ exitCode: 0, stderr: '' });
  const record = JSON.parse(held.stdout) as RunRecord;
  expect(record).toMatchObject({ state: 'QUEUED', queue: { held: { by: 'local' } } });
  expect(await type('release', record.runId)).toMatchObject({ exitCode: 0 });
});

test('a detached batch tells its id alone; what failed of it is run again in the same way', async () => {
  const line = ['batch', 'long.json', 'items.csv', '--hold', '--priority=-5'];
  const { exitCode, stdout, stderr } = await type(...line, '--detach');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^b\d{8}-\d{6}-[a-z0-9]{5}\n$/);
  const batchId = stdout.trim();
  expect(stderr).toContain(`cyto-run release ${batchId}`);
  const { items, summary } = JSON.parse(
    (await type('batch', '--show', batchId, '--json')).stdout,
  ) as BatchReport;
  expect(summary).toMatchObject({ queued: 2 });
  for (const { runId } of items)
    expect((await recordOf(runId)).queue).toMatchObject({ priority: -5, held: {} });

  await server.request('POST', `/batches/${batchId}/cancel`);
  const again = await type('batch', '--retry', batchId, '--detach', '--priority', '-7', '--json');
  expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  const retried = JSON.parse(again.stdout) as BatchReport;
  expect(retried).toMatchObject({ batchId, summary: { queued: 2 } });
  expect((await recordOf(retried.items[0]!.runId)).queue).toMatchObject({ priority: -7 });
});

test.each([
  [['--hold'], 'queue'],
  [['--priority', '5'], 'queue'],
  [['--detach'], 'ends with the command'],
])('%j without a server is refused by name', async (flags, words) => {
  for (const line of [['long.json'], ['batch', 'long.json', 'items.csv']]) {
    const { exitCode, stdout, stderr } = await here(...line, ...flags);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toContain(flags[0]);
    expect(stderr).toContain(words);
    expect(stderr).toContain('--server URL');
  }
});

test('a flag of ours that an app has too says how the app is given its own', async () => {
  expect((await here('own.json', '--priority', 'high')).stderr).toContain('--param priority=VALUE');
});

test.each([
  [['long.json', '--detach', '--out', 'out'], 'cyto-run outputs RUN --out DIR'],
  [['batch', 'long.json', 'items.csv', '--detach', '--out', 'out'], '--resume BATCH --out DIR'],
  [['long.json', '--detach', '--priority', '101'], '"101" is not a whole number from -100 to 100'],
  [['batch', '--resume', 'last', '--hold'], '`cyto-run hold BATCH`'],
  [['batch', '--list', '--detach'], '--detach'],
])('%j is refused before anything is submitted', async (line, words) => {
  const count = async (): Promise<number> =>
    (await server.request<{ runs: unknown[] }>('GET', '/runs?limit=200')).body.runs.length;
  const before = await count();
  const { exitCode, stdout, stderr } = await type(...line);
  expect([exitCode, stdout]).toEqual([64, '']);
  expect(stderr).toContain(words);
  expect(await count()).toBe(before);
});

test('the flags are offered where they are typed', async () => {
  const { stdout } = await type('__complete', '--line', '--', 'cyto-run batch long.json --de');
  expect(stdout).toContain('--detach');
});
