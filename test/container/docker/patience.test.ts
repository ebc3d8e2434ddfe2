import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { Patience, type Presence } from '../../../src/container/docker/patience.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { passTime } from '../../support/pass-time.ts';

const BOUNDS = { awayMs: LIMITS.engineLostMs };

const lost = (): Error => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

const never = (): Promise<never> => new Promise(() => undefined);

const presence = (
  isThere: Presence['isThere'],
  untilGone: Presence['untilGone'] = never,
): Presence => ({ isThere, untilGone });

test('an engine that stays away is given up after the time it has', async () => {
  const clock = new ManualClock();
  const startMs = clock.monotonicMs();
  const patience = new Patience(
    clock,
    presence(() => Promise.reject(lost())),
    BOUNDS,
  );
  const asked = patience.through(() => Promise.reject(lost()));
  await passTime(clock, LIMITS.engineRetryMs, asked);
  await expect(asked).rejects.toMatchObject({ code: 'EPIPE' });
  const waitedMs = clock.monotonicMs() - startMs;
  expect(waitedMs).toBeGreaterThan(LIMITS.engineLostMs);
  expect(waitedMs).toBeLessThan(LIMITS.engineLostMs + 3 * LIMITS.engineRetryMs);
});

test('an absence is told when it lasts, and not before', async () => {
  const clock = new ManualClock();
  let toldMs: number | undefined;
  const patience = new Patience(
    clock,
    presence(() => Promise.reject(lost())),
    BOUNDS,
  );
  void patience.longAway.then(() => (toldMs = clock.monotonicMs()));
  const startMs = clock.monotonicMs();
  const asked = patience.through(() => Promise.reject(lost()));
  await passTime(clock, LIMITS.engineRetryMs, asked);
  await expect(asked).rejects.toThrow('EPIPE');
  expect(toldMs! - startMs).toBeGreaterThan(LIMITS.engineAwayToldMs);
  expect(toldMs! - startMs).toBeLessThan(LIMITS.engineAwayToldMs + 3 * LIMITS.engineRetryMs);
});

test('what was given up once is not waited for again', async () => {
  const clock = new ManualClock();
  const patience = new Patience(
    clock,
    presence(() => Promise.reject(lost())),
    BOUNDS,
  );
  const first = patience.through(() => Promise.reject(lost()));
  await passTime(clock, LIMITS.engineRetryMs, first);
  await expect(patience.through(() => Promise.reject(lost()))).rejects.toThrow('EPIPE');
});

test('a request that breaks the connection each time is given up', async () => {
  const clock = new ManualClock();
  const patience = new Patience(
    clock,
    presence(() => Promise.resolve()),
    BOUNDS,
  );
  let times = 0;
  const asked = patience.through(() => {
    times += 1;
    return Promise.reject(lost());
  });
  await passTime(clock, LIMITS.engineRetryMs, asked);
  await expect(asked).rejects.toThrow('EPIPE');
  expect(times).toBe(LIMITS.engineLossesMax + 1);
});

test('an answer of the engine, also a refusal, is final', async () => {
  const refusal = Object.assign(new Error('no such container'), { statusCode: 404 });
  const patience = new Patience(
    new ManualClock(),
    presence(() => Promise.resolve()),
    BOUNDS,
  );
  await expect(patience.through(() => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(patience.lastAwayMs).toBeUndefined();
});

test('patience ends with the signal', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const patience = new Patience(
    clock,
    presence(() => Promise.reject(lost())),
    { ...BOUNDS, signal: stop.signal },
  );
  const asked = patience.through(() => Promise.reject(lost()));
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
});

test('an engine that goes away just then is told from one that stays', async () => {
  const clock = new ManualClock();
  let times = 0;
  const isThere = (): Promise<void> => {
    times += 1;
    return times === 2 ? Promise.reject(lost()) : Promise.resolve();
  };
  const patience = new Patience(clock, presence(isThere), BOUNDS);
  const goes = patience.goesAway(LIMITS.engineGoingMs);
  await passTime(clock, LIMITS.engineRetryMs, goes);
  expect(await goes).toBe(true);
  const stays = patience.goesAway(LIMITS.engineGoingMs);
  await passTime(clock, LIMITS.engineRetryMs, stays);
  expect(await stays).toBe(false);
});

test('one that was away between two questions is told by the connection that it broke', async () => {
  const clock = new ManualClock();
  const held = Promise.withResolvers<undefined>();
  const isThere = (): Promise<void> => Promise.resolve();
  const patience = new Patience(
    clock,
    presence(isThere, () => held.promise),
    BOUNDS,
  );
  const goes = patience.goesAway(LIMITS.engineGoingMs);
  held.resolve(undefined);
  expect(await goes).toBe(true);
  expect(patience.lastAwayMs).toBe(clock.monotonicMs());
});

test('one that takes no new connection is going, however short the look', async () => {
  const clock = new ManualClock();
  let times = 0;
  const isThere = (): Promise<void> => {
    times += 1;
    return times === 1 ? Promise.reject(lost()) : Promise.resolve();
  };
  const goes = new Patience(clock, presence(isThere), BOUNDS).goesAway(0);
  await passTime(clock, LIMITS.engineRetryMs, goes);
  expect(await goes).toBe(true);
});
