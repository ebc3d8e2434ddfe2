import type { FastifyInstance } from 'fastify';

import type { ServerLog } from '../log/index.ts';
import type { ServerMetrics } from '../metrics/index.ts';
import type { RequestSpan, Tracing } from '../tracing/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where what it submits belongs in a trace: below its own span, or its client's. */
    traceparent: string | undefined;
  }
}

interface Watchers {
  readonly metrics: ServerMetrics;
  readonly tracing: Tracing | undefined;
  readonly log: ServerLog;
}

/** Counts, traces and logs every request: by its route, never by its address or content. */
export function watchRequests(app: FastifyInstance, { metrics, tracing, log }: Watchers): void {
  const spans = new WeakMap<object, RequestSpan>();
  app.decorateRequest('traceparent', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    const { traceparent: given } = request.headers;
    const traceparent = typeof given === 'string' ? given : undefined;
    const span = tracing?.request(request.method, traceparent);
    if (span !== undefined) spans.set(request, span);
    request.traceparent = span?.traceparent ?? traceparent;
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, id: requestId } = request;
    const route = request.is404 ? undefined : request.routeOptions.url;
    const { statusCode: status, elapsedTime } = reply;
    metrics.onRequest({ method, route, status, seconds: elapsedTime / 1_000 });
    spans.get(request)?.end(status, route);
    const ms = Math.round(elapsedTime);
    const facts = { requestId, method, route, status, ms, user: request.principal.name };
    if (status >= 500)
      log.error({ ...facts, failure: stackOf(request.failure) }, 'a request failed');
    else log.debug(facts, 'a request was answered');
    done();
  });
}

/** What is told to nobody else: without it a fault of ours could not be found. */
const stackOf = (failure: unknown): string =>
  failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
