import type { FastifyInstance } from 'fastify';

import { LIMITS } from '../../base/limits.ts';

/** How long a client may take, in ms. */
export interface RequestTimes {
  /** For the line and the headers of a request. */
  readonly headMs: number;
  /** Between two pieces of a body. */
  readonly silenceMs: number;
  /** How often it is looked who took longer for a head. */
  readonly lookMs: number;
}

export const REQUEST_TIMES: RequestTimes = {
  headMs: LIMITS.requestHeadMs,
  silenceMs: LIMITS.requestSilenceMs,
  lookMs: LIMITS.requestLookMs,
};

/** As Node's server takes them. */
export const serverTimes = ({ headMs, lookMs }: RequestTimes): object => ({
  headersTimeout: headMs,
  connectionsCheckingInterval: lookMs,
});

/** Their bodies are not read, and so never end. */
const WITHOUT_BODY = ['GET', 'HEAD', 'TRACE'];

/** Who stops in the midst of a body is cut off; one that is being answered may be silent. */
export function endSilentBodies(app: FastifyInstance, { silenceMs }: RequestTimes): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers;
    const hasBody = length !== '0' || coding !== undefined;
    if (hasBody && !WITHOUT_BODY.includes(raw.method ?? '')) {
      raw.setTimeout(silenceMs, () => raw.destroy());
      raw.once('end', () => {
        // Behind the answer the time is that of a connection without a request.
        if (!reply.raw.writableFinished) raw.socket.setTimeout(0);
      });
    }
    done();
  });
}
