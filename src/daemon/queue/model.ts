/** What the queue decides from and what it decides: plain values, no clock and no store. */

/** Of what a pool's runs can be short, the scarcest first. */
export const DIMENSIONS = ['gpus', 'memory', 'cpus', 'slots'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Amounts as whole numbers, so that sums do not depend on their order: thousandths of a core, bytes. */
export type Amounts = Readonly<Record<Dimension, number>>;

/** What runs share: this machine, or one cluster. */
export interface Pool {
  readonly name: string;
  /** For sentences: `this machine`, `cluster hpc`. */
  readonly label: string;
  /** Runs at once. */
  readonly slots: number;
  /** What is absent is not counted: a cluster's own scheduler does that. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly gpus?: number;
}

/** A run that holds its part of a pool. */
export interface RunningRun {
  readonly runId: string;
  readonly submitter: string;
  readonly app: string;
  readonly batch?: BatchShare;
  /** Name of the pool it runs in. */
  readonly pool: string;
  /** What it takes of that pool while it runs: `takesOf`. */
  readonly takes: Amounts;
}

export interface BatchShare {
  readonly id: string;
  /** Runs of it at once; absent: as many as fit. */
  readonly atOnce?: number;
}

export interface WaitingRun extends RunningRun {
  /** Its place among all runs by when they came; unique. */
  readonly order: number;
  /** Higher begins first. */
  readonly priority: number;
  readonly held?: Hold;
  /** Ms since the epoch. A run that has not begun by then never does. */
  readonly deadlineMs?: number;
  /** Ms since the epoch. `retry`: the pause after an attempt that failed. */
  readonly notBefore?: { readonly atMs: number; readonly why: 'asked' | 'retry' };
  /** What is not there yet, beside room. */
  readonly unready?: Unready;
}

/**
 * `input-fetch`: an input is being fetched. `image-pull`: its image is being brought.
 * `engine-unavailable`: its engine does not answer.
 */
export interface Unready {
  readonly code: 'input-fetch' | 'image-pull' | 'engine-unavailable';
  /** As a clause. */
  readonly why: string;
}

export interface Hold {
  readonly by: string;
  readonly reason?: string;
}

/** How many runs at once, beside what the pools hold; absent: no limit. */
export interface QueueLimits {
  readonly altogether?: number;
  readonly perSubmitter?: number;
  readonly perApp?: number;
  /** In place of `perApp`, by the app's name. */
  readonly apps?: ReadonlyMap<string, number>;
}

/** Everything that a decision depends on. */
export interface QueueFacts {
  /** Ms since the epoch. */
  readonly nowMs: number;
  readonly waiting: readonly WaitingRun[];
  readonly running: readonly RunningRun[];
  readonly pools: readonly Pool[];
  readonly limits: QueueLimits;
  /** What each submitter has used of each pool lately, by `laneKey`; absent: nothing. */
  readonly usage?: ReadonlyMap<string, number>;
  /** Why nothing begins at all for now, as a clause: the server is stopping. */
  readonly closed?: string;
}

export interface Decision {
  /** Runs to begin now, in this order. */
  readonly begin: readonly string[];
  /** Why each other run waits; `sentenceOf` has the words. */
  readonly waits: ReadonlyMap<string, Wait>;
  /** Runs past their deadline. */
  readonly expired: readonly string[];
  /** When time alone may change this decision, in ms since the epoch; absent: never. */
  readonly wakeAtMs?: number;
}

/** The state of one pool at the end of a decision: for sentences. */
export interface PoolState {
  readonly pool: Pool;
  /** `Infinity` where nothing is counted. */
  readonly capacity: Amounts;
  /** What nobody uses, those that begin now counted. May be below zero after a pool was made smaller. */
  readonly free: Amounts;
  /** Waiting runs for which room is kept, in order. */
  readonly keptFor: readonly { readonly runId: string; readonly takes: Amounts }[];
}

/** Why a run waits. */
export type Wait =
  | {
      readonly code: 'queue-room';
      readonly state: PoolState;
      readonly takes: Amounts;
      /** What it is short of, once what is kept for others is taken away. Never empty. */
      readonly short: readonly Dimension[];
      /** Runs of its pool that wait and come first. */
      readonly aheadSame: number;
      readonly aheadHigher: number;
    }
  | { readonly code: 'queue-held'; readonly hold: Hold }
  | {
      readonly code: 'queue-not-before' | 'retry';
      readonly atMs: number;
    }
  | {
      readonly code:
        'queue-user-limit' | 'queue-app-limit' | 'queue-batch-limit' | 'queue-server-limit';
      readonly name: string;
      readonly running: number;
      readonly limit: number;
    }
  | {
      readonly code: 'queue-too-big';
      readonly pool: Pool;
      readonly capacity: Amounts;
      readonly takes: Amounts;
      readonly short: readonly Dimension[];
    }
  | { readonly code: 'queue-no-pool'; readonly name: string }
  | { readonly code: 'queue-closed' | Unready['code']; readonly why: string };

const UNREADY: ReadonlySet<Wait['code']> = new Set<Unready['code']>([
  'input-fetch',
  'image-pull',
  'engine-unavailable',
]);

/** Whether a run waits for what is not there yet, beside room. */
export const isUnready = ({ code }: Wait): boolean => UNREADY.has(code);
