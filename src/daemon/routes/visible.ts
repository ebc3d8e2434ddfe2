import { RunnerError } from '../../base/errors.ts';
import type { RunRecord } from '../../runner/index.ts';
import type { RunStore } from '../../store/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

/**
 * A run that the principal may see: its own, and for who may do everything, any. Throws `run-not-found`
 * for all others, whether they exist or not.
 */
export function visibleRun(store: RunStore, runId: string, principal: Principal): RunRecord {
  if (isAdmin(principal)) return store.read(store.resolveRunId(runId));
  const record = ownRun(store, runId, principal);
  if (record !== undefined) return record;
  throw new RunnerError('run-not-found', `there is no run ${JSON.stringify(runId)}`, {
    hint: 'List them with GET /runner/v1/runs.',
  });
}

/** By its whole id: parts of ids, and hints at others, would tell of other people's runs. */
function ownRun(store: RunStore, runId: string, { name }: Principal): RunRecord | undefined {
  try {
    const record = store.read(runId);
    return record.queue?.submitter === name ? record : undefined;
  } catch (error) {
    if (error instanceof RunnerError && error.code === 'run-not-found') return undefined;
    throw error;
  }
}
