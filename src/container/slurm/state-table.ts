import type { EngineEnding } from '../engine.ts';

/**
 * What a state word of Slurm says about our job. Only `over` is an end; everything else is a job
 * that may still run, be it never so odd.
 *
 * - `waiting`: it is not (or not any more) on a node.
 * - `running`: its processes may live on a node.
 * - `ending`: its processes are going or gone; the last word is not said yet.
 */
export type StateMeaning =
  | { readonly kind: 'waiting' | 'running' | 'ending'; readonly sentence: string }
  | {
      readonly kind: 'over';
      /** Who else than the app ended it; `none`: it ended by itself, `memory`: it took too much. */
      readonly by: EngineEnding['code'] | 'none' | 'memory';
      readonly sentence: string;
      /** What to try. */
      readonly hint?: string;
    };

const LONGER = 'Ask for more time with the option time, within what the partition allows.';
export const AGAIN = 'Run it again, on another node.';

/**
 * Every state word of `squeue`, `sacct` and `scontrol` (squeue(1) "JOB STATE CODES", sacct(1)
 * likewise): base states and flags that are shown in their place. The sentences go on from "the job".
 */
export const SLURM_STATES = {
  PENDING: { kind: 'waiting', sentence: 'waits in the queue' },
  CONFIGURING: { kind: 'waiting', sentence: 'has its nodes, which are being made ready' },
  REQUEUED: { kind: 'waiting', sentence: 'was put back into the queue' },
  REQUEUE_FED: { kind: 'waiting', sentence: 'is put back into the queue of the federation' },
  REQUEUE_HOLD: { kind: 'waiting', sentence: 'was put back into the queue and is held there' },
  RESV_DEL_HOLD: { kind: 'waiting', sentence: 'is held because its reservation was deleted' },
  SPECIAL_EXIT: {
    kind: 'waiting',
    sentence: 'was put back into the queue and held after an exit that the cluster calls special',
  },
  RUNNING: { kind: 'running', sentence: 'runs' },
  RESIZING: { kind: 'running', sentence: 'runs, and its size is being changed' },
  SIGNALING: { kind: 'running', sentence: 'is being sent a signal' },
  STOPPED: { kind: 'running', sentence: 'was stopped by a signal and keeps its processors' },
  SUSPENDED: { kind: 'running', sentence: 'was suspended and may go on later' },
  // It runs at a sister cluster: this one's word is no end.
  REVOKED: { kind: 'running', sentence: 'was taken over by another cluster of the federation' },
  COMPLETING: { kind: 'ending', sentence: 'is ending' },
  STAGE_OUT: { kind: 'ending', sentence: 'has ended, its files are being brought out' },
  COMPLETED: { kind: 'over', by: 'none', sentence: 'ended' },
  FAILED: { kind: 'over', by: 'none', sentence: 'ended with an error' },
  OUT_OF_MEMORY: { kind: 'over', by: 'memory', sentence: 'took more memory than it had asked for' },
  TIMEOUT: { kind: 'over', by: 'time-limit', sentence: 'reached its time limit', hint: LONGER },
  DEADLINE: { kind: 'over', by: 'time-limit', sentence: 'reached its deadline', hint: LONGER },
  CANCELLED: { kind: 'over', by: 'canceled', sentence: 'was canceled' },
  PREEMPTED: {
    kind: 'over',
    by: 'preempted',
    sentence: 'had to make room for another job',
    hint: 'Run it again, or in a partition or quality of service that is not preempted.',
  },
  NODE_FAIL: { kind: 'over', by: 'node-failed', sentence: 'lost its node', hint: AGAIN },
  BOOT_FAIL: {
    kind: 'over',
    by: 'node-failed',
    sentence: 'had a node that did not boot',
    hint: AGAIN,
  },
  LAUNCH_FAILED: {
    kind: 'over',
    by: 'node-failed',
    sentence: 'could not be launched on its node',
    hint: AGAIN,
  },
  RECONFIG_FAIL: {
    kind: 'over',
    by: 'node-failed',
    sentence: 'had a node that could not be reconfigured',
    hint: AGAIN,
  },
} as const satisfies Record<string, StateMeaning>;

export type SlurmState = keyof typeof SLURM_STATES;

/** The short forms of `squeue -o %t`. */
const SHORT_FORMS: Readonly<Record<string, SlurmState>> = {
  BF: 'BOOT_FAIL',
  CA: 'CANCELLED',
  CD: 'COMPLETED',
  CF: 'CONFIGURING',
  CG: 'COMPLETING',
  DL: 'DEADLINE',
  F: 'FAILED',
  LF: 'LAUNCH_FAILED',
  NF: 'NODE_FAIL',
  OOM: 'OUT_OF_MEMORY',
  PD: 'PENDING',
  PR: 'PREEMPTED',
  R: 'RUNNING',
  RD: 'RESV_DEL_HOLD',
  RF: 'REQUEUE_FED',
  RG: 'RECONFIG_FAIL',
  RH: 'REQUEUE_HOLD',
  RQ: 'REQUEUED',
  RS: 'RESIZING',
  RV: 'REVOKED',
  SE: 'SPECIAL_EXIT',
  SI: 'SIGNALING',
  SO: 'STAGE_OUT',
  ST: 'STOPPED',
  S: 'SUSPENDED',
  TO: 'TIMEOUT',
};

/** Fewer letters than this of a word that was cut could be too many things. */
const CUT_WORD_CHARS_MIN = 5;

/**
 * The state that a word of Slurm's names: long or short, with what follows it (`CANCELLED by 1000`,
 * `CANCELLED+`), or cut at the end of a narrow column when only one word begins so. `undefined`: no
 * word of Slurm's, and so no answer.
 */
export function slurmState(text: string): SlurmState | undefined {
  const word = /^([A-Z_]+)(\+|$|\s+by\s)/.exec(text.trim())?.[1];
  if (word === undefined) return undefined;
  if (Object.hasOwn(SLURM_STATES, word)) return word as SlurmState;
  if (Object.hasOwn(SHORT_FORMS, word)) return SHORT_FORMS[word];
  if (word.length < CUT_WORD_CHARS_MIN) return undefined;
  const begun = Object.keys(SLURM_STATES).filter((state) => state.startsWith(word));
  return begun.length === 1 ? (begun[0] as SlurmState) : undefined;
}

/** What that state means. */
export const meaningOf = (state: SlurmState): StateMeaning => SLURM_STATES[state];
