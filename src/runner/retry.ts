import { LIMITS } from '../base/limits.ts';
import type { RetryOptions } from './events.ts';
import type { Failure, FailureCode } from './outcome.ts';
import { attemptOf, type RunRecord } from './record.ts';

/** When a failure is worth another attempt. */
export type RetryRule =
  /** The same would fail again. */
  | 'never'
  /** The infrastructure's, wherever it was noticed. */
  | 'again'
  /** Only when the engine's machine said so: this one stays the same. */
  | 'on-another-node'
  /** Only when it is certain that the app does not run: it had not begun, or the engine says that it ended it. */
  | 'unless-running'
  | 'with-more-memory';

/** Total: a new failure code does not compile without its rule. */
export const RETRY_RULE: Record<FailureCode, RetryRule> = {
  'descriptor-invalid': 'never',
  'invocation-invalid': 'never',
  'image-not-found': 'never',
  'image-pull-failed': 'again',
  'input-missing': 'never',
  'staging-failed': 'on-another-node',
  'app-exit': 'never',
  'out-of-memory': 'with-more-memory',
  'time-limit': 'never',
  'output-missing': 'never',
  'output-invalid': 'never',
  // What was asked of an engine that cannot be reached may have been done: never twice.
  'engine-unavailable': 'never',
  // The engine was asked, and has none.
  'gpu-unavailable': 'never',
  'promise-not-kept': 'never',
  'engine-lost': 'unless-running',
  'platform-unreachable': 'never',
  'node-failed': 'again',
  preempted: 'again',
  'disk-full': 'on-another-node',
  'url-refused': 'never',
  'url-failed': 'again',
  'upload-mismatch': 'never',
  'quota-exceeded': 'never',
  // It is later then.
  'deadline-missed': 'never',
  canceled: 'never',
};

/** Failures that another attempt on the same machine would meet again. */
const EXCLUDES_NODE: ReadonlySet<FailureCode> = new Set([
  'image-pull-failed',
  'staging-failed',
  'node-failed',
  'disk-full',
]);

/** What the next attempt of a run is to be, but for its time. */
export interface RetryPlan {
  readonly attempt: number;
  readonly afterMs: number;
  readonly excludedNodes: readonly string[];
  readonly memoryBytes?: number;
}

/**
 * Whether a run whose newest attempt failed is tried again, and how; undefined: it has failed. Pure.
 * `begun`: whether the app may have been started; `record` as it is before the attempt is given up.
 */
export function retryOf(
  record: RunRecord,
  failure: Failure,
  begun: boolean,
): RetryPlan | undefined {
  const { retry } = record.options;
  const attempt = attemptOf(record);
  if (retry === undefined || record.stopCause !== undefined || attempt >= LIMITS.attemptsMax)
    return undefined;
  const rule = RETRY_RULE[failure.code];
  if (rule === 'with-more-memory') return withMoreMemory(record, retry);
  const spent = (record.attempts ?? []).filter(
    (earlier) => RETRY_RULE[earlier.failure.code] !== 'with-more-memory',
  ).length;
  if (spent >= retry.attempts || !isWorthAnother(rule, record, begun)) return undefined;
  return {
    attempt: attempt + 1,
    afterMs: Math.min(LIMITS.retryBackoffMs * 2 ** spent, LIMITS.retryBackoffMsMax),
    excludedNodes: excludedNodes(record, failure),
    ...memoryOf(record),
  };
}

function isWorthAnother(
  rule: Exclude<RetryRule, 'with-more-memory'>,
  { exit }: RunRecord,
  begun: boolean,
): boolean {
  switch (rule) {
    case 'never':
      return false;
    case 'again':
      return true;
    case 'on-another-node':
      return exit?.ending !== undefined;
    case 'unless-running':
      return !begun || exit?.ending !== undefined;
    default:
      return rule satisfies never;
  }
}

/** At once: what was short is not there later either, and the next attempt asks for more. */
function withMoreMemory(record: RunRecord, retry: RetryOptions): RetryPlan | undefined {
  const before = record.container?.limits.memoryBytes;
  if (before === undefined || retry.memoryMaxBytes === undefined) return undefined;
  const memoryBytes = Math.min(Math.ceil(before * retry.memoryFactor), retry.memoryMaxBytes);
  if (memoryBytes <= before) return undefined;
  return {
    attempt: attemptOf(record) + 1,
    afterMs: 0,
    excludedNodes: record.retry?.excludedNodes ?? [],
    memoryBytes,
  };
}

function excludedNodes({ retry, exit }: RunRecord, { code }: Failure): readonly string[] {
  const before = retry?.excludedNodes ?? [];
  const node = exit?.node;
  if (node === undefined || !EXCLUDES_NODE.has(code) || before.includes(node)) return before;
  return [...before, node];
}

/** More memory, once given, is kept. */
const memoryOf = ({ retry }: RunRecord): { memoryBytes?: number } =>
  retry?.memoryBytes === undefined ? {} : { memoryBytes: retry.memoryBytes };
