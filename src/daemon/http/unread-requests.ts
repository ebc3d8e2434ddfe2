import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Clock } from '../../base/clock.ts';
import { RunnerError, systemCodeOf } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { BARE_HEADERS } from '../guard/headers.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';

/** What cannot be read of a request, by the code that Node gives it; else it is no HTTP. */
const UNREAD: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers of the request are longer than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to come'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunks of the body have extensions that are too long'],
};
const NO_HTTP = [400, 'this is no request of HTTP/1.1'] as const;

/**
 * Answers to what never becomes a request that a route or a hook could see: problems, like those of
 * all others.
 */
export class UnreadRequests {
  readonly #clock: Clock;
  /** The answer that a connection is to have next. */
  readonly #answers = new WeakMap<Socket, ServerResponse>();
  readonly #refused = new WeakSet<Socket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Knows from then on which connections are being answered. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      this.#answers.set(request.raw.socket, reply.raw);
      done();
    });
  }

  /** An address that is none: a `%` with no byte behind it, or bytes that are no text. */
  readonly refuseAddress = (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    const isTooLong = systemCodeOf(error) === 'FST_ERR_MAX_PARAM_LENGTH';
    const [status, detail] = isTooLong
      ? [414, `a part of the path is longer than ${LIMITS.urlPartCharsMax} characters`]
      : [400, 'the path is not percent-encoded UTF-8'];
    const { headers, body } = bareProblem(status, detail, request.id);
    reply.raw.writeHead(status, headers).end(body);
  };

  /** Bytes that are no request, or no whole one in time. */
  readonly refuseConnection = (error: Error, socket: Socket): void => {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const code = systemCodeOf(error) ?? '';
    // An answer that has begun is not to have another within it.
    const answer = this.#answers.get(socket);
    const isWithin = answer?.headersSent === true && !answer.writableFinished;
    if (code === 'ECONNRESET' || !socket.writable || isWithin) {
      socket.destroy();
      return;
    }
    const [status, detail] = UNREAD[code] ?? NO_HTTP;
    const { headers, body } = bareProblem(status, detail, crypto.randomUUID());
    const lines = Object.entries({ ...headers, connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.end(
      [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'),
    );
    // To close while more is coming would take back what was just sent.
    void this.#clock.sleep(LIMITS.connectionRefusedMs, undefined, 'background').then(() => {
      socket.destroy();
    });
  };
}

function bareProblem(
  status: number,
  detail: string,
  id: string,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const problem = problemOf(new RunnerError('request-invalid', detail), id);
  const body = JSON.stringify({ ...problem, status });
  const length = String(Buffer.byteLength(body));
  return {
    headers: { ...BARE_HEADERS, 'content-type': PROBLEM_TYPE, 'content-length': length },
    body,
  };
}
