import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import type { EngineEnding } from '../../src/container/index.ts';
import { StopReason } from '../../src/runner/index.ts';
import { said, scene } from '../support/run-scene.ts';
import { plainOptions } from '../support/run-values.ts';

const busy = { code: 'slurm-resources', message: 'no machine is free' };
const third = { code: 'slurm-priority', message: '2 others are ahead' };

test('a run that waits for its turn says why, on the disk first, and is RUNNING only when its app runs', () => {
  const begins = Promise.withResolvers<undefined>();
  return scene(
    () => ({ waiting: [busy, busy, third], begins: begins.promise, output: [said('stdout', 'x')] }),
    async ({ run, store, shown }) => {
      const ended = run();
      await expect.poll(() => shown.at(-1)?.waiting?.code).toBe('slurm-priority');
      const { runId } = shown[0]!;
      const waiting = store.read(runId);
      expect(waiting).toMatchObject({ state: 'INITIALIZING', waiting: third });
      expect(waiting.phases.at(-1)?.phase).toBe('wait');
      begins.resolve(undefined);
      const record = await ended;
      expect(record.waiting).toBeUndefined();
      expect(record.phases.map(({ phase }) => phase)).toEqual([
        ...['stage', 'pull', 'create', 'wait', 'run', 'collect'],
      ]);
      const reasons = store
        .events(runId)
        .flatMap((event) => (event.type === 'waiting' ? [event.message] : []));
      expect(reasons).toEqual([busy.message, third.message]);
    },
  );
});

test('the time limit counts from the app’s start, not from the queue', () => {
  const begins = Promise.withResolvers<undefined>();
  return scene(
    () => ({ waiting: [busy], begins: begins.promise, until: new Promise(() => undefined) }),
    async ({ run, clock, shown }) => {
      const ended = run({ options: { ...plainOptions, timeoutMs: 60_000 } });
      await expect.poll(() => shown.at(-1)?.waiting).toBeDefined();
      clock.advance(3_600_000);
      begins.resolve(undefined);
      await expect.poll(() => shown.at(-1)?.state).toBe('RUNNING');
      clock.advance(59_999);
      expect(shown.at(-1)?.stopCause).toBeUndefined();
      clock.advance(1);
      expect(await ended).toMatchObject({ failure: { code: 'time-limit' } });
    },
  );
});

test('a run can be canceled while it waits, and was never RUNNING', () =>
  scene(
    () => ({ waiting: [busy], begins: new Promise(() => undefined) }),
    async ({ run, stop, shown, engine }) => {
      const ended = run();
      await expect.poll(() => shown.at(-1)?.waiting).toBeDefined();
      stop.abort(new StopReason('user'));
      expect(await ended).toMatchObject({ state: 'CANCELED', failure: { code: 'canceled' } });
      expect(shown.some(({ state }) => state === 'RUNNING')).toBe(false);
      expect(engine.world.containers.size).toBe(0);
    },
  ));

const ENDINGS: readonly (readonly [EngineEnding['code'], string, string])[] = [
  ['time-limit', 'EXECUTOR_ERROR', 'time-limit'],
  ['node-failed', 'SYSTEM_ERROR', 'node-failed'],
  ['preempted', 'PREEMPTED', 'preempted'],
  ['canceled', 'CANCELED', 'canceled'],
  ['image-pull-failed', 'SYSTEM_ERROR', 'image-pull-failed'],
  ['staging-failed', 'SYSTEM_ERROR', 'staging-failed'],
  ['disk-full', 'SYSTEM_ERROR', 'disk-full'],
  ['engine-lost', 'SYSTEM_ERROR', 'engine-lost'],
];

test.each(ENDINGS)(
  'an engine that says %s ends a run as %s, its log whole and its exit code not taken for the app’s',
  (code, state, failure) =>
    scene(
      () => ({
        output: [said('stdout', 'half')],
        exit: {
          exitCode: 0,
          startedAt: '2026-03-01T10:00:00Z',
          ending: { code, message: 'it said so' },
          node: 'n1',
        },
      }),
      async ({ run, logOf, shown }) => {
        const record = await run();
        expect(record).toMatchObject({
          state,
          failure: { code: failure, message: 'it said so', hint: expect.any(String) as string },
          exit: { node: 'n1', ending: { code } },
          outputsPartial: true,
        });
        expect(await logOf(record.runId, { stream: 'both' })).toBe('half');
        expect(shown.some((each) => each.state === 'RUNNING')).toBe(true);
      },
    ),
);

test.each(ENDINGS)('what ends by %s before it began was never RUNNING', (code, state) => {
  const begins = Promise.withResolvers<undefined>();
  return scene(
    () => ({
      waiting: [busy],
      begins: begins.promise,
      exit: { ending: { code, message: 'it said so' } },
    }),
    async ({ run, shown }) => {
      const ended = run();
      await expect.poll(() => shown.at(-1)?.waiting).toBeDefined();
      begins.resolve(undefined);
      expect(await ended).toMatchObject({ state });
      expect(shown.some((each) => each.state === 'RUNNING')).toBe(false);
    },
  );
});

test('how far a long pull is, is written down now and then, and of a short one nothing', () =>
  scene(
    () => ({}),
    async ({ run, clock, store }) => {
      const short = await run();
      expect(store.events(short.runId).some(({ type }) => type === 'waiting')).toBe(false);
      clock.advance(1);
      const long = await run({ options: { ...plainOptions, pull: 'missing' } });
      const told = store
        .events(long.runId)
        .flatMap((event) => (event.type === 'waiting' ? [event] : []));
      expect(told).toMatchObject([{ code: 'image-pull', message: 'pulling 3.20 GB of 17.0 GB' }]);
      expect(long.waiting).toBeUndefined();
    },
    {
      onResolve: ({ pull, onProgress }, clock) => {
        onProgress?.({ receivedBytes: 1, status: 'Downloading' });
        if (pull === 'never') return;
        clock.advance(LIMITS.pullEventMs);
        onProgress?.({ receivedBytes: 3.2e9, totalBytes: 17e9, status: 'Downloading' });
        onProgress?.({ receivedBytes: 4e9, totalBytes: 17e9, status: 'Downloading' });
      },
    },
  ));
