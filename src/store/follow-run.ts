import { isTerminal, type RunEvent } from '../runner/index.ts';
import type { LogOffsets } from './log-index.ts';
import type { LogChunk, LogQuery, LogReader } from './log-reader.ts';

/** How far a follower of a run has come. */
export interface RunCursor {
  /** The last event it was given; 0: none. */
  readonly seq: number;
  /** Whose log the offsets are of; from 1. */
  readonly attempt: number;
  readonly offsets: LogOffsets;
}

/** What a follower of a run is given, with where it goes on behind it. */
export type RunNews = { readonly cursor: RunCursor } & (
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'log'; readonly chunk: LogChunk; readonly attempt: number }
);

/** What following needs of the store. */
export interface FollowableRun {
  /** Events behind a position, in order; undefined: the run is gone. */
  readonly eventsBehind: (seq: number) => readonly RunEvent[] | undefined;
  readonly reader: (query: LogQuery) => Promise<LogReader>;
}

export const START_OF_RUN: RunCursor = {
  seq: 0,
  attempt: 1,
  offsets: { stdout: 0, stderr: 0 },
};

/**
 * Everything that happens to a run, from a cursor on until its terminal event: each event once, each
 * byte of its log once, and what the app wrote before an event before that event. `pause` resolves
 * when there may be something new; it is called only when all there was has been given.
 */
export async function* followRun(
  run: FollowableRun,
  from: RunCursor,
  pause: () => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<RunNews> {
  let cursor = from;
  while (!isOver(signal)) {
    await using reader = await run.reader({
      stream: 'both',
      attempt: cursor.attempt,
      from: cursor.offsets,
    });
    for (;;) {
      // Asked before reading: what was written before an event is read before it is told.
      const events = run.eventsBehind(cursor.seq);
      if (events === undefined) return;
      const endAt = events.findIndex(endsLog);
      const chunks = endAt < 0 ? reader.indexed() : whole(reader);
      for await (const chunk of chunks) {
        cursor = { ...cursor, offsets: behind(cursor.offsets, chunk) };
        yield { kind: 'log', chunk, attempt: cursor.attempt, cursor };
      }
      for (const event of endAt < 0 ? events : events.slice(0, endAt + 1)) {
        cursor = cursorBehind(cursor, event);
        yield { kind: 'event', event, cursor };
        if (isEnd(event)) return;
      }
      if (endAt >= 0) break;
      if (events.length === 0) await pause();
      if (isOver(signal)) return;
    }
  }
}

/** As a function: it changes while one waits. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** After this event nothing more is written to the log of the attempt. */
const endsLog = (event: RunEvent): boolean => event.type === 'attempt-failed' || isEnd(event);

const isEnd = (event: RunEvent): boolean => event.type === 'state' && isTerminal(event.state);

async function* whole(reader: LogReader): AsyncGenerator<LogChunk> {
  yield* reader.indexed();
  yield* reader.rest();
}

const behind = (offsets: LogOffsets, { stream, offset, bytes }: LogChunk): LogOffsets => ({
  ...offsets,
  [stream]: offset + bytes.length,
});

const cursorBehind = (cursor: RunCursor, event: RunEvent): RunCursor =>
  event.type === 'attempt-failed'
    ? { seq: event.seq, attempt: event.next.attempt, offsets: START_OF_RUN.offsets }
    : { ...cursor, seq: event.seq };
