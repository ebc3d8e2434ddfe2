import { giveUp, whenGivenUp } from './conclude.ts';
import type { RunPorts } from './execute-run.ts';
import { outcomeOf, type Failure, type StopCause } from './outcome.ts';
import type { RunRecord } from './record.ts';
import { retryOf } from './retry.ts';
import { outcomeOfStop, settle } from './settle.ts';

/** Ends a run that waits in a queue, because somebody asked, or with a failure. It has asked nothing of any engine. */
export function endUnbegun(
  record: RunRecord,
  ports: Pick<RunPorts, 'journal' | 'observer'>,
  why: StopCause | Failure,
): RunRecord {
  const outcome = typeof why === 'string' ? outcomeOfStop(why, record.options) : outcomeOf(why);
  return settle(record.runId, ports, outcome);
}

/**
 * The end of an attempt that failed while its run waited in a queue: the run has ended, or waits for its
 * next attempt when the policy says so. It has asked nothing of any engine.
 */
export async function failUnbegun(
  runId: string,
  ports: Pick<RunPorts, 'journal' | 'observer' | 'clock'>,
  failure: Failure,
): Promise<RunRecord> {
  const record = ports.journal.read(runId);
  if (record.stopCause !== undefined) return endUnbegun(record, ports, record.stopCause);
  const plan = retryOf(record, failure, false);
  if (plan !== undefined) return giveUp(record, ports, failure, plan);
  return settle(runId, ports, whenGivenUp(record, outcomeOf(failure)));
}
