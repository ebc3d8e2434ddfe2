import { RunnerError } from '../base/errors.ts';

/** Task states of GA4GH TES 1.1, less those this runner never enters (UNKNOWN, PAUSED). */
export const RUN_STATES = [
  'QUEUED',
  'INITIALIZING',
  'RUNNING',
  'CANCELING',
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
  'PREEMPTED',
] as const;

export type RunState = (typeof RUN_STATES)[number];

/** The whole lifecycle. An empty row is a terminal state. */
const NEXT_STATES: Record<RunState, readonly RunState[]> = {
  QUEUED: ['INITIALIZING', 'CANCELED', 'SYSTEM_ERROR'],
  // EXECUTOR_ERROR: the image has no such program, so the app never ran. PREEMPTED: it lost its place
  // before it began. QUEUED: its process died before anything was asked of the engine.
  INITIALIZING: ['RUNNING', 'CANCELING', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'PREEMPTED', 'QUEUED'],
  // INITIALIZING: the next attempt, after one that the infrastructure failed.
  RUNNING: ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELING', 'PREEMPTED', 'INITIALIZING'],
  CANCELING: ['CANCELED', 'SYSTEM_ERROR'],
  COMPLETE: [],
  EXECUTOR_ERROR: [],
  SYSTEM_ERROR: [],
  CANCELED: [],
  PREEMPTED: [],
};

export const nextStates = (state: RunState): readonly RunState[] => NEXT_STATES[state];

export const isTerminal = (state: RunState): boolean => NEXT_STATES[state].length === 0;

/** Throws `state-conflict` unless the table allows the step. */
export function assertTransition(from: RunState, to: RunState): void {
  if (!NEXT_STATES[from].includes(to))
    throw new RunnerError('state-conflict', `a run cannot go from ${from} to ${to}`);
}
