import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { RunnerError } from '../../src/base/errors.ts';
import { isTerminal, StopReason, type RunObserver } from '../../src/runner/index.ts';
import type { RunStore } from '../../src/store/index.ts';
import type { FakeProgram } from '../support/fake-engine.ts';
import { said, scene as sceneOf, type Scene, type SceneOptions } from '../support/run-scene.ts';
import { plainOptions } from '../support/run-values.ts';

const never = new Promise<never>(() => undefined);
const scene = (
  program: FakeProgram,
  play: (scene: Scene) => Promise<void>,
  options: SceneOptions = {},
): Promise<void> => sceneOf(() => program, play, options);

test('a run whose app exits 0 is complete, and its container is gone before anybody hears of it', () =>
  scene({ output: [said('stdout', 'hello')] }, async ({ run, engine, shown, store }) => {
    const record = await run();
    expect(record).toMatchObject({ state: 'COMPLETE', logs: { stdoutBytes: 5, stderrBytes: 0 } });
    expect(engine.world.containers.size).toBe(0);
    expect(shown.filter(({ state }) => isTerminal(state))).toHaveLength(1);
    expect([...store.verify()]).toEqual([]);
  }));

test('the container’s name is on the disk before the engine is asked', () =>
  scene({}, async ({ run, engine, store }) => {
    const { runId } = await run();
    const events = store.events(runId).map(({ type }) => type);
    expect(events.indexOf('container')).toBeLessThan(events.lastIndexOf('state'));
    expect(engine.started[0]?.name).toBe(`cyto-run-${runId}-1`);
  }));

test('what a run shows can be read back at that moment, also by an observer that only looks at output', async () => {
  let store: RunStore | undefined;
  const seen: string[] = [];
  const observer: RunObserver = {
    onOutput: () => void seen.push(store?.list({ limit: 1 }).runs[0]?.state ?? 'none'),
  };
  await scene(
    { output: [said('stdout', 'x')] },
    async (scene) => {
      store = scene.store;
      const record = await scene.run();
      expect(record.outputsCollected).toBe(true);
    },
    { observer },
  );
  expect(seen).toEqual(['RUNNING']);
});

test('the failure of an app names its exit code, the descriptor’s meaning and its last words', () =>
  scene({ output: [said('stderr', 'a\nno tissue\n')], exit: { exitCode: 3 } }, async ({ run }) => {
    expect(await run()).toMatchObject({
      state: 'EXECUTOR_ERROR',
      failure: {
        code: 'app-exit',
        message: expect.stringMatching(/3 \(nothing found\).*no tissue/) as string,
      },
    });
  }));

test('a program the image does not have is the app’s failure, and says what is missing', () =>
  scene({ exit: { exitCode: 127, neverRan: 'there is no demo in the image' } }, async ({ run }) => {
    expect((await run()).failure?.message).toContain('there is no demo in the image');
  }));

test('a stop while the image is brought cancels the run without starting anything', () =>
  scene(
    {},
    async ({ run, engine, stop }) => {
      stop.abort(new StopReason('user'));
      expect(await run()).toMatchObject({ state: 'CANCELED', failure: { code: 'canceled' } });
      expect(engine.started).toEqual([]);
    },
    {},
  ));

test('the first cause wins: a time limit, then a Ctrl-C during the grace', () =>
  scene({ until: never, onTerm: 'ignore' }, async ({ run, clock, stop, kill, shown }) => {
    const ended = run({ options: { ...plainOptions, timeoutMs: 60_000, stopGraceMs: 10_000 } });
    await expect.poll(() => shown.at(-1)?.state).toBe('RUNNING');
    clock.advance(60_000);
    await expect.poll(() => shown.at(-1)?.stopCause).toBe('time-limit');
    stop.abort(new StopReason('user'));
    kill.abort();
    expect(await ended).toMatchObject({
      state: 'EXECUTOR_ERROR',
      stopCause: 'time-limit',
      failure: { code: 'time-limit' },
    });
  }));

test('another process’s request to stop reaches the run', () =>
  scene({ until: never }, async ({ run, clock, store, shown }) => {
    const ended = run();
    await expect.poll(() => shown.at(-1)?.state).toBe('RUNNING');
    store.requestStop(shown[0]?.runId ?? '', 'user');
    const tick = setInterval(() => {
      clock.advance(1_000);
    }, 5);
    expect(await ended).toMatchObject({ state: 'CANCELED', stopCause: 'user' });
    clearInterval(tick);
  }));

test.each([
  ['engine-unavailable', 'engine-unavailable', 'SYSTEM_ERROR'],
  ['engine-refused', 'staging-failed', 'SYSTEM_ERROR'],
  ['gpu-unavailable', 'gpu-unavailable', 'SYSTEM_ERROR'],
  ['app-exit', 'app-exit', 'EXECUTOR_ERROR'],
] as const)('an engine that says %s ends the run as %s', (code, failure, state) =>
  scene({ refusal: new RunnerError(code, 'no', { hint: 'try' }) }, async ({ run }) => {
    expect(await run()).toMatchObject({
      state,
      failure: { code: failure, message: 'no', hint: 'try' },
    });
  }),
);

test('an error that is no RunnerError is our bug: it is thrown, not recorded as the app’s failure', () =>
  scene({ refusal: new TypeError('oops') }, async ({ run }) => {
    await expect(run()).rejects.toThrow('oops');
  }));

test('a GPU that is asked for and not there is refused before anything is started', () =>
  scene({}, async ({ run, engine }) => {
    const options = { ...plainOptions, gpus: 'all' as const };
    expect((await run({ options })).failure?.code).toBe('gpu-unavailable');
    expect(engine.started).toEqual([]);
    const optional = await run({ options: { ...options, gpusOptional: true } });
    expect(optional).toMatchObject({ state: 'COMPLETE', warnings: [{ code: 'gpu-absent' }] });
    expect(engine.started[0]?.limits.gpus).toBeUndefined();
  }));

test('a run whose engine is away while its app runs is warned while it runs', () => {
  const away = { code: 'engine-away', message: 'it does not answer' };
  const until = Promise.withResolvers<undefined>();
  return scene({ away, until: until.promise }, async ({ run, shown }) => {
    const ended = run();
    await expect.poll(() => shown.at(-1)?.warnings).toEqual([away]);
    expect(shown.at(-1)?.state).toBe('RUNNING');
    until.resolve(undefined);
    expect(await ended).toMatchObject({ state: 'COMPLETE', warnings: [away] });
  });
});

test('progress is told as it comes but written down at most once a second, and its last word always', () =>
  scene(
    {
      output: Array.from({ length: 100 }, (_, at) =>
        said('stderr', `::cyto-run progress=${at + 1}\n`),
      ),
    },
    async ({ run, store }) => {
      const { runId } = await run();
      const noted = store.events(runId).filter((event) => event.type === 'progress');
      expect(noted.map(({ percent }) => percent)).toEqual([1, 100]);
    },
  ));

test('a complete run keeps no working folder, a failed one keeps it to be looked at', async () => {
  for (const [exitCode, kept] of [
    [0, false],
    [1, true],
  ] as const)
    await scene({ exit: { exitCode } }, async ({ run, folder }) => {
      const { runId } = await run();
      expect(existsSync(join(folder, 'runs', runId, 'work'))).toBe(kept);
    });
});
