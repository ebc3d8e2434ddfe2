import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { endedByEngine } from '../../../src/container/docker/exit.ts';
import { Patience } from '../../../src/container/docker/patience.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const lost = (): Error => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

/** Lets an engine that is away be asked until `settled`. */
async function passTime(clock: ManualClock, settled: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  void settled
    .catch(() => undefined)
    .finally(() => {
      over.abort();
    });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (over.signal.aborted) return;
    clock.advance(LIMITS.engineRetryMs);
  }
}

test('an engine that stays away is given up after the time it has', async () => {
  const clock = new ManualClock();
  const startMs = clock.monotonicMs();
  const patience = new Patience(clock, () => Promise.reject(lost()));
  const asked = patience.through(() => Promise.reject(lost()));
  await passTime(clock, asked);
  await expect(asked).rejects.toMatchObject({ code: 'EPIPE' });
  const waitedMs = clock.monotonicMs() - startMs;
  expect(waitedMs).toBeGreaterThan(LIMITS.engineLostMs);
  expect(waitedMs).toBeLessThan(LIMITS.engineLostMs + 3 * LIMITS.engineRetryMs);
});

test('what was given up once is not waited for again', async () => {
  const clock = new ManualClock();
  const patience = new Patience(clock, () => Promise.reject(lost()));
  const first = patience.through(() => Promise.reject(lost()));
  await passTime(clock, first);
  await expect(patience.through(() => Promise.reject(lost()))).rejects.toThrow('EPIPE');
});

test('a request that breaks the connection each time is given up', async () => {
  const clock = new ManualClock();
  const patience = new Patience(clock, () => Promise.resolve());
  let times = 0;
  const asked = patience.through(() => {
    times += 1;
    return Promise.reject(lost());
  });
  await passTime(clock, asked);
  await expect(asked).rejects.toThrow('EPIPE');
  expect(times).toBe(LIMITS.engineLossesMax + 1);
});

test('an answer of the engine, also a refusal, is final', async () => {
  const refusal = Object.assign(new Error('no such container'), { statusCode: 404 });
  const patience = new Patience(new ManualClock(), () => Promise.resolve());
  await expect(patience.through(() => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(patience.absence).toBeUndefined();
});

test('patience ends with the signal', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const patience = new Patience(clock, () => Promise.reject(lost()), stop.signal);
  const asked = patience.through(() => Promise.reject(lost()));
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
});

const at = (second: number): string => `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`;
const absence = { fromMs: Date.parse(at(30)), toMs: Date.parse(at(40)) };

test.each([
  [137, false, at(35), absence, true],
  [143, false, at(25), absence, true],
  // Long before, or after it was back: somebody else's kill.
  [137, false, at(5), absence, false],
  [137, false, at(41), absence, false],
  [137, true, at(35), absence, false],
  [3, false, at(35), absence, false],
  [137, false, at(35), undefined, false],
] as const)(
  'exit %i, out of memory %s, at %s: ended by the engine, or not',
  (exitCode, outOfMemory, finishedAt, away, byEngine) => {
    const ending = endedByEngine({ exitCode, outOfMemory, finishedAt }, away);
    expect(ending !== undefined).toBe(byEngine);
  },
);
