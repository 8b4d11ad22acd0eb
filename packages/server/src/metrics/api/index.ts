/**
 * The Prometheus HTTP API v1 for queries, metadata and status. HTTP requests come in, Prometheus' JSON bodies go out, large ones in
 * chunks. Grafana, promtool and our own web pages call it; `app` registers the plugin on the one HTTP server. Targets, rules and alerts
 * are answered by the rooms that hold them.
 */
export type { MetricsApiDeps, MetricsApiOptions } from './metrics-api.ts';
export { metricsApi } from './metrics-api.ts';
export type { CardinalityEntry, Notification, StatusProviders, TsdbStatus } from './status-routes.ts';
export { type ImportOptions, type ImportResult, SampleImporter } from './import/index.ts';
export type { RelabelStep, ScrapePoolFacts } from './pool-routes.ts';
