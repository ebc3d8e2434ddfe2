import { expect, test } from 'vitest';

import { LIMITS } from '../../src/base/limits.ts';
import { collectGarbage, IdleMemory } from '../../src/daemon/operations/idle-memory.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Scene {
  readonly memory: IdleMemory;
  readonly stopping: AbortController;
  /** Lets so much time pass, and tells how often memory was given back altogether. */
  readonly after: (ms: number) => Promise<number>;
  isBusy: boolean;
}

function scene(): Scene {
  const clock = new ManualClock();
  const stopping = new AbortController();
  let collected = 0;
  const made: Scene = {
    stopping,
    isBusy: false,
    memory: new IdleMemory({
      ...{ clock, stopping: stopping.signal, isBusy: () => made.isBusy },
      collect: () => Promise.resolve((collected += 1)),
    }),
    after: async (ms) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
      return collected;
    },
  };
  return made;
}

test('memory is given back once after work, when there has been none for a while', async () => {
  const { memory, after } = scene();
  memory.worked();
  expect(await after(LIMITS.idleCollectMs - 1)).toBe(0);
  expect(await after(1)).toBe(1);
  expect(await after(10 * LIMITS.idleCollectMs)).toBe(1);
  memory.worked();
  expect(await after(LIMITS.idleCollectMs)).toBe(2);
});

test('work in between puts it off', async () => {
  const { memory, after } = scene();
  memory.worked();
  await after(LIMITS.idleCollectMs - 1);
  memory.worked();
  expect(await after(1)).toBe(0);
  expect(await after(LIMITS.idleCollectMs)).toBe(1);
});

test('never while a run goes on, or behind the end of the server', async () => {
  const busy = scene();
  busy.isBusy = true;
  busy.memory.worked();
  for (let times = 0; times < 3; times += 1) expect(await busy.after(LIMITS.idleCollectMs)).toBe(0);
  busy.isBusy = false;
  expect(await busy.after(LIMITS.idleCollectMs)).toBe(1);
  const ending = scene();
  ending.memory.worked();
  ending.stopping.abort();
  expect(await ending.after(LIMITS.idleCollectMs)).toBe(0);
});

test('the memory of this very process can be given back', async () => {
  await expect(collectGarbage()).resolves.toBeUndefined();
});
