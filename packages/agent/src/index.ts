/**
 * Collectors: sources of metrics that Vedette reads itself. Each answers with a page in Prometheus text format 0.0.4, which the
 * server's scraper takes in like any target's. `app` creates them and hands them to metrics/receive.
 */
export type { Collector } from './collector.ts';
export { type HostCollectorOptions, createHostCollector } from './collectors/host.ts';
