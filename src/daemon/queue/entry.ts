import { epochMs, type Clock } from '../../base/clock.ts';
import type { BatchPlace, NextAttempt, PreparedRun, QueuePlace } from '../../runner/index.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Pool, WaitingRun } from './model.ts';
import { takesOfRun } from './needs.ts';
import type { Readiness } from './readiness.ts';

/** A run that waits in the queue. */
export interface QueueEntry {
  readonly run: PreparedRun;
  readonly place: QueuePlace;
  /** For the decision. */
  readonly facts: WaitingRun;
  /** The attempt to come, when it is not the first. */
  readonly retry?: NextAttempt;
  /** Absent while it is held: nothing is brought for a run that may never begin. */
  readonly readiness?: Readiness;
}

/** What a decision needs to know of a run that waits. Pure. */
export function waitingFacts(
  { runId, created, descriptor }: PreparedRun,
  place: QueuePlace,
  { order, pool, retry }: { order: number; pool: Pool; retry: NextAttempt | undefined },
): WaitingRun {
  const { app, batch, options } = created;
  const { submitter, priority, held, deadline, notBefore } = place;
  return {
    runId,
    submitter,
    app: app.name,
    pool: pool.name,
    takes: takesOfRun(options, descriptor.suggestedResources, pool, retry?.memoryBytes),
    order,
    priority,
    ...batchShare(batch, place),
    ...(held === undefined ? {} : { held }),
    // It has begun, once.
    ...(deadline === undefined || retry !== undefined ? {} : { deadlineMs: epochMs(deadline) }),
    ...notBeforeOf(notBefore, retry),
  };
}

/** What counts a run among those of its batch. */
export function batchShare(
  batch: BatchPlace | undefined,
  { batchAtOnce: atOnce }: Pick<QueuePlace, 'batchAtOnce'>,
): Pick<WaitingRun, 'batch'> {
  if (batch === undefined) return {};
  return { batch: { id: batch.id, ...(atOnce === undefined ? {} : { atOnce }) } };
}

function notBeforeOf(
  asked: string | undefined,
  retry: NextAttempt | undefined,
): Pick<WaitingRun, 'notBefore'> {
  if (retry !== undefined) return { notBefore: { atMs: epochMs(retry.notBefore), why: 'retry' } };
  return asked === undefined ? {} : { notBefore: { atMs: epochMs(asked), why: 'asked' } };
}

/** What a decision needs to know of an entry now. */
export function readyFacts({ facts, readiness }: QueueEntry): WaitingRun {
  const unready = readiness?.look();
  return unready === undefined ? facts : { ...facts, unready };
}

/** How long the pause before a further attempt is still; no clock that was set back prolongs it. */
export function pauseMs(retry: NextAttempt | undefined, clock: Clock): number {
  if (retry === undefined) return 0;
  const leftMs = epochMs(retry.notBefore) - clock.now().getTime();
  return Math.min(Math.max(leftMs, 0), LIMITS.retryBackoffMsMax);
}

export const placeOf = ({ created: { queue, user } }: PreparedRun): QueuePlace =>
  queue ?? { submitter: user, priority: 0 };
