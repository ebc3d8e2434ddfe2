import type { RunPorts } from './execute-run.ts';
import { outcomeOf, type Failure, type StopCause } from './outcome.ts';
import type { RunRecord } from './record.ts';
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
