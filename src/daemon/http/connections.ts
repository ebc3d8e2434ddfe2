import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';

import type { Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { BARE_HEADERS } from '../guard/headers.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';

/** How many connections a server keeps open. */
export interface ConnectionBound {
  /** Read anew for each connection. */
  readonly max: number;
  /** Hears of each that was one too many. */
  readonly onRefused: () => void;
}

/** What tells how a server does is answered beyond the bound too: nobody restarts it for being busy. */
const ANSWERED_BEYOND = ['/health/live', '/health/ready', '/metrics'];

/**
 * Connections beyond the bound are told so, 503 with `Retry-After`, and closed soon, whatever they
 * send; when too many at once are to be told, the others are closed unheard.
 */
export function boundConnections(app: FastifyInstance, bound: ConnectionBound, clock: Clock): void {
  const { server } = app;
  let open = 0;
  /** By the address of the other end: a request over TLS has another socket than its connection. */
  const beyond = new Set<string>();
  const setMax = (): void => {
    server.maxConnections = bound.max + LIMITS.connectionsBeyondMax;
  };
  setMax();
  server.on('drop', () => {
    // A bound that was raised since lets the next one in.
    setMax();
    bound.onRefused();
  });
  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    open += 1;
    setMax();
    if (open > bound.max) {
      bound.onRefused();
      beyond.add(peer);
      void clock.sleep(LIMITS.connectionRefusedMs, undefined, 'background').then(() => {
        socket.destroy();
      });
    }
    socket.once('close', () => {
      open -= 1;
      beyond.delete(peer);
    });
  });
  app.addHook('onRequest', (request, reply, done) => {
    const isBeyond = beyond.size > 0 && beyond.has(peerOf(request.raw.socket));
    if (!isBeyond || ANSWERED_BEYOND.includes(request.routeOptions.url ?? '')) {
      done();
      return;
    }
    // Nothing is counted, traced or logged of it: that would be work for whoever floods the server.
    reply.hijack();
    const { status, headers, body } = refusal(request, bound.max);
    reply.raw.writeHead(status, headers).end(body);
  });
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string =>
  `${remoteAddress ?? ''} ${remotePort ?? ''}`;

function refusal(
  { id }: FastifyRequest,
  max: number,
): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const error = new RunnerError(
    'too-many-connections',
    `the server keeps no more than ${max} connections open`,
    { hint: 'Wait as many seconds as Retry-After says; serve.connections sets the bound.' },
  );
  const problem = problemOf(error, id);
  const body = JSON.stringify(problem);
  return {
    status: problem.status,
    headers: {
      ...BARE_HEADERS,
      'content-type': PROBLEM_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      'retry-after': String(LIMITS.connectionRetryMs / 1_000),
      connection: 'close',
    },
    body,
  };
}
