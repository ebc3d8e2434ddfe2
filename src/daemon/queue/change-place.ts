import { dateAt, epochMs } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import type { QueuePlace } from '../../runner/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

/** How a run may be placed in the queue, by who submits it or later. Times in RFC 3339. */
export interface PlaceChange {
  readonly priority?: number;
  /** Null: none any more. */
  readonly deadline?: string | null;
  readonly notBefore?: string | null;
}

/**
 * A run's place with a change. Throws `forbidden` for a priority above the usual that is not an
 * administrator's, `request-invalid` for times that make no sense.
 */
export function changedPlace(
  place: QueuePlace,
  change: PlaceChange,
  principal: Principal,
  now: Date,
): QueuePlace {
  const { deadline: oldDeadline, notBefore: oldNotBefore, ...rest } = place;
  const deadline = timeAfter(change.deadline, oldDeadline);
  const notBefore = timeAfter(change.notBefore, oldNotBefore);
  const { priority = place.priority } = change;
  if (priority > Math.max(0, place.priority) && !isAdmin(principal))
    throw new RunnerError('forbidden', `${principal.name} may not set the priority ${priority}`, {
      hint: 'Priorities above 0 are an administrator’s to give; 0 is usual, and lower ones are everybody’s.',
    });
  if (change.deadline != null && deadline !== undefined && epochMs(deadline) <= now.getTime())
    throw meaningless(`the deadline ${deadline} has passed`);
  if (deadline !== undefined && notBefore !== undefined && deadline <= notBefore)
    throw meaningless(`the deadline ${deadline} is not after notBefore, ${notBefore}`);
  return {
    ...rest,
    priority,
    ...(deadline === undefined ? {} : { deadline }),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** The same run, waiting until it is released; without a reason it keeps the one it had. Throws `forbidden` where somebody else holds it. */
export function heldPlace(
  place: QueuePlace,
  principal: Principal,
  given: string | undefined,
  now: Date,
): QueuePlace {
  assertHolder(place, principal);
  const reason = given ?? place.held?.reason;
  const held = { by: principal.name, ...(reason === undefined ? {} : { reason }) };
  return { ...place, held, since: now.toISOString() };
}

/** The same run, free to begin. Throws `forbidden` where somebody else holds it. */
export function releasedPlace(place: QueuePlace, principal: Principal, now: Date): QueuePlace {
  assertHolder(place, principal);
  const { held, ...free } = place;
  return held === undefined ? place : { ...free, since: now.toISOString() };
}

function assertHolder({ held }: QueuePlace, principal: Principal): void {
  if (held === undefined || held.by === principal.name || isAdmin(principal)) return;
  throw new RunnerError('forbidden', `the run is held by ${held.by}`, {
    hint: `Ask ${held.by}, or an administrator of the server, to release it.`,
  });
}

/** In UTC, so that they can be compared as text. */
function timeAfter(
  change: string | null | undefined,
  before: string | undefined,
): string | undefined {
  if (change === undefined) return before;
  return change === null ? undefined : dateAt(epochMs(change)).toISOString();
}

const meaningless = (problem: string): RunnerError =>
  new RunnerError('request-invalid', problem, {
    hint: 'Give a time to come, in RFC 3339, for example 2026-03-01T18:00:00Z.',
  });
