import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a deadline further away than a timer can count fires when it is due, and not before', () => {
  using deadline = systemClock.deadline(60 * DAY_MS, () => new Error('late'));
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.aborted).toBe(true);
});

test('a deadline that was disposed of never fires, in whichever piece of its wait', () => {
  const deadline = systemClock.deadline(60 * DAY_MS, () => new Error('late'));
  vi.advanceTimersByTime(40 * DAY_MS);
  deadline[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
});

test('a sleep of months ends when it is over, or when its signal fires', async () => {
  let woken = 0;
  const wake = (): void => {
    woken += 1;
  };
  const cut = new AbortController();
  const whole = systemClock.sleep(90 * DAY_MS).then(wake);
  const shorter = systemClock.sleep(90 * DAY_MS, cut.signal).then(wake);
  await vi.advanceTimersByTimeAsync(89 * DAY_MS);
  expect(woken).toBe(0);
  cut.abort();
  await shorter;
  expect(woken).toBe(1);
  await vi.advanceTimersByTimeAsync(DAY_MS);
  await whole;
});
