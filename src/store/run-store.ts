import type { Clock } from '../base/clock.ts';
import type { RunEvent, RunJournal, RunRecord, StopCause } from '../runner/index.ts';
import type { AllEvents } from './all-events.ts';
import type { BatchStore } from './batches.ts';
import type { RunCursor, RunNews } from './follow-run.ts';
import type { StoreFault } from './journal.ts';
import type { RunPage, RunQuery } from './listing.ts';
import type { LogChunk, LogQuery } from './log-reader.ts';
import type { ServerStore } from './server-store.ts';
import type { Upkeep } from './upkeep/upkeep.ts';
import type { WebhookStore } from './webhooks/webhook-store.ts';

/**
 * Runs kept in one data folder: `cyto-run.db`, `owners/<ownerId>.lock`, `runs/<runId>/…`. Several
 * programs may use one folder at a time. Nothing is opened or made before it is needed, and reading
 * makes nothing. Every method may throw `store-unusable`, `store-newer`, `store-busy` and, when it
 * writes, `disk-full`.
 */
export interface RunStore extends RunJournal, Disposable {
  readonly folder: string;
  /** Tells this data folder from all others, also when it is moved: for labels of containers. */
  readonly dataId: string;
  /** This process, as the one that executes a run. Asking for it makes the process known as alive. */
  readonly ownerId: string;
  /** Everything that happened to a run, in order. Throws `run-not-found`. */
  events(runId: string): readonly RunEvent[];
  /** One page of runs, newest first. */
  list(query: RunQuery): RunPage;
  /** The run that an id, a part of one, `last` or `last~N` names. Throws `run-not-found`. */
  resolveRunId(text: string): string;
  /** Deletes a run that has ended: record, events, folder. Throws `run-active`, `run-not-found`. */
  remove(runId: string): Promise<void>;
  /** Whether the process that had this id may still be alive. False is proved, and for good. */
  isOwnerAlive(ownerId: string): boolean;
  /** Whether a process that may still be alive has the run in hand. Throws `run-not-found`. */
  isAttended(runId: string): boolean;
  /** Takes over a run whose process is dead. False: it has ended, its process lives, or another was first. */
  claim(runId: string): boolean;
  /** Runs that have not ended but whose process is dead, oldest first. */
  orphans(): readonly RunRecord[];
  /**
   * Asks the process that executes the run to stop it; `watchStop` there hears of it. Changes nothing
   * when the run has ended or was asked already.
   */
  requestStop(runId: string, cause: StopCause): RunRecord;
  /** What there is of a run's log now. */
  readLog(runId: string, query: LogQuery): AsyncIterable<LogChunk>;
  /** A run's log as it grows, until the run has ended or `signal` fires. */
  followLog(runId: string, query: LogQuery, signal?: AbortSignal): AsyncIterable<LogChunk>;
  /**
   * Everything that happens to a run from `from` on, until its terminal event or `signal` fires.
   * `pause` resolves when there may be something new. Throws `run-not-found`.
   */
  followRun(
    runId: string,
    from: RunCursor,
    pause: () => Promise<void>,
    signal: AbortSignal,
  ): AsyncIterable<RunNews>;
  /** The events of all runs, in their order. */
  readonly allEvents: AllEvents;
  /** What a server keeps beside. */
  readonly server: ServerStore;
  /** Batches and their items. */
  readonly batches: BatchStore;
  /** Who is told of runs by HTTP, and what is still to be sent. */
  readonly webhooks: WebhookStore;
  /** Backup, and what is wrong in the folder. */
  readonly upkeep: Upkeep;
  /** Folds every run's events again; what differs from its record. */
  verify(): Iterable<StoreFault>;
}

export interface StoreOptions {
  /** The data folder, absolute; made when first written to. On a local file system. */
  readonly folder: string;
  readonly clock: Clock;
}
