/**
 * Scraping: asks targets for their metrics pages on schedule and hands the samples to the sink.
 * In: scrape pools from the configuration, collectors of this process. Out: one SampleBatch per scrape; target states.
 * Called by metrics/receive; the targets API shows what `pools()` says.
 */
export type { CollectorTarget } from './collector-pool.ts';
export { ScrapeManager } from './scrape-manager.ts';
export { targetSeriesApi } from './target-series.ts';
export { targetsApi } from './targets-api.ts';
