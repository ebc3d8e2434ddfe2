import { LIMITS } from '../../base/limits.ts';
import type { DeliveryOutcome } from '../../store/index.ts';
import type { AttemptResult } from './attempt.ts';

export interface OutcomeFacts {
  /** Attempts that failed before this one. */
  readonly failedBefore: number;
  readonly attemptsMax: number;
  /** Of the epoch. */
  readonly nowMs: number;
  /** From 0 to below 1. */
  readonly random: number;
}

/**
 * What follows from an attempt.
 *
 * | answer            | before the last attempt | at the last |
 * | ----------------- | ----------------------- | ----------- |
 * | 2xx               | delivered               | delivered   |
 * | 410               | endpoint disabled       | disabled    |
 * | any other, none   | retry                   | dead        |
 */
export function outcomeOfAttempt(result: AttemptResult, facts: OutcomeFacts): DeliveryOutcome {
  const { failedBefore, attemptsMax, nowMs } = facts;
  if (result.kind === 'answered') {
    if (result.status >= 200 && result.status < 300) return { kind: 'delivered' };
    if (result.status === 410) return { kind: 'disabled', fault: 'it answered 410 (gone)' };
  }
  const fault = result.kind === 'failed' ? result.fault : `it answered ${result.status}`;
  if (failedBefore + 1 >= attemptsMax) return { kind: 'dead', fault };
  const asked = result.kind === 'answered' ? (result.retryAfterMs ?? 0) : 0;
  const pauseMs = Math.min(
    Math.max(pauseAfter(failedBefore + 1, facts.random), asked),
    LIMITS.webhookBackoffMsMax,
  );
  return { kind: 'retry', dueMs: nowMs + pauseMs, fault };
}

/**
 * Milliseconds before the next attempt, after so many that failed: tripled each time, then anything
 * between half of it and all of it, so that what failed together does not come back together.
 */
export function pauseAfter(failed: number, random: number): number {
  const full = Math.min(
    LIMITS.webhookBackoffMs * 3 ** Math.min(failed - 1, 20),
    LIMITS.webhookBackoffMsMax,
  );
  return Math.round(full / 2 + (full / 2) * random);
}
