import { BegunUnwritten } from './begun.ts';
import type { RunOptions } from './events.ts';
import type { RunPorts } from './execute-run.ts';
import { nextAttemptEvents } from './next-attempt.ts';
import type { Failure, RunOutcome } from './outcome.ts';
import { attemptOf, type RunRecord } from './record.ts';
import { retryOf, type RetryPlan } from './retry.ts';
import { outcomeOfError, settle } from './settle.ts';
import { clearScratch } from './stage.ts';
import type { Stops } from './stops.ts';

interface CutShort {
  readonly error: unknown;
  readonly stops: Stops;
  readonly options: RunOptions;
}

/**
 * The end of an attempt that an error cut short: settled, or given up for the next one when the
 * policy says so and it is certain that nothing of it is left. Throws what kept the beginning of an app
 * from being written down: that attempt goes on.
 */
export async function concludeError(
  runId: string,
  ports: RunPorts,
  { error, stops, options }: CutShort,
): Promise<RunRecord> {
  if (error instanceof BegunUnwritten) throw error.cause;
  const outcome = outcomeOfError(error, stops, options);
  const record = ports.journal.read(runId);
  if (outcome.kind === 'complete') return settle(runId, ports, outcome);
  const { failure } = outcome;
  const plan = retryOf(record, failure, mayHaveBegun(record));
  if (plan === undefined) return settle(runId, ports, whenGivenUp(record, outcome));
  const left = await removeLeft(record, ports);
  // What was asked of the engine may have begun after all, so the policy is asked again.
  const certain = left !== 'unknown' && retryOf(record, failure, left === 'begun') !== undefined;
  return certain
    ? giveUp(record, ports, failure, plan)
    : settle(runId, ports, whenGivenUp(record, outcome));
}

/** Whether the app of the newest attempt may have been started, as far as the record knows. */
export const mayHaveBegun = ({ state }: RunRecord): boolean =>
  state !== 'QUEUED' && state !== 'INITIALIZING';

/** Writes down that the attempt failed and which one comes next; its files go, its log stays. */
export async function giveUp(
  record: RunRecord,
  { journal, clock, observer }: Pick<RunPorts, 'journal' | 'clock' | 'observer'>,
  failure: Failure,
  plan: RetryPlan,
): Promise<RunRecord> {
  const { runId } = record;
  const events = nextAttemptEvents(record, failure, plan, clock.now());
  const next = journal.append(runId, events);
  observer.onRecord?.(next);
  // What cannot be removed, for example while a lost machine still writes, goes with the run.
  await clearScratch(journal.runFolder(runId), attemptOf(record)).catch(() => undefined);
  return next;
}

/** The failure of the last of several attempts says so. */
export function whenGivenUp(record: RunRecord, outcome: RunOutcome): RunOutcome {
  if (outcome.kind === 'complete' || outcome.kind === 'canceled') return outcome;
  const attempt = attemptOf(record);
  if (attempt === 1) return outcome;
  const { failure } = outcome;
  return {
    ...outcome,
    failure: { ...failure, message: `${failure.message} (attempt ${attempt}, the last)` },
  };
}

/** Removes what the engine may have made of the attempt. `unknown`: it does not say, or cannot. */
async function removeLeft(
  { container }: RunRecord,
  { engine }: RunPorts,
): Promise<'nothing' | 'begun' | 'unknown'> {
  if (container === undefined) return 'nothing';
  try {
    const left = await engine.find(container.name);
    await left?.[Symbol.asyncDispose]();
    // One that waits may begin while it is taken away.
    return left === undefined || left.phase === 'created' ? 'nothing' : 'begun';
  } catch {
    return 'unknown';
  }
}
