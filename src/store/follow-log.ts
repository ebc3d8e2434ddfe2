import type { Clock } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import { isTerminal, type RunState } from '../runner/index.ts';
import type { LogChunk, LogQuery, LogReader } from './log-reader.ts';

/** What following a run's log needs of the store. */
export interface FollowedRun {
  /** Undefined: the run is gone. */
  readonly now: () => { readonly state: RunState; readonly attempt: number } | undefined;
  readonly reader: (query: LogQuery) => Promise<LogReader>;
  readonly clock: Clock;
}

/** A run's log as it grows, attempt after attempt, until the run has ended or `signal` fires. */
export async function* followLog(
  run: FollowedRun,
  query: LogQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk> {
  let attempt = query.attempt ?? run.now()?.attempt ?? 1;
  yield* followAttempt(run, { ...query, attempt }, signal);
  // Each further attempt has a log of its own, from its beginning.
  while (query.attempt === undefined && attempt < (run.now()?.attempt ?? 0)) {
    if (signal?.aborted === true) return;
    attempt += 1;
    yield* followAttempt(run, { stream: query.stream, attempt }, signal);
  }
}

/** The log of one attempt as it grows, until that has ended. */
async function* followAttempt(
  { now, reader: open, clock }: FollowedRun,
  query: LogQuery & { readonly attempt: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk> {
  await using reader = await open(query);
  while (signal?.aborted !== true) {
    // Asked before reading: what is written before an attempt ends is read before we do.
    const progress = now();
    yield* reader.indexed();
    if (progress === undefined || isTerminal(progress.state) || progress.attempt > query.attempt) {
      yield* reader.rest();
      return;
    }
    await clock.sleep(LIMITS.logFollowPollMs, signal);
  }
}
