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

/** One of the server's streams, and how its messages are read. */
export interface Stream<News extends { readonly id: string }> {
  readonly path: string;
  /** Undefined for kinds of messages that a newer server has. */
  readonly newsOf: (message: StreamMessage) => News | undefined;
  /** Nothing comes behind it. */
  readonly isEnd: (news: News) => boolean;
}

/** A message that has an id: a place to go on from. */
export interface StreamMessage {
  readonly kind: string | undefined;
  readonly id: string;
  readonly data: string;
}

/**
 * Everything that happens to a run, until its terminal event: each event once, each byte of its log
 * once, in order. Throws as `followStream` does.
 */
export const followRun = (
  connection: Connection,
  runId: string,
  options?: FollowOptions,
): AsyncGenerator<RunNews> =>
  followStream(
    connection,
    {
      path: `/runs/${encodeURIComponent(runId)}/stream`,
      newsOf,
      isEnd: (news) => news.kind === 'event' && isEnd(news.event),
    },
    options,
  );

/**
 * A stream until its end, each message once. A connection that breaks is made again behind the last
 * that came; throws `server-unreachable` when the server stays away, and what it answers otherwise.
 */
export async function* followStream<News extends { readonly id: string }>(
  connection: Connection,
  stream: Stream<News>,
  { after = '', signal }: FollowOptions = {},
): AsyncGenerator<News> {
  const { clock } = connection;
  let last = after;
  let lostMs: number | undefined;
  for (let attempt = 1; signal?.aborted !== true; attempt += 1)
    try {
      for await (const { event: kind, id, data } of messages(
        connection,
        stream.path,
        last,
        signal,
      )) {
        const news = id === undefined ? undefined : stream.newsOf({ kind, id, data });
        if (news === undefined) continue;
        last = news.id;
        lostMs = undefined;
        attempt = 0;
        yield news;
        if (stream.isEnd(news)) return;
      }
      throw unreachable(connection.url, new TypeError('the stream ended early'));
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
  path: string,
  last: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<EventSourceMessage> {
  const response = await connection.once('GET', path, {
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

function newsOf({ kind, id, data }: StreamMessage): RunNews | undefined {
  if (kind === 'event') return { kind, id, event: JSON.parse(data) as RunEvent };
  if (kind !== 'log') return undefined;
  const message = JSON.parse(data) as Omit<LogChunk, 'bytes'> & {
    readonly attempt: number;
    readonly text?: string;
    readonly base64?: string;
  };
  const { stream, offset, attempt, at } = message;
  return {
    kind,
    id,
    attempt,
    chunk: { stream, offset, bytes: bytesIn(message), ...(at === undefined ? {} : { at }) },
  };
}
