import type { Clock } from '../../base/clock.ts';
import type { Failure, PreparedRun, RunRecord } from '../../runner/index.ts';
import type { Pool, QueueLimits } from './model.ts';
import type { ReadinessPorts } from './readiness.ts';

/** What a queue is made of, and what it has done to runs. */
export interface DispatcherPorts extends Pick<ReadinessPorts, 'engines' | 'inputs' | 'stopping'> {
  readonly clock: Clock;
  readonly pools: readonly Pool[];
  readonly limits: QueueLimits;
  /** Takes a run through one attempt. Never rejects; undefined: it is gone. */
  readonly execute: (run: PreparedRun) => Promise<RunRecord | undefined>;
  /** The same for a run that a dead process had begun. */
  readonly adopt: (runId: string) => Promise<RunRecord | undefined>;
  /** A run again as its record has it; undefined: it cannot be begun, and has been ended. */
  readonly prepareAgain: (record: RunRecord) => Promise<PreparedRun | undefined>;
  /** Whether a run that is to wait again was asked to stop; it has been ended then. */
  readonly endIfStopped: (runId: string) => boolean;
  /** Ends an attempt of a waiting run that failed before it began. Never rejects; undefined: the run is gone. */
  readonly fail: (runId: string, failure: Failure) => Promise<RunRecord | undefined>;
  /** Ends a run that had not begun by its deadline. */
  readonly expire: (runId: string, message: string) => void;
  /** Hears of what could not be done. */
  readonly report: (error: unknown, runId: string) => void;
}
