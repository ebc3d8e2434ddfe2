import type { BatchWhyItem, OutputCheck, Why } from '../../report/index.ts';
import type { OutputFacts, RunEvent, RunRecord } from '../../runner/index.ts';
import type { LogChunk, LogQuery, RunPage, RunQuery } from '../../store/index.ts';
import type { CrateSource, CrateWish } from '../crate/crate-source.ts';
import type { OutputSource } from '../outputs/bring-outputs.ts';

/** The signals of somebody who follows a run: `leave` ends the following, `kill` the run, where it is ours. */
export interface FollowSignals {
  readonly leave: AbortSignal;
  readonly kill: AbortSignal;
}

/** The places of waiting runs in a server's queue. Every method throws `not-waiting` for one that has begun. */
export interface QueuePort {
  /** `reason` is for whoever asks why it waits. */
  hold(runId: string, reason?: string): Promise<unknown>;
  release(runId: string): Promise<unknown>;
  setPriority(runId: string, priority: number): Promise<unknown>;
}

/**
 * The runs that commands are about: those of this machine's data folder, or those of a server. Whatever
 * a command tells of them it tells by this, so that it tells the same of both.
 */
export interface RunsPort extends Disposable {
  /** What is shown of where they are: the server's address, or this machine. */
  readonly place: string;
  /** Places in a queue; this machine has none. */
  readonly queue?: QueuePort;
  /** What is typed behind a further command about the same runs: ` --server URL`, or nothing. */
  readonly flag: string;
  /** The id of the run that is given, else of the newest. Throws `run-not-found`. */
  runArgument(given: unknown): Promise<string>;
  read(runId: string): Promise<RunRecord>;
  events(runId: string): Promise<readonly RunEvent[]>;
  /** `batch` is as it was given. */
  list(query: RunQuery): Promise<RunPage>;
  why(record: Pick<RunRecord, 'runId'>): Promise<Why>;
  /** The items of a batch, each as its newest run stands. Throws `run-not-found`. */
  itemsOf(
    batch: string,
  ): Promise<{ readonly batchId: string; readonly items: readonly BatchWhyItem[] }>;
  /** What there is of a log now. */
  readLog(runId: string, query: LogQuery): AsyncIterable<LogChunk>;
  /** A log as it grows, until the run has ended. */
  followLog(runId: string, query: LogQuery, signals: FollowSignals): AsyncIterable<LogChunk>;
  /** Resolves when the run has ended; here it is executed to its end if nobody does. */
  untilEnded(runId: string, kill: AbortSignal): Promise<RunRecord>;
  /** Asks a run that has not ended to stop (kindly, or at once), and resolves when it has ended. */
  cancel(runId: string, now: boolean): Promise<RunRecord>;
  /** Forgets a run that has ended. Throws `run-active`. */
  remove(runId: string): Promise<void>;
  /** What a run left, to be brought elsewhere. */
  outputsOf(record: RunRecord): OutputSource;
  /** The crate of a run that has ended. Throws `output-invalid` or `input-missing` where its files are not what they were. */
  crateOf(record: RunRecord, wish: CrateWish): Promise<CrateSource>;
  /** Whether an output is still what the record says. */
  checkOutput(record: RunRecord, output: OutputFacts): Promise<OutputCheck>;
}
