/**
 * In: columns of samples (a scrape, a remote-write request, recorded rules), through `MetricStore.append`.
 * Out: series and samples for PromQL and the HTTP API, through `MetricStore.select`, `series`, `labelNames`, `labelValues`.
 * Recent samples and the label index are in memory (the hot window); everything accepted also goes to the sample tables.
 * Called by: receive and rules (as SampleSink), query and api (as SeriesSelector), app (construction, lifetime).
 */
export { hotWindowConfig, seriesMaxConfig, type HotWindowConfig } from './config.ts';
export type { SampleTable } from './ports.ts';
