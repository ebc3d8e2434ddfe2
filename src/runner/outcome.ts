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
  'engine-lost',
  'platform-unreachable',
  'node-failed',
  'preempted',
  'disk-full',
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
  | { readonly kind: 'canceled'; readonly failure: Failure };

/** The terminal state of each ending. */
export const TERMINAL_STATE: Record<RunOutcome['kind'], RunState> = {
  complete: 'COMPLETE',
  'executor-error': 'EXECUTOR_ERROR',
  'system-error': 'SYSTEM_ERROR',
  canceled: 'CANCELED',
};

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
