/** Traces by OpenTelemetry. */
export { Tracing, type RequestSpan, type TracingOptions } from './tracing.ts';
