import { expect, test, vi } from 'vitest';

import type { RunRecord } from '../../src/runner/index.ts';
import { JOB_APP, jobRun } from '../support/job-app.ts';
import { startTestServer, type StreamMessage, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A thousand programs of this machine, beside whatever else it has to do. */
vi.setConfig({ testTimeout: 600_000 });

interface Batch {
  readonly batchId: string;
  readonly items: number;
  readonly summary: Readonly<Record<string, number>>;
}

interface ItemPage {
  readonly items: readonly { item: string; index: number; runId: string; state: string }[];
  readonly nextCursor?: number;
}

const SLOTS = ['--slots', '8'];
const POISON = [3, 500, 997];

const batchOf = (jobs: readonly string[], more: object = {}): object => ({
  descriptor: JOB_APP,
  options: { engine: 'process' },
  items: jobs.map((job) => ({ parameters: { job } })),
  ...more,
});

test('a batch of 1 000 items with three poison items and two kills of the server: 997 results as they finish, one summary, retry reruns only the three', async () => {
  await using home = await temporaryFolder();
  const options = { home: home.path, args: SLOTS };
  const jobs = Array.from({ length: 1_000 }, (_, at) =>
    POISON.includes(at) ? `fail ${at}` : `job ${at}`,
  );
  const heard: StreamMessage[] = [];
  /** Follows until so many items have ended, or all; a killed server ends it too. */
  const follow = async (server: TestServer, batchId: string, ended: number): Promise<void> => {
    const isEnough = (message: StreamMessage): boolean => {
      heard.push(message);
      return endedItems(heard).length >= ended && message.event !== 'summary';
    };
    const after = heard.at(-1)?.id;
    await server.follow(`/batches/${batchId}/stream`, {
      enough: isEnough,
      ...(after === undefined ? {} : { after }),
    });
  };
  let batchId: string;
  {
    await using server = await startTestServer(options);
    const { status, body } = await server.request<Batch>('POST', '/batches', {
      body: batchOf(jobs),
      headers: { 'idempotency-key': 'thousand' },
    });
    expect(status, JSON.stringify(body)).toBe(201);
    ({ batchId } = body);
    expect(body.items).toBe(1_000);
    await follow(server, batchId, 100);
  }
  {
    await using server = await startTestServer(options);
    const again = await server.request<Batch>('POST', '/batches', {
      body: batchOf(jobs),
      headers: { 'idempotency-key': 'thousand' },
    });
    expect(again).toMatchObject({ status: 200, body: { batchId } });
    await follow(server, batchId, 500);
  }
  await using server = await startTestServer(options);
  await follow(server, batchId, 1_001);
  expect(heard.filter(({ event }) => event === 'summary').map(({ data }) => data)).toEqual([
    { complete: 997, failed: 3, canceled: 0, active: 0, queued: 0 },
  ]);
  const ended = endedItems(heard);
  expect(ended).toHaveLength(1_000);
  expect(new Set(ended.map(({ data }) => data['index'])).size).toBe(1_000);
  const results = ended.filter(({ data }) => data['state'] === 'COMPLETE');
  expect(results).toHaveLength(997);
  expect(results.every(({ data }) => (data['outputs'] as unknown[]).length === 2)).toBe(true);
  const failed = await server.request<ItemPage>(
    'GET',
    `/batches/${batchId}/items?state=EXECUTOR_ERROR`,
  );
  expect(failed.body.items.map(({ index }) => index)).toEqual(POISON);
  const retried = await server.request<Batch>('POST', `/batches/${batchId}/retry`);
  expect(retried.body.summary).toMatchObject({ complete: 997 });
  const at = heard.at(-1)?.id ?? '';
  const rest = await server.follow(`/batches/${batchId}/stream`, { after: at });
  expect(endedItems(rest).map(({ data }) => data['index'])).toHaveLength(3);
  const runs = await server.request<{ runs: unknown[] }>(
    'GET',
    `/runs?batch=${batchId}&state=EXECUTOR_ERROR&limit=200`,
  );
  expect(runs.body.runs).toHaveLength(6);
});

const TERMINAL = ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED', 'PREEMPTED'];

const endedItems = (messages: readonly StreamMessage[]): StreamMessage[] =>
  messages.filter(
    ({ event, data }) => event === 'item' && TERMINAL.includes(String(data['state'])),
  );

test('a batch is checked as a whole, named, listed in pages, canceled and repeated in part', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path, args: ['--slots', '1'] });
  const wrong = await server.request<{ code: string; details: { faults: { place: string }[] } }>(
    'POST',
    '/batches',
    {
      body: batchOf(['a'], {
        items: [{}, { parameters: { job: 'x' } }, { parameters: { jb: 1 } }],
      }),
    },
  );
  expect(wrong).toMatchObject({ status: 422, body: { code: 'invocation-invalid' } });
  expect(wrong.body.details.faults.map(({ place }) => place)).toEqual(['/items/0', '/items/2']);
  const { body: none } = await server.request<{ runs: unknown[] }>('GET', '/runs');
  expect(none.runs).toEqual([]);
  const batchIds: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    const items = ['wait', 'x', 'y'].map((job) => ({
      name: `${name} ${job}`,
      parameters: { job },
    }));
    const { body } = await server.request<Batch>('POST', '/batches', {
      body: batchOf([], { items }),
    });
    batchIds.unshift(body.batchId);
  }
  const first = await server.request<{ batches: Batch[]; nextCursor: string }>(
    'GET',
    '/batches?limit=2',
  );
  const second = await server.request<{ batches: Batch[]; nextCursor?: string }>(
    'GET',
    `/batches?limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`,
  );
  expect(second.body.nextCursor).toBeUndefined();
  expect(
    [...first.body.batches, ...second.body.batches].map(({ batchId }) => batchId).sort(),
  ).toEqual(batchIds.sort());
  for (const batchId of batchIds)
    await server.request('POST', `/batches/${batchId}/cancel`, { body: { now: true } });
  for (const batchId of batchIds) {
    const messages = await server.follow(`/batches/${batchId}/stream`);
    expect(messages.at(-1)).toMatchObject({ event: 'summary', data: { canceled: 3 } });
  }
  const page = await server.request<ItemPage>('GET', `/batches/${batchIds[0] ?? ''}/items?limit=2`);
  expect(page.body.nextCursor).toBe(2);
  expect(page.body.items.map(({ index }) => index)).toEqual([0, 1]);
  expect(await listed(server, 'state=failed')).toEqual(batchIds);
  expect(await listed(server, 'state=active')).toEqual([]);
  expect(await listed(server, 'app=other')).toEqual([]);
  expect((await server.request('GET', '/batches/nothing')).status).toBe(404);
  expect((await server.request('GET', '/batches?cursor=x')).status).toBe(400);
});

const listed = async (server: TestServer, query: string): Promise<string[]> => {
  const { body } = await server.request<{ batches: Batch[] }>('GET', `/batches?${query}`);
  return body.batches.map(({ batchId }) => batchId).sort();
};

test('no more items of a batch run at a time than it asks for, also when they are repeated, with other limits', async () => {
  await using home = await temporaryFolder();
  await using server = await startTestServer({ home: home.path, args: ['--slots', '4'] });
  const { body } = await server.request<Batch>('POST', '/batches', {
    body: batchOf(['fail', 'fail', 'fail'], { atOnce: 1 }),
  });
  const mostAtOnce = async (after?: string): Promise<number> => {
    const messages = await server.follow(
      `/batches/${body.batchId}/stream`,
      after === undefined ? {} : { after },
    );
    let running = 0;
    let most = 0;
    for (const { data } of messages.filter(({ event }) => event === 'item')) {
      running += data['state'] === 'INITIALIZING' ? 1 : 0;
      running -= TERMINAL.includes(String(data['state'])) ? 1 : 0;
      most = Math.max(most, running);
    }
    place = messages.at(-1)?.id;
    return most;
  };
  let place: string | undefined;
  expect(await mostAtOnce()).toBe(1);
  const retry = `/batches/${body.batchId}/retry`;
  const refused = await server.request('POST', retry, { body: { options: { memory: 'much' } } });
  expect(refused).toMatchObject({ status: 400 });
  await server.request('POST', retry, { body: { options: { timeout: '1h' } } });
  expect(await mostAtOnce(place)).toBe(1);
  const items = await server.request<ItemPage>('GET', `/batches/${body.batchId}/items`);
  expect(items.body.items[0]).toMatchObject({
    startedAt: expect.any(String) as string,
    failure: { code: 'app-exit' },
  });
  const { body: run } = await server.request<RunRecord>(
    'GET',
    `/runs/${items.body.items[0]?.runId ?? ''}`,
  );
  expect(run.options.timeoutMs).toBe(3_600_000);
});

test('whoever follows all runs is told every event once, also over a restart and a removed run', async () => {
  await using home = await temporaryFolder();
  const submit = async (server: TestServer, job: string): Promise<string> => {
    const { body } = await server.request<RunRecord>('POST', '/runs', { body: jobRun(job) });
    return body.runId;
  };
  const isEnd = ({ data }: StreamMessage): boolean => TERMINAL.includes(String(data['state']));
  let place: string;
  let seen: StreamMessage[];
  {
    await using server = await startTestServer({ home: home.path });
    const runId = await submit(server, 'a');
    seen = await server.follow('/events?after=0', { enough: isEnd });
    place = seen.at(-1)?.id ?? '';
    const { body: events } = await server.request<unknown[]>('GET', `/runs/${runId}/events`);
    expect(seen.map(({ data }) => data)).toEqual(events);
    expect((await server.request('DELETE', `/runs/${runId}`)).status).toBe(204);
  }
  await using server = await startTestServer({ home: home.path });
  const next = await submit(server, 'b');
  const rest = await server.follow('/events', { after: place, enough: isEnd });
  expect(rest.map(({ data }) => [data['runId'], data['seq']])).toEqual(
    rest.map((_, at) => [next, at + 1]),
  );
  expect((await server.request('GET', '/events?after=x')).status).toBe(400);
});
