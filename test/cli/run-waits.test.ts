import { expect, test } from 'vitest';

import { clauseOf, followWaits, type WaitReason } from '../../src/cli/run-waits.ts';
import type { RunState } from '../../src/runner/index.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A followed run whose time and state the test moves. */
function followed(): {
  readonly answers: (() => Promise<RunState>)[];
  readonly told: RunState[];
  readonly passes: (ms: number) => Promise<void>;
  readonly leave: AbortController;
  readonly following: Promise<void>;
} {
  const clock = new ManualClock();
  const answers: (() => Promise<RunState>)[] = [];
  const told: RunState[] = [];
  const leave = new AbortController();
  const ask = async (): Promise<WaitReason> => {
    const state = (await answers.shift()?.()) ?? 'QUEUED';
    return { state, code: 'queue-held', sentence: 'Held by ada.', since: '2026-03-01T10:00:00Z' };
  };
  const tell = ({ state }: WaitReason): void => {
    told.push(state);
  };
  const following = followWaits({ clock, ask, tell }, leave.signal);
  const passes = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await clock.untilAsleep();
  };
  return { answers, told, passes, leave, following };
}

test('a server is asked after a second and then once in 5 s, until the run has begun', async () => {
  const { answers, told, passes, following } = followed();
  await passes(999);
  expect(told).toEqual([]);
  await passes(1);
  expect(told).toEqual(['QUEUED']);
  await passes(4_999);
  expect(told).toHaveLength(1);
  answers.push(() => Promise.reject(new Error('away')));
  await passes(1);
  expect(told).toHaveLength(1);
  answers.push(() => Promise.resolve('INITIALIZING'));
  await passes(5_000);
  expect(told).toEqual(['QUEUED', 'INITIALIZING']);
  answers.push(() => Promise.resolve('RUNNING'));
  void passes(5_000);
  await following;
  expect(told).toHaveLength(2);
});

test('an answer that comes when nobody follows any more is not told', async () => {
  const { answers, told, passes, leave, following } = followed();
  answers.push(() => {
    leave.abort();
    return Promise.resolve('QUEUED');
  });
  void passes(1_000);
  await following;
  expect(told).toEqual([]);
});

test.each([
  ['Held by ada.', 'held by ada'],
  ['GPU 1 is taken. It is behind 2 runs.', 'GPU 1 is taken. It is behind 2 runs'],
  ['A place is free', 'a place is free'],
  ['', ''],
])('%j is %j in a sentence', (sentence, clause) => {
  expect(clauseOf(sentence)).toBe(clause);
});
