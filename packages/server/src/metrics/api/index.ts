/**
 * The Prometheus HTTP API v1 for queries and metadata. HTTP requests come in, Prometheus' JSON bodies go out in chunks.
 * Grafana, promtool and our own web pages call it; `app` registers the plugin on the one HTTP server.
 */
export type { MetricsApiDeps, MetricsApiOptions, StatusProviders, TsdbStatus } from './metrics-api.ts';
export { metricsApi } from './metrics-api.ts';
