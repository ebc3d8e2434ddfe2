import type { SettingValues } from '../configuration/settings.ts';

/** Which runs that have ended are kept. What is not said keeps everything. */
export interface RetentionPolicy {
  /** Not longer than this after their end. */
  readonly keepMs?: number | undefined;
  /** Only so many, the newest. */
  readonly runsMax?: number | undefined;
  /** Bytes of all runs together. */
  readonly quotaBytes?: number | undefined;
  /** Bytes of the runs of one user. */
  readonly userQuotaBytes?: number | undefined;
}

/** What the configuration says. */
export const policyOf = (values: SettingValues): RetentionPolicy => ({
  keepMs: values['serve.retention.keep'],
  runsMax: values['serve.retention.runs'],
  quotaBytes: values['serve.retention.quota'],
  userQuotaBytes: values['serve.retention.user-quota'],
});

/** A run as the decision sees it. */
export interface RetainedRun {
  readonly runId: string;
  readonly user: string;
  /** Absent: it has not ended, or its batch has not, and stays whatever the policy says. */
  readonly endedAtMs?: number;
  readonly sizeBytes: number;
}

export interface Removal {
  readonly runId: string;
  readonly sizeBytes: number;
  /** As a clause. */
  readonly why: string;
}

/**
 * Which runs are to be removed, oldest end first. Every rule looks only at what the ones before it
 * leave: age, number, each user's quota, the quota of all. Runs that have not ended count for quotas
 * and numbers, and are never removed.
 */
export function chooseRemovals(
  runs: readonly RetainedRun[],
  policy: RetentionPolicy,
  nowMs: number,
): readonly Removal[] {
  const { keepMs, runsMax, quotaBytes, userQuotaBytes } = policy;
  const removals: Removal[] = [];
  let left = runs.toSorted(
    (a, b) => (a.endedAtMs ?? Infinity) - (b.endedAtMs ?? Infinity) || order(a.runId, b.runId),
  );
  const remove = (chosen: readonly RetainedRun[], why: string): void => {
    const ids = new Set(chosen.map(({ runId }) => runId));
    left = left.filter(({ runId }) => !ids.has(runId));
    removals.push(...chosen.map(({ runId, sizeBytes }) => ({ runId, sizeBytes, why })));
  };
  if (keepMs !== undefined)
    remove(
      left.filter(({ endedAtMs }) => endedAtMs !== undefined && endedAtMs < nowMs - keepMs),
      'it ended longer ago than runs are kept',
    );
  if (runsMax !== undefined)
    remove(
      endedOf(left).slice(0, Math.max(0, left.length - runsMax)),
      'there are more runs than are kept',
    );
  if (userQuotaBytes !== undefined)
    for (const user of new Set(left.map((run) => run.user)))
      remove(
        oldestAbove(
          left.filter((run) => run.user === user),
          userQuotaBytes,
        ),
        `the runs of ${user} take more than their quota`,
      );
  if (quotaBytes !== undefined)
    remove(oldestAbove(left, quotaBytes), 'all runs together take more than their quota');
  return removals;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const endedOf = (runs: readonly RetainedRun[]): RetainedRun[] =>
  runs.filter(({ endedAtMs }) => endedAtMs !== undefined);

/** The oldest ended runs without which the rest takes no more than that. One that takes nothing frees nothing. */
function oldestAbove(runs: readonly RetainedRun[], bytesMax: number): RetainedRun[] {
  let bytes = runs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return endedOf(runs).filter(({ sizeBytes }) => {
    if (bytes <= bytesMax || sizeBytes === 0) return false;
    bytes -= sizeBytes;
    return true;
  });
}
