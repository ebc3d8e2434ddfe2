import { fileSize } from '../base/file-size.ts';
import { dateAt, epochMs } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type { EventBody } from './events.ts';
import type { RunPorts } from './execute-run.ts';
import type { Failure } from './outcome.ts';
import { attemptOf, type RunRecord } from './record.ts';
import type { RetryPlan } from './retry.ts';
import type { Stops } from './stops.ts';

/** What gives an attempt up for the next one. Nothing of the attempt may be left but its log. Pure. */
export function nextAttemptEvents(
  record: RunRecord,
  failure: Failure,
  { afterMs, ...plan }: RetryPlan,
  now: Date,
): EventBody[] {
  const notBefore = dateAt(now.getTime() + afterMs).toISOString();
  return [
    {
      type: 'attempt-failed',
      attempt: attemptOf(record),
      failure,
      next: { ...plan, notBefore },
    },
    ...(record.state === 'INITIALIZING' ? [] : [{ type: 'state', state: 'INITIALIZING' } as const]),
    { type: 'phase', phase: 'wait' },
    { type: 'waiting', code: 'retry', message: retryText(failure, plan) },
  ];
}

/** `attempt 1 failed (node-failed); attempt 2 comes without node7`. */
function retryText(
  { code }: Failure,
  { attempt, excludedNodes, memoryBytes }: Omit<RetryPlan, 'afterMs'>,
): string {
  const changes = [
    ...(excludedNodes.length === 0 ? [] : [`without ${excludedNodes.join(', ')}`]),
    ...(code === 'out-of-memory' && memoryBytes !== undefined
      ? [`with ${fileSize(memoryBytes)} of memory`]
      : []),
  ];
  const how = changes.length === 0 ? '' : ` ${changes.join(' and ')}`;
  return `attempt ${attempt - 1} failed (${code}), attempt ${attempt} comes next${how}`;
}

/**
 * Waits until the newest attempt may begin. A clock that was set back while it waited must not
 * prolong the wait beyond what a retry ever waits. Throws the stop's reason when one is asked for.
 */
export async function untilDue(
  { retry }: RunRecord,
  { clock }: Pick<RunPorts, 'clock'>,
  { signal }: Pick<Stops, 'signal'>,
): Promise<void> {
  if (retry !== undefined) {
    const leftMs = epochMs(retry.notBefore) - clock.now().getTime();
    if (leftMs > 0) await clock.sleep(Math.min(leftMs, LIMITS.retryBackoffMsMax), signal);
  }
  signal.throwIfAborted();
}
