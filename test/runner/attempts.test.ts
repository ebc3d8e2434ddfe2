import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { RunnerError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { ContainerSpec, ExitStatus } from '../../src/container/index.ts';
import { isTerminal, StopReason } from '../../src/runner/index.ts';
import type { FakeProgram } from '../support/fake-engine.ts';
import { said, scene } from '../support/run-scene.ts';
import { plainOptions } from '../support/run-values.ts';

const retry = { attempts: 2, memoryFactor: 2 };
const options = { ...plainOptions, retry };
const lostNode = (node: string): Partial<ExitStatus> => ({
  exitCode: 1,
  node,
  ending: { code: 'node-failed', message: `the machine ${node} went down` },
});
/** A program for each attempt. */
const attempts =
  (...programs: readonly FakeProgram[]) =>
  ({ attempt }: ContainerSpec): FakeProgram =>
    programs[attempt - 1] ?? {};

test('a run on a machine that fails is tried again elsewhere: one run, two attempts, both logs, fresh folders', () =>
  scene(
    attempts(
      { output: [said('stdout', 'first\u0000\n'), said('stderr', 'gone')], exit: lostNode('n1') },
      { output: [said('stdout', 'second\n')], exit: { node: 'n2' } },
    ),
    async ({ run, clock, engine, store, shown, logOf }) => {
      const ended = run({ options });
      await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
      const { runId } = shown[0]!;
      expect(store.read(runId)).toMatchObject({
        state: 'INITIALIZING',
        retry: { attempt: 2, excludedNodes: ['n1'] },
      });
      expect(engine.world.removed).toEqual([`cyto-run-${runId}-1`]);
      clock.advance(LIMITS.retryBackoffMs);
      const record = await ended;
      expect(record).toMatchObject({
        state: 'COMPLETE',
        exit: { node: 'n2' },
        attempts: [
          {
            attempt: 1,
            failure: { code: 'node-failed', message: 'the machine n1 went down' },
            container: `cyto-run-${runId}-1`,
            exit: { node: 'n1' },
            logs: { stdoutBytes: 7, stderrBytes: 4 },
          },
        ],
      });
      expect(record.failure).toBeUndefined();
      expect(engine.started.map(({ name }) => name)).toEqual([
        `cyto-run-${runId}-1`,
        `cyto-run-${runId}-2`,
      ]);
      expect(engine.started[1]?.scheduling?.excludedNodes).toEqual(['n1']);
      const works = engine.started.map(({ mounts }) => mounts[0]?.source);
      expect(new Set(works).size).toBe(2);
      expect(await logOf(runId, { stream: 'stdout', attempt: 1 })).toBe('first\u0000\n');
      expect(await logOf(runId, { stream: 'stderr', attempt: 1 })).toBe('gone');
      expect(await logOf(runId, { stream: 'both' })).toBe('second\n');
      expect(shown.filter(({ state }) => isTerminal(state))).toHaveLength(1);
      expect([...store.verify()]).toEqual([]);
    },
  ));

test('the container of each attempt is written down before the engine is asked', () =>
  scene(attempts({ exit: lostNode('n1') }, {}), async ({ run, clock, store, shown }) => {
    const ended = run({ options });
    await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
    clock.advance(LIMITS.retryBackoffMs);
    const { runId } = await ended;
    const facts = store
      .events(runId)
      .flatMap((event) =>
        event.type === 'container'
          ? [`asked ${event.attempt}`]
          : event.type === 'state' || event.type === 'attempt-failed'
            ? [event.type === 'state' ? event.state : `failed ${event.attempt}`]
            : [],
      );
    expect(facts).toEqual([
      ...['INITIALIZING', 'asked 1', 'RUNNING', 'failed 1', 'INITIALIZING'],
      ...['asked 2', 'RUNNING', 'COMPLETE'],
    ]);
  }));

test('a run that fails in every attempt keeps the last failure and says which attempt it was', () =>
  scene(
    () => ({ exit: lostNode('n1') }),
    async ({ run, clock, shown }) => {
      const ended = run({ options });
      for (const attempt of [2, 3]) {
        await expect.poll(() => shown.at(-1)?.retry?.attempt).toBe(attempt);
        await clock.untilAsleep();
        clock.advance(LIMITS.retryBackoffMsMax);
      }
      expect(await ended).toMatchObject({
        state: 'SYSTEM_ERROR',
        failure: {
          code: 'node-failed',
          message: 'the machine n1 went down (attempt 3, the last)',
          hint: expect.stringMatching('--retries') as string,
        },
        attempts: [{ attempt: 1 }, { attempt: 2 }],
      });
    },
  ));

test('out of memory is tried again with more memory where that was asked for, and without a wait', () =>
  scene(attempts({ exit: { exitCode: 137, outOfMemory: true } }, {}), async ({ run, engine }) => {
    const more = { attempts: 0, memoryFactor: 2, memoryMaxBytes: 4e9 };
    const record = await run({ options: { ...options, memoryBytes: 1e9, retry: more } });
    expect(record).toMatchObject({
      state: 'COMPLETE',
      container: { limits: { memoryBytes: 2e9 } },
      attempts: [{ failure: { code: 'out-of-memory' }, limits: { memoryBytes: 1e9 } }],
    });
    expect(engine.started.map(({ limits }) => limits.memoryBytes)).toEqual([1e9, 2e9]);
  }));

test('an app that fails by itself is never tried again', () =>
  scene(
    () => ({ exit: { exitCode: 3 } }),
    async ({ run, engine }) => {
      expect(await run({ options })).toMatchObject({ state: 'EXECUTOR_ERROR' });
      expect(engine.started).toHaveLength(1);
    },
  ));

test('an image that cannot be pulled is asked for again, with no container of the attempt before', () => {
  let asked = 0;
  const onResolve = (): void => {
    asked += 1;
    if (asked === 1) throw new RunnerError('image-pull-failed', 'the registry is away');
  };
  return scene(
    () => ({}),
    async ({ run, clock, shown }) => {
      const ended = run({ options });
      await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
      clock.advance(LIMITS.retryBackoffMs);
      expect(await ended).toMatchObject({
        state: 'COMPLETE',
        container: { attempt: 2 },
        attempts: [{ failure: { code: 'image-pull-failed' } }],
      });
    },
    { onResolve },
  );
});

test('a stop between two attempts cancels the run, and nothing more is started', () =>
  scene(attempts({ exit: lostNode('n1') }), async ({ run, stop, shown, engine }) => {
    const ended = run({ options });
    await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
    stop.abort(new StopReason('user'));
    expect(await ended).toMatchObject({ state: 'CANCELED', failure: { code: 'canceled' } });
    expect(engine.started).toHaveLength(1);
  }));

test('the time limit is each attempt’s own', () =>
  scene(
    attempts({ exit: lostNode('n1') }, { until: new Promise(() => undefined) }),
    async ({ run, clock, shown }) => {
      const ended = run({ options: { ...options, timeoutMs: 60_000 } });
      await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
      clock.advance(LIMITS.retryBackoffMs);
      await expect.poll(() => shown.at(-1)?.state).toBe('RUNNING');
      clock.advance(59_000);
      expect(shown.at(-1)?.stopCause).toBeUndefined();
      clock.advance(1_000);
      expect(await ended).toMatchObject({ failure: { code: 'time-limit' } });
    },
  ));

test('the files of an attempt that failed go, and a run that completes keeps none', () =>
  scene(attempts({ exit: lostNode('n1') }, {}), async ({ run, clock, shown, folder }) => {
    const ended = run({ options });
    await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('retry');
    clock.advance(LIMITS.retryBackoffMs);
    const { runId } = await ended;
    for (const path of ['work', 'attempt-2'])
      expect(existsSync(join(folder, 'runs', runId, path))).toBe(false);
  }));
