import { RunnerError } from '../../base/errors.ts';
import type { RunRecord } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

/**
 * A run that the principal may see: its own, and for who may do everything, any. Throws `run-not-found`
 * for all others, whether they exist or not.
 */
export function visibleRun(store: RunStore, runId: string, principal: Principal): RunRecord {
  const record = store.read(store.resolveRunId(runId));
  if (isAdmin(principal) || record.queue?.submitter === principal.name) return record;
  throw new RunnerError('run-not-found', `there is no run ${JSON.stringify(runId)}`, {
    hint: 'List them with GET /runner/v1/runs.',
  });
}
