import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LIMITS } from '../../../src/base/limits.ts';
import { outcomeOfAttempt, pauseAfter } from '../../../src/daemon/webhooks/outcome.ts';

const facts = { failedBefore: 0, attemptsMax: 16, nowMs: 1_000, random: 0 };

test('pauses grow from seconds to hours, and the last attempt is more than a weekend after the first', () => {
  const pauses = Array.from({ length: LIMITS.webhookAttemptsMax - 1 }, (_, at) =>
    pauseAfter(at + 1, 0),
  );
  expect(pauses.slice(0, 4)).toEqual([2_500, 7_500, 22_500, 67_500]);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  const fullMs = pauses.reduce((sum, pause) => sum + 2 * pause, 0);
  expect(fullMs).toBeGreaterThan(1.9 * 86_400_000);
});

test('a pause is never longer than the longest, nor shorter than half of what it would be', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (failed, random) => {
        const pause = pauseAfter(failed + 1, random);
        expect(pause).toBeGreaterThanOrEqual(LIMITS.webhookBackoffMs / 2);
        expect(pause).toBeLessThanOrEqual(LIMITS.webhookBackoffMsMax);
      },
    ),
  );
});

test('a receiver that names a pause gets it, but never a longer one than the longest', () => {
  const after = (retryAfterMs: number): unknown =>
    outcomeOfAttempt({ kind: 'answered', status: 429, retryAfterMs }, facts);
  expect(after(60_000)).toMatchObject({ kind: 'retry', dueMs: 61_000 });
  expect(after(1)).toMatchObject({ kind: 'retry', dueMs: 3_500 });
  expect(after(1e12)).toMatchObject({ dueMs: 1_000 + LIMITS.webhookBackoffMsMax });
});

test.each([
  [200, 'delivered'],
  [299, 'delivered'],
  [304, 'retry'],
  [404, 'retry'],
  [410, 'disabled'],
  [500, 'retry'],
] as const)('an answer of %i leads to: %s', (status, kind) => {
  expect(outcomeOfAttempt({ kind: 'answered', status }, facts).kind).toBe(kind);
});
