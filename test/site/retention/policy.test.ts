import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  chooseRemovals,
  type RetainedRun,
  type RetentionPolicy,
} from '../../../src/site/retention/policy.ts';

const run = (
  runId: string,
  endedAtMs: number | undefined,
  sizeBytes = 10,
  user = 'ada',
): RetainedRun => ({
  ...{ runId, user, sizeBytes },
  ...(endedAtMs === undefined ? {} : { endedAtMs }),
});
const chosen = (runs: readonly RetainedRun[], policy: RetentionPolicy): string[] =>
  chooseRemovals(runs, policy, 1_000).map(({ runId }) => runId);

const FOUR = [run('d', 900), run('a', 100), run('active', undefined), run('c', 500), run('b', 300)];

test('without a rule everything is kept', () => {
  expect(chosen(FOUR, {})).toEqual([]);
});

test('runs that ended longer ago than they are kept go, the oldest first', () => {
  expect(chosen(FOUR, { keepMs: 600 })).toEqual(['a', 'b']);
});

test('of more runs than are kept the oldest go, and those that run count', () => {
  expect(chosen(FOUR, { runsMax: 2 })).toEqual(['a', 'b', 'c']);
  expect(chosen(FOUR, { runsMax: 1 })).toEqual(['a', 'b', 'c', 'd']);
});

test('the oldest go until the rest is within the quota, and no further', () => {
  expect(chosen(FOUR, { quotaBytes: 35 })).toEqual(['a', 'b']);
  expect(chosen(FOUR, { quotaBytes: 50 })).toEqual([]);
  expect(chosen([run('empty', 1, 0), run('a', 2)], { quotaBytes: 5 })).toEqual(['a']);
});

test('a user’s quota is of that user’s runs alone', () => {
  const runs = [run('a', 1), run('b', 2, 10, 'bob'), run('c', 3), run('d', 4, 10, 'bob')];
  expect(chosen(runs, { userQuotaBytes: 15 })).toEqual(['a', 'b']);
  expect(chosen([...runs, run('e', 5, 1)], { userQuotaBytes: 20 })).toEqual(['a']);
});

const anyRun = fc.record({
  runId: fc.uuid(),
  user: fc.constantFrom('ada', 'bob'),
  sizeBytes: fc.nat(100),
  endedAtMs: fc.option(fc.nat(1_000), { nil: undefined }),
});
const anyPolicy = fc.record({
  keepMs: fc.option(fc.nat(1_000), { nil: undefined }),
  runsMax: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  quotaBytes: fc.option(fc.nat(500), { nil: undefined }),
  userQuotaBytes: fc.option(fc.nat(300), { nil: undefined }),
});

test('whatever the rules, active runs stay, every rule holds where it can, and a second look finds nothing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyRun, { selector: ({ runId }) => runId }),
      anyPolicy,
      (arbitrary, policy) => {
        const runs = arbitrary.map(({ runId, endedAtMs, sizeBytes, user }) =>
          run(runId, endedAtMs, sizeBytes, user),
        );
        const removed = new Set(chosen(runs, policy));
        const left = runs.filter(({ runId }) => !removed.has(runId));
        const leftEnded = left.filter(({ endedAtMs }) => endedAtMs !== undefined);
        expect(left.length).toBe(runs.length - removed.size);
        for (const { runId, endedAtMs } of runs)
          if (endedAtMs === undefined) expect(removed.has(runId)).toBe(false);
        const bytes = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        const isFreeable = leftEnded.some(({ sizeBytes }) => sizeBytes > 0);
        if (policy.quotaBytes !== undefined && isFreeable)
          expect(bytes).toBeLessThanOrEqual(policy.quotaBytes);
        if (policy.runsMax !== undefined && leftEnded.length > 0)
          expect(left.length).toBeLessThanOrEqual(policy.runsMax);
        expect(chosen(left, policy)).toEqual([]);
      },
    ),
  );
});
