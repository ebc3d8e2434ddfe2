import { expect, test } from 'vitest';

import { RunnerError } from '../../../src/base/errors.ts';
import type { ImageRequest, PullProgress } from '../../../src/container/index.ts';
import type { RunRecord } from '../../../src/runner/index.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import type { InputSource } from '../../../src/daemon/queue/readiness.ts';
import { QueueWorld } from '../../support/queue-world.ts';

/** An engine whose images come when the test says so, and which can be away. */
class SlowEngine extends FakeEngine {
  readonly asked: string[] = [];
  away: Error | undefined;
  knocks = 0;
  readonly #pulls = new Map<
    string,
    { readonly request: ImageRequest; readonly end: PromiseWithResolvers<undefined> }
  >();

  constructor() {
    super(() => ({}));
  }

  override async version(): ReturnType<FakeEngine['version']> {
    this.knocks += 1;
    if (this.away !== undefined) throw this.away;
    return super.version();
  }

  override async resolveImage(
    request: ImageRequest,
    signal: AbortSignal,
  ): ReturnType<FakeEngine['resolveImage']> {
    const end = Promise.withResolvers<undefined>();
    this.asked.push(request.reference);
    this.#pulls.set(request.reference, { request, end });
    await end.promise;
    return super.resolveImage({ ...request, pull: 'missing' }, signal);
  }

  tell(image: string, progress: PullProgress): void {
    this.#pulls.get(image)?.request.onProgress?.(progress);
  }

  come(image: string): void {
    this.#pulls.get(image)?.end.resolve(undefined);
  }

  fail(image: string): void {
    this.#pulls.get(image)?.end.reject(new RunnerError('image-not-found', `no ${image}`));
  }
}

const UNREADY = {
  code: 'input-fetch',
  why: 'fetching input file: 1.6 of 3.2 MB from a.test',
} as const;

const using = (image: string): { pull: 'missing'; imageOverride: string } => ({
  pull: 'missing',
  imageOverride: image,
});

test('an image is brought while its run waits, once for all its runs, and others do not wait for it', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine });
  await world.add('r1', {}, using('big:1'));
  await world.add('r2', {}, using('big:1'));
  expect(engine.asked).toEqual(['big:1']);
  expect(world.why('r1')).toBe('image-pull: its image big:1 is being looked for');
  engine.tell('big:1', { receivedBytes: 3.2e9, totalBytes: 17e9, status: 'downloading' });
  expect(world.why('r2')).toBe('image-pull: pulling 3.20 GB of 17.0 GB');
  await world.add('r3', {}, { pull: 'never' });
  expect(world.begun).toEqual(['r3']);
  engine.come('big:1');
  await world.settled();
  expect(world.begun).toEqual(['r3', 'r1']);
  await world.end('r1');
  // It was here a moment ago.
  await world.add('r4', {}, using('big:1'));
  expect(engine.asked).toEqual(['big:1']);
});

test('some images come at a time, in the order of their runs; nothing is brought for a run that is held', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine });
  await world.add('r0', { held: { by: 'bob' } }, using('zero:1'));
  for (const name of ['one', 'two', 'three']) await world.add(name, {}, using(`${name}:1`));
  expect(engine.asked).toEqual(['one:1', 'two:1']);
  expect(world.why('three')).toBe(
    'image-pull: its image three:1 comes after others that are being pulled',
  );
  engine.come('two:1');
  await world.settled();
  expect(engine.asked).toEqual(['one:1', 'two:1', 'three:1']);
  expect(world.begun).toEqual(['two']);
  world.dispatcher.setPlace('r0', { submitter: 'ada', priority: 0 });
  engine.come('one:1');
  await world.settled();
  expect(engine.asked).toContain('zero:1');
});

test('an image that cannot be had is its run’s to tell', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine });
  await world.add('r1', {}, using('none:1'));
  engine.fail('none:1');
  await world.settled();
  expect(world.begun).toEqual(['r1']);
});

test('runs wait for an engine that is away, and begin when it is back; other engines’ runs go on', async () => {
  const engine = new SlowEngine();
  engine.away = new RunnerError('engine-unavailable', 'no Docker answers at /var/run/docker.sock');
  using world = new QueueWorld({ engine });
  await world.add('r1');
  await world.add('r2', {}, { engine: 'process' });
  expect(world.begun).toEqual(['r2']);
  expect(world.why('r1')).toBe(
    'engine-unavailable: no Docker answers at /var/run/docker.sock; the run begins when that is mended',
  );
  engine.away = undefined;
  world.clock.advance(10_000);
  await world.settled();
  expect(world.begun).toEqual(['r2', 'r1']);
});

test('an engine that failed a run is asked again before the next one begins', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine, pool: { slots: 1 } });
  await world.add('r1');
  await world.add('r2');
  engine.away = new RunnerError('engine-unavailable', 'it is gone');
  await world.end(
    'r1',
    world.record(
      'r1',
      { type: 'failure', failure: { code: 'engine-unavailable', message: 'it is gone' } },
      { type: 'state', state: 'SYSTEM_ERROR' },
    ),
  );
  expect(world.begun).toEqual(['r1']);
  expect(world.why('r2')).toMatch('engine-unavailable');
});

/** Of a run whose end the engine tells now. */
const told = (world: QueueWorld, runId: string): RunRecord =>
  world.record(
    runId,
    { type: 'state', state: 'INITIALIZING' },
    { type: 'state', state: 'RUNNING' },
    { type: 'phase', phase: 'collect' },
    { type: 'state', state: 'COMPLETE' },
  );

test('an engine that has just told the end of a run need not be asked before the next one begins', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine, pool: { slots: 1 } });
  for (const runId of ['r1', 'r2', 'r3']) await world.add(runId, {}, { pull: 'never' });
  expect([world.begun, engine.knocks]).toEqual([['r1'], 1]);
  world.clock.advance(60_000);
  await world.end('r1', told(world, 'r1'));
  expect([world.begun, engine.knocks]).toEqual([['r1', 'r2'], 1]);
  // Its outputs took a minute: much may have happened to the engine since.
  const ended = told(world, 'r2');
  world.clock.advance(60_000);
  await world.end('r2', ended);
  expect([world.begun, engine.knocks]).toEqual([['r1', 'r2', 'r3'], 2]);
});

test('what an engine told before it failed a run is no answer', async () => {
  const engine = new SlowEngine();
  using world = new QueueWorld({ engine, pool: { slots: 2 } });
  for (const runId of ['r1', 'r2', 'r3']) await world.add(runId, {}, { pull: 'never' });
  const ended = told(world, 'r2');
  world.clock.advance(100);
  engine.away = new RunnerError('engine-unavailable', 'it is gone');
  await world.end(
    'r1',
    world.record(
      'r1',
      { type: 'failure', failure: { code: 'engine-lost', message: 'it is gone' } },
      { type: 'state', state: 'SYSTEM_ERROR' },
    ),
  );
  await world.end('r2', ended);
  expect(world.begun).toEqual(['r1', 'r2']);
  expect(world.why('r3')).toMatch('engine-unavailable');
});

test('an attempt whose input cannot be had ends without a place, and the next one waits for its time', async () => {
  const failure = { code: 'url-failed', message: 'nobody answers' } as const;
  const pauses: number[] = [];
  const inputs: InputSource = {
    of: (run, pauseMs) => {
      if (run.runId === 'busy') return { look: () => undefined };
      pauses.push(pauseMs);
      return { look: () => UNREADY, failed: () => (pauses.length === 1 ? failure : undefined) };
    },
  };
  const failed: string[] = [];
  using world: QueueWorld = new QueueWorld({
    ...{ inputs, pool: { slots: 1 } },
    fail: (runId, { code }) => {
      failed.push(`${runId}: ${code}`);
      return world.record(
        runId,
        {
          ...{ type: 'attempt-failed', attempt: 1, failure },
          next: { attempt: 2, notBefore: '2026-03-01T10:00:05.000Z', excludedNodes: [] },
        },
        { type: 'state', state: 'INITIALIZING' },
      );
    },
  });
  await world.add('busy');
  await world.add('r1');
  expect(world.begun).toEqual(['busy']);
  expect(failed).toEqual(['r1: url-failed']);
  expect(pauses).toEqual([0, 5_000]);
  expect(world.why('r1')).toMatch('retry');
  world.clock.advance(5_000);
  await world.settled();
  expect(world.why('r1')).toBe('input-fetch: fetching input file: 1.6 of 3.2 MB from a.test');
  // It is let go of when it is held, and asked for again when it is released.
  world.dispatcher.setPlace('r1', { submitter: 'ada', priority: 0, held: { by: 'ada' } });
  expect(world.why('r1')).toMatch('queue-held');
});
