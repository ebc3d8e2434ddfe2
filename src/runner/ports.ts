import type { LogOffsets, OutputChunk } from '../container/index.ts';
import type { CreatedFacts, EventBody } from './events.ts';
import type { StopCause } from './outcome.ts';
import type { RunRecord } from './record.ts';

/**
 * What the runner needs kept. `src/store` implements it over SQLite and files. Every method that
 * writes is durable when it returns.
 */
export interface RunJournal {
  /** Starts a run's log with its `created` event and claims it for this process. */
  create(runId: string, facts: CreatedFacts): RunRecord;
  /**
   * Appends events in one transaction and returns the record they fold to. Reads the run's newest
   * events first, so another process's `stop-requested` is never lost. Throws `run-not-found`,
   * `state-conflict`.
   */
  append(runId: string, bodies: readonly EventBody[]): RunRecord;
  /** The record now. Throws `run-not-found`. */
  read(runId: string): RunRecord;
  /** Opens the run's log files for appending, behind what they already hold. */
  openLog(runId: string): RunLog;
  /** The run's own folder (work, home, tmp, out, logs), absolute; made on first use, mode 700. */
  runFolder(runId: string): string;
  /** A signal that fires with a `StopReason` when another process asks this run to stop. */
  watchStop(runId: string): StopWatch;
}

export interface StopWatch extends Disposable {
  readonly signal: AbortSignal;
}

/** A run's stdout and stderr as files, and the order in which their bytes came. */
export interface RunLog extends AsyncDisposable {
  /** Bytes of each stream that are safely kept. */
  readonly offsets: LogOffsets;
  /** Resolves when the bytes are handed to the file system; await it before the next (back-pressure). */
  write(chunk: OutputChunk): Promise<void>;
  /** The last bytes of stderr (or of stdout when stderr is empty), as text, at most `LIMITS.stderrTailBytesMax`. */
  tail(): Promise<string>;
}

/** What a run tells whoever watches it: only after it is durable. */
export interface RunObserver {
  onRecord?(record: RunRecord): void;
  onOutput?(chunk: OutputChunk): void;
  onPull?(progress: { receivedBytes: number; totalBytes?: number; status: string }): void;
  onBuildLine?(line: string): void;
}

export type { StopCause };
