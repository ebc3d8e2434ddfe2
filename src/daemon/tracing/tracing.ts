import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { dateAt, epochMs } from '../../base/clock.ts';
import { attemptOf, isTerminal, type RunRecord } from '../../runner/index.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

export interface TracingOptions {
  /** Where traces are sent: an OTLP/HTTP endpoint without `/v1/traces`; absent: as `OTEL_EXPORTER_OTLP_*` say. */
  readonly endpoint?: string | undefined;
  readonly version: string;
  /** Tells this installation from others. */
  readonly instanceId: string;
}

/** A request that is being answered. */
export interface RequestSpan {
  /** For what belongs to the request. */
  readonly traceparent: string;
  end(status: number, route: string | undefined): void;
}

/**
 * Traces by OTLP over HTTP: a span for each request, and one for each run with one for each of its
 * steps. A run's are made when it has ended, from its record: so they are whole, whatever process
 * began it.
 */
export class Tracing implements AsyncDisposable {
  readonly #provider: BasicTracerProvider;

  constructor({ endpoint, version, instanceId }: TracingOptions) {
    const url = endpoint === undefined ? {} : { url: `${endpoint.replace(/\/+$/, '')}/v1/traces` };
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'cyto-run',
        'service.version': version,
        'service.instance.id': instanceId,
      }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(url))],
    });
  }

  /** Begins a request's span, below the client's where its `traceparent` says so. */
  request(method: string, traceparent: string | undefined): RequestSpan {
    const span = this.#tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } },
      contextOf(traceparent),
    );
    return {
      traceparent: traceparentOf(span),
      end: (status, route) => {
        // Not the path: it may hold anything. A route is one of those there are.
        if (route !== undefined) {
          span.updateName(`${method} ${route}`);
          span.setAttribute('http.route', route);
        }
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  /** Hears of every change of a run. */
  onRecord(record: RunRecord): void {
    if (!isTerminal(record.state)) return;
    const { createdAt, endedAt = createdAt, phases, traceparent } = record;
    const attributes = attributesOf(record);
    const startTime = timeOf(createdAt);
    const span = this.#tracer.startSpan('run', { startTime, attributes }, contextOf(traceparent));
    const within = trace.setSpan(ROOT_CONTEXT, span);
    for (const { phase, startedAt, endedAt: phaseEnd = endedAt } of phases)
      this.#tracer.startSpan(phase, { startTime: timeOf(startedAt) }, within).end(timeOf(phaseEnd));
    if (record.failure !== undefined)
      span.setStatus({ code: SpanStatusCode.ERROR, message: record.failure.message });
    span.end(timeOf(endedAt));
  }

  /** Sends what is to be sent; harmless when nobody listens. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }

  get #tracer(): ReturnType<BasicTracerProvider['getTracer']> {
    return this.#provider.getTracer('cyto-run');
  }
}

const timeOf = (at: string): ReturnType<typeof dateAt> => dateAt(epochMs(at));

function contextOf(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return formatTraceparent({
    traceId,
    spanId,
    isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
  });
}

/** By OpenTelemetry's semantic conventions where they have a word for it. */
function attributesOf(record: RunRecord): Attributes {
  const { runId, state, app, image, exit, failure, options, batch } = record;
  return {
    'cyto_run.run.id': runId,
    'cyto_run.run.state': state,
    'cyto_run.run.attempt': attemptOf(record),
    'cyto_run.engine': options.engine,
    'cyto_run.app.name': app.name,
    ...(app.version === undefined ? {} : { 'cyto_run.app.version': app.version }),
    ...(batch === undefined ? {} : { 'cyto_run.batch.id': batch.id }),
    ...(image === undefined
      ? {}
      : {
          'container.image.name': image.reference,
          'container.image.id': image.id,
          'container.image.repo_digests': image.digest === undefined ? [] : [image.digest],
        }),
    ...(exit === undefined ? {} : { 'process.exit.code': exit.exitCode }),
    ...(failure === undefined ? {} : { 'error.type': failure.code }),
  };
}
