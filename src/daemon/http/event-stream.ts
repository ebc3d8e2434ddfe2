import type { FastifyReply } from 'fastify';
import { once } from 'node:events';

import { LIMITS } from '../../base/limits.ts';
import type { ServerContext } from '../context.ts';
import { text, type Schema } from './schemas.ts';

/** An answer of server-sent events. */
export interface EventStream {
  /** Fires when the reader is gone, or the server stops. */
  readonly signal: AbortSignal;
  /** Sends whole messages; waits while the reader is slower. */
  send(message: string): Promise<void>;
  /** Says that we are there, if nothing was said for long. */
  heartbeat(): Promise<void>;
  readonly end: () => void;
}

/** A comment: keeps proxies from cutting what is silent. */
const HEARTBEAT = ': \n\n';

/** Begins to answer with server-sent events; the framework has no more to do with the answer. */
export function openStream(
  reply: FastifyReply,
  { clock, stopping }: Pick<ServerContext, 'clock' | 'stopping'>,
): EventStream {
  reply.hijack();
  const response = reply.raw;
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const signal = AbortSignal.any([gone.signal, stopping]);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  if (reply.request.method === 'HEAD') {
    // Whoever asks for the head alone is given no stream.
    gone.abort();
    response.end();
  }
  let heardMs = clock.monotonicMs();
  const send = async (message: string): Promise<void> => {
    if (signal.aborted || response.write(message)) return;
    await once(response, 'drain', { signal }).catch(() => undefined);
  };
  void send(HEARTBEAT);
  return {
    signal,
    send,
    async heartbeat() {
      if (clock.monotonicMs() - heardMs < LIMITS.sseHeartbeatMs) return;
      heardMs = clock.monotonicMs();
      await send(HEARTBEAT);
    },
    end: () => {
      response.end();
    },
  };
}

/** Where a reader goes on, for clients that cannot send a header. */
export const AFTER: Schema = {
  type: 'object',
  properties: { after: text('As Last-Event-ID, for clients that cannot send it.') },
};

/** What a route answers that streams. */
export const STREAM_ANSWER = {
  description: 'The stream.',
  content: { 'text/event-stream': { schema: { type: 'string' } } },
};
