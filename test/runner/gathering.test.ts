import { expect, test } from 'vitest';

import { RunnerError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { ContainerSpec } from '../../src/container/index.ts';
import { gathering } from '../../src/runner/index.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { ManualClock } from '../support/manual-clock.ts';

const never = new AbortController().signal;
const spec = (runId: string, memoryBytes = 2 ** 29): ContainerSpec => ({
  name: `cyto-run-${runId}-1`,
  runId,
  attempt: 1,
  ownerLabel: 'data',
  image: 'sha256:0',
  entrypoint: 'image',
  argv: [runId],
  environment: {},
  workingDirectory: '/work',
  user: 'image',
  mounts: [],
  readOnlyRoot: true,
  network: 'none',
  limits: { pids: 9, memoryBytes },
  scheduling: { options: {}, excludedNodes: [] },
});

function arrayEngine(refusal?: Error) {
  const clock = new ManualClock();
  const fake = new FakeEngine(() => (refusal === undefined ? {} : { refusal }), {
    clock,
    startsMany: true,
  });
  return { clock, fake, engine: gathering(fake, clock) };
}

test('containers of one kind that are asked for within a moment are started with one request', async () => {
  const { clock, fake, engine } = arrayEngine();
  const asked = ['a', 'b', 'c'].map((runId) => engine.start(spec(runId), never));
  const other = engine.start(spec('d', 2 ** 30), never);
  clock.advance(LIMITS.arrayGatherMs);
  const started = await Promise.all([...asked, other]);
  expect(started.map(({ name }) => name)).toEqual(
    ['a', 'b', 'c', 'd'].map((runId) => `cyto-run-${runId}-1`),
  );
  expect(fake.arrays).toEqual([['cyto-run-a-1', 'cyto-run-b-1', 'cyto-run-c-1']]);
});

test('more than fit into an array do not wait for the moment to pass', async () => {
  const { fake, engine } = arrayEngine();
  const asked = Array.from({ length: LIMITS.arrayTasksMax }, (_, at) =>
    engine.start(spec(`r${at}`), never),
  );
  await Promise.all(asked);
  expect(fake.arrays[0]).toHaveLength(LIMITS.arrayTasksMax);
});

test('one that is stopped while it waits for others is not started; the others are', async () => {
  const { clock, fake, engine } = arrayEngine();
  const stop = new AbortController();
  const stopped = engine.start(spec('a'), stop.signal);
  const others = ['b', 'c'].map((runId) => engine.start(spec(runId), never));
  stop.abort(new Error('stopped'));
  clock.advance(LIMITS.arrayGatherMs);
  await expect(stopped).rejects.toThrow('stopped');
  expect(await Promise.all(others)).toHaveLength(2);
  expect(fake.arrays).toEqual([['cyto-run-b-1', 'cyto-run-c-1']]);
});

test('what the engine refuses is told to each', async () => {
  const { clock, engine } = arrayEngine(new RunnerError('engine-refused', 'no'));
  const asked = ['a', 'b'].map((runId) => engine.start(spec(runId), never));
  clock.advance(LIMITS.arrayGatherMs);
  for (const one of await Promise.allSettled(asked))
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'engine-refused' } });
});

test('an engine without arrays is left as it is', () => {
  const fake = new FakeEngine(() => ({}));
  expect(gathering(fake, new ManualClock())).toBe(fake);
});

test('what an engine cannot keep for a run is asked of it as without others', async () => {
  const { fake } = arrayEngine();
  const asked: unknown[] = [];
  const engine = gathering(
    Object.assign(fake, {
      limitationsOf: (...question: unknown[]) => {
        asked.push(question);
        return Promise.resolve({ cpus: { kept: 'partly', sentence: 'Whole ones.' } as const });
      },
    }),
    new ManualClock(),
  );
  expect(await engine.limitationsOf?.(['cpus'], { cpus: 2 })).toMatchObject({
    cpus: { kept: 'partly' },
  });
  expect(asked).toEqual([[['cpus'], { cpus: 2 }]]);
});
