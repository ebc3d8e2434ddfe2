import { createParser, type EventSourceMessage } from 'eventsource-parser';

import { LIMITS } from '../base/limits.ts';
import { bytesIn, chunksOf } from './chunks.ts';
import { isPassing, unreachable, type Connection } from './connection.ts';
import { hasEnded, type LogChunk, type RunEvent, type RunNews } from './types.ts';

export interface FollowOptions {
  /** `id` of the news after which to go on; from the beginning unless told. */
  readonly after?: string;
  /** Ends the following, without an error. */
  readonly signal?: AbortSignal;
}

/**
 * Everything that happens to a run, until its terminal event: each event once, each byte of its log
 * once, in order. A connection that breaks is made again behind the last that came; throws
 * `server-unreachable` when the server stays away, and `run-not-found`.
 */
export async function* followRun(
  connection: Connection,
  runId: string,
  { after = '', signal }: FollowOptions = {},
): AsyncGenerator<RunNews> {
  const { clock } = connection;
  let last = after;
  let lostMs: number | undefined;
  for (let attempt = 1; signal?.aborted !== true; attempt += 1)
    try {
      for await (const message of messages(connection, runId, last, signal)) {
        const news = newsOf(message);
        if (news === undefined) continue;
        last = news.id;
        lostMs = undefined;
        attempt = 0;
        yield news;
        if (news.kind === 'event' && isEnd(news.event)) return;
      }
      throw unreachable(connection.url, new TypeError('the stream ended before the run'));
    } catch (error) {
      if (isOver(signal)) return;
      lostMs ??= clock.monotonicMs();
      if (!isPassing(error) || clock.monotonicMs() - lostMs > LIMITS.clientPatienceMs) throw error;
      await connection.pause(error, Math.max(1, attempt), signal);
    }
}

/** As a function: it changes while one waits. */
const isOver = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

const isEnd = ({ type, state }: RunEvent): boolean =>
  type === 'state' && typeof state === 'string' && hasEnded(state);

async function* messages(
  connection: Connection,
  runId: string,
  last: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<EventSourceMessage> {
  const response = await connection.once('GET', `/runs/${encodeURIComponent(runId)}/stream`, {
    headers: { accept: 'text/event-stream', ...(last === '' ? {} : { 'last-event-id': last }) },
    ...(signal === undefined ? {} : { signal }),
  });
  const came: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => came.push(message),
    maxBufferSize: LIMITS.streamMessageCharsMax,
  });
  const decoder = new TextDecoder();
  for await (const bytes of chunksOf(response, connection, signal)) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield* came.splice(0);
  }
}

/** Undefined for kinds of messages that a newer server has. */
function newsOf({ event, id, data }: EventSourceMessage): RunNews | undefined {
  if (id === undefined) return undefined;
  if (event === 'event') return { kind: 'event', id, event: JSON.parse(data) as RunEvent };
  if (event !== 'log') return undefined;
  const message = JSON.parse(data) as Omit<LogChunk, 'bytes'> & {
    readonly attempt: number;
    readonly text?: string;
    readonly base64?: string;
  };
  const { stream, offset, attempt, at } = message;
  return {
    kind: 'log',
    id,
    attempt,
    chunk: { stream, offset, bytes: bytesIn(message), ...(at === undefined ? {} : { at }) },
  };
}
