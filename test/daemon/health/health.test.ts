import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { Health, needsOf } from '../../../src/daemon/health/index.ts';
import { configurationFor, Engines } from '../../../src/site/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a server with all it needs is ready; without one of them it is not, and says which', async () => {
  const clock = new ManualClock();
  const good = new Health({ a: async () => {}, b: async () => {} }, clock);
  expect(await good.readiness()).toEqual({
    ready: true,
    checks: { a: { ok: true }, b: { ok: true } },
  });
  const missing = new Health(
    { a: async () => {}, b: () => Promise.reject(new Error('gone')) },
    clock,
  );
  expect(await missing.readiness()).toEqual({
    ready: false,
    checks: { a: { ok: true }, b: { ok: false, problem: 'gone' } },
  });
});

test('what does not answer is not there, and nobody waits for it longer than a probe does', async () => {
  const clock = new ManualClock();
  const health = new Health({ engine: () => new Promise(() => {}) }, clock);
  const answer = health.readiness();
  await clock.untilAsleep();
  clock.advance(LIMITS.healthAnswerMs);
  expect(await answer).toMatchObject({
    ready: false,
    checks: { engine: { problem: 'it did not answer within 4 s' } },
  });
});

test('who asks often is told what was found lately', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const health = new Health({ a: () => Promise.resolve(void (asked += 1)) }, clock);
  await Promise.all([health.readiness(), health.readiness()]);
  clock.advance(LIMITS.healthKeepMs - 1);
  await health.readiness();
  expect(asked).toBe(1);
  clock.advance(1);
  await health.readiness();
  expect(asked).toBe(2);
});

test('a real data folder and an engine that is always there make a server ready', async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  using store = openStore({ folder: folder.path, clock });
  const configuration = await configurationFor({
    env: {},
    cwd: folder.path,
    readStdin: () => Promise.resolve(Buffer.alloc(0)),
  });
  const engines = new Engines({ dataFolder: folder.path, configuration });
  const { ready, checks } = await new Health(needsOf(store, engines, 'process'), clock).readiness();
  expect({ ready, names: Object.keys(checks) }).toEqual({
    ready: true,
    names: ['engine', 'store', 'disk'],
  });
  expect(store.upkeep.runCounts()).toEqual({});
});
