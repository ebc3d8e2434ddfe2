/** What Prometheus reads. */
export { ServerMetrics, type MetricSources } from './metrics.ts';
