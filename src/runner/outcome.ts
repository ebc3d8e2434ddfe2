import type { ErrorCode } from '../base/errors.ts';
import type { RunState } from './state.ts';

/** Why a run failed: one of a closed set, the same words as the error table. */
export const FAILURE_CODES = [
  'descriptor-invalid',
  'invocation-invalid',
  'image-not-found',
  'image-pull-failed',
  'input-missing',
  'staging-failed',
  'app-exit',
  'out-of-memory',
  'time-limit',
  'output-missing',
  'output-invalid',
  'engine-unavailable',
  'gpu-unavailable',
  'promise-not-kept',
  'engine-lost',
  'platform-unreachable',
  'node-failed',
  'preempted',
  'disk-full',
  'deadline-missed',
  'url-refused',
  'url-failed',
  'upload-mismatch',
  'quota-exceeded',
  'canceled',
] as const satisfies readonly ErrorCode[];

export type FailureCode = (typeof FAILURE_CODES)[number];

/** What went wrong, for a person and for a program. */
export interface Failure {
  readonly code: FailureCode;
  /** What failed, where, which value and rule. */
  readonly message: string;
  /** What to try. */
  readonly hint?: string;
}

/** How a run ended. Exactly one of these; never a set of booleans. */
export type RunOutcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'executor-error'; readonly failure: Failure }
  | { readonly kind: 'system-error'; readonly failure: Failure }
  | { readonly kind: 'canceled'; readonly failure: Failure }
  | { readonly kind: 'preempted'; readonly failure: Failure };

export type FailureKind = Exclude<RunOutcome['kind'], 'complete'>;

/** The terminal state of each ending. */
export const TERMINAL_STATE: Record<RunOutcome['kind'], RunState> = {
  complete: 'COMPLETE',
  'executor-error': 'EXECUTOR_ERROR',
  'system-error': 'SYSTEM_ERROR',
  canceled: 'CANCELED',
  preempted: 'PREEMPTED',
};

/** Whose failure each is: the app's, that of what carries it, or nobody's. */
const FAILURE_KIND: Record<FailureCode, FailureKind> = {
  'descriptor-invalid': 'system-error',
  'invocation-invalid': 'system-error',
  'image-not-found': 'system-error',
  'image-pull-failed': 'system-error',
  'input-missing': 'system-error',
  'staging-failed': 'system-error',
  'app-exit': 'executor-error',
  'out-of-memory': 'executor-error',
  'time-limit': 'executor-error',
  'output-missing': 'executor-error',
  'output-invalid': 'executor-error',
  'engine-unavailable': 'system-error',
  'gpu-unavailable': 'system-error',
  'promise-not-kept': 'system-error',
  'engine-lost': 'system-error',
  'platform-unreachable': 'system-error',
  'node-failed': 'system-error',
  preempted: 'preempted',
  'disk-full': 'system-error',
  'deadline-missed': 'system-error',
  'url-refused': 'system-error',
  'url-failed': 'system-error',
  'upload-mismatch': 'system-error',
  'quota-exceeded': 'system-error',
  canceled: 'canceled',
};

/** The ending that a failure makes. */
export const outcomeOf = (failure: Failure): RunOutcome & { readonly failure: Failure } => ({
  kind: FAILURE_KIND[failure.code],
  failure,
});

/** Who or what asked a run to stop. */
export type StopCause = 'user' | 'platform' | 'shutdown' | 'time-limit';

/** Travels as `signal.reason`, so the first cause wins and nobody infers it from an exit code. */
export class StopReason extends Error {
  static {
    this.prototype.name = 'StopReason';
  }
  readonly stopCause: StopCause;
  constructor(cause: StopCause) {
    super(`stopped: ${cause}`);
    this.stopCause = cause;
  }
}
