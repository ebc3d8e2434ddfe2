/** Traces by OpenTelemetry. */
export { parseTraceparent } from './traceparent.ts';
export { Tracing, type RequestSpan, type TracingOptions } from './tracing.ts';
