import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../../src/runner/index.ts';
import { cli } from '../../support/cli.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Every start of a server is a start of Node, on a machine that may have much else to do. */
vi.setConfig({ testTimeout: 600_000 });

/** A program of this machine: no engine is needed. */
const sleeper = (name: string, seconds: number): object => ({
  name,
  'tool-version': '1',
  description: 'Sleeps.',
  'schema-version': '0.5',
  'command-line': `sleep ${seconds}`,
  inputs: [{ id: 'note', name: 'Note', type: 'String', optional: true }],
});

interface Ask {
  readonly name?: string;
  readonly seconds?: number;
  readonly options?: object;
  readonly [field: string]: unknown;
}

async function submit(server: TestServer, ask: Ask = {}): Promise<string> {
  const answer = await send(server, ask);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return (answer.body as RunRecord).runId;
}

const send = (
  server: TestServer,
  { name = 'sleeper', seconds = 0, options = {}, ...place }: Ask,
): ReturnType<TestServer['request']> =>
  server.request('POST', '/runs', {
    body: {
      ...{ descriptor: sleeper(name, seconds), options: { engine: 'process', ...options } },
      ...place,
    },
  });

const why = async (server: TestServer, runId: string): Promise<string> => {
  const { body } = await server.request<{ code: string; sentence: string }>(
    'GET',
    `/runs/${runId}/why`,
  );
  return `${body.code}: ${body.sentence}`;
};

const begun = async (server: TestServer, runId: string): Promise<void> => {
  await server.stream(runId, {
    enough: ({ data }) => data['type'] === 'state' && data['state'] === 'RUNNING',
  });
};

const cancel = (server: TestServer, runId: string): ReturnType<TestServer['request']> =>
  server.request('POST', `/runs/${runId}/cancel`, { body: { now: true } });

const startedAt = ({ phases }: RunRecord): string => phases[0]?.startedAt ?? '';

test('a run waits for what it needs and says for what, is held, released and preferred, also by the next server', async () => {
  await using home = await temporaryFolder();
  const options = {
    home: home.path,
    args: ['--slots', '2'],
    env: { CYTO_RUN_SERVE_MEMORY: '8g', CYTO_RUN_SERVE_GPUS: '0', CYTO_RUN_SERVE_CPUS: '2' },
  };
  let ids: Record<'long' | 'big' | 'small' | 'held' | 'early', string>;
  {
    await using server = await startTestServer(options);
    const long = await submit(server, { seconds: 600, options: { memory: '5g', cpus: 0.5 } });
    await begun(server, long);
    const big = await submit(server, { options: { memory: '8g' } });
    const small = await submit(server, { options: { memory: '1g' } });
    const held = await submit(server, { hold: 'wrong slide', options: { memory: '1g' } });
    const early = await submit(server, {
      ...{ notBefore: '2100-01-01T00:00:00+01:00', options: { memory: '1g' } },
    });
    ids = { long, big, small, held, early };
    expect(await why(server, big)).toBe(
      'queue-room: Waiting for memory on this machine: needs 8.59 GB, 3.22 GB free of 8.59 GB.',
    );
    expect(await why(server, small)).toContain(`is kept for run ${big}, which comes first`);
    expect(await why(server, held)).toBe('queue-held: Held by local: wrong slide.');
    expect(await why(server, early)).toBe(
      'queue-not-before: It is not to begin before 2099-12-31T23:00:00.000Z.',
    );
    const { body: page } = await server.request<{ runs: { runId: string; waiting?: string }[] }>(
      'GET',
      '/runs?state=QUEUED',
    );
    expect(page.runs.map(({ runId, waiting }) => [runId, waiting])).toEqual([
      [early, 'queue-not-before'],
      [held, 'queue-held'],
      [small, 'queue-room'],
      [big, 'queue-room'],
    ]);
    // Ahead of the big one it begins, for it does fit.
    const { body: preferred } = await server.request<RunRecord>('PATCH', `/runs/${small}`, {
      body: { priority: 5 },
    });
    expect(preferred.queue).toEqual({ submitter: 'local', priority: 5 });
    expect(await server.ended(small)).toMatchObject({ state: 'COMPLETE' });
    await server.request('POST', `/runs/${big}/hold`, { body: { reason: 'later' } });
    const { body: reason } = await server.request<{ since: string }>('GET', `/runs/${big}/why`);
    const { body: asked } = await server.request<RunRecord>('GET', `/runs/${big}`);
    expect(reason.since > asked.createdAt).toBe(true);
    await server.request('PATCH', `/runs/${early}`, { body: { notBefore: null, priority: 2 } });
    expect(await server.ended(early)).toMatchObject({ state: 'COMPLETE' });
  }
  await using server = await startTestServer(options);
  expect(await why(server, ids.big)).toBe('queue-held: Held by local: later.');
  expect(await why(server, ids.held)).toBe('queue-held: Held by local: wrong slide.');
  await server.request('POST', `/runs/${ids.held}/release`);
  expect(await server.ended(ids.held)).toMatchObject({ state: 'COMPLETE' });
  await server.request('POST', `/runs/${ids.big}/release`);
  expect(await why(server, ids.big)).toContain('needs 8.59 GB, 3.22 GB free of 8.59 GB');
  await cancel(server, ids.long);
  const big = await server.ended(ids.big);
  expect(big.state).toBe('COMPLETE');
  const long = await server.ended(ids.long);
  expect(startedAt(big) >= (long.endedAt ?? '')).toBe(true);
  // That it runs was told by the server before, and is no news of this one.
  const told = server
    .story()
    .split('\n')
    .filter((line) => line.includes(ids.long));
  expect(told[0]).toMatch(/"state":"RUNNING".*taken over/);
  expect(told.filter((line) => line.includes('"RUNNING"'))).toHaveLength(1);
});

test('limits of a submitter and of an app, deadlines, and what can never fit', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({
    home: home.path,
    args: ['--slots', '6'],
    env: { CYTO_RUN_SERVE_MEMORY: '8g', CYTO_RUN_SERVE_RUNS_PER_USER: '2' },
  });
  const first = await submit(server, { seconds: 600 });
  await begun(server, first);
  const second = await submit(server, { seconds: 600 });
  await begun(server, second);
  const late = await submit(server, { deadline: '2100-01-01T00:00:00Z' });
  expect(await why(server, late)).toBe(
    'queue-user-limit: 2 runs of local run already, the limit is 2.',
  );
  for (const [path, body] of [
    ['hold', {}],
    ['release', undefined],
  ] as const)
    expect(await server.request('POST', `/runs/${first}/${path}`, body && { body })).toMatchObject({
      status: 409,
      body: { code: 'not-waiting' },
    });
  expect(await send(server, { options: { memory: '9g' } })).toMatchObject({
    status: 422,
    body: {
      code: 'does-not-fit',
      detail: 'the run can never begin here: it needs 9.66 GB and this machine has 8.59 GB in all',
    },
  });
  expect(await send(server, { deadline: '2020-01-01T00:00:00Z' })).toMatchObject({
    status: 400,
    body: { code: 'request-invalid', detail: expect.stringContaining('has passed') as string },
  });
  expect(await server.request('PATCH', `/runs/${late}`, { body: { priority: 101 } })).toMatchObject(
    { status: 400, body: { code: 'request-invalid' } },
  );
  expect(await server.request('PATCH', `/runs/${late}`, { body: {} })).toMatchObject({
    status: 400,
  });
  const soon = new Date(Date.now() + 10_000).toISOString();
  await server.request('PATCH', `/runs/${late}`, { body: { deadline: soon } });
  expect(await server.ended(late)).toMatchObject({
    state: 'SYSTEM_ERROR',
    failure: {
      code: 'deadline-missed',
      message: `it had not begun by its deadline, ${soon}: 2 runs of local run already, the limit is 2`,
    },
  });
  expect(await why(server, late)).toContain('deadline-missed: It had not begun by its deadline');
});

test('a waiting run that another process cancels ends without having begun', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path });
  const runId = await submit(server, { hold: true });
  const seen = await cli(['why', runId], { home: home.path });
  expect(seen.stdout).toContain('It waits in the queue of a server, held by local.');
  expect((await cli(['cancel', runId], { home: home.path })).exitCode).toBe(0);
  const record = await server.ended(runId);
  expect(record).toMatchObject({ state: 'CANCELED', phases: [] });
});

test('every code of waiting is explained', () => {
  const page = readFileSync(new URL('../../../docs/server.md', import.meta.url), 'utf8');
  const source = readFileSync(
    new URL('../../../src/daemon/queue/model.ts', import.meta.url),
    'utf8',
  );
  const codes = new Set(
    source.match(/(?<=')(queue-[a-z-]+|image-pull|engine-unavailable|retry)(?=')/g),
  );
  expect(codes.size).toBeGreaterThan(10);
  for (const code of codes) expect(page).toContain(`\`${code}\``);
});
