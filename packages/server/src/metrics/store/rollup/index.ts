/**
 * Downsampled metrics: rows of five minutes and of an hour for every float series, written in order by this process.
 * In: raw samples of closed buckets, read back from the store, and word of samples that came late. Out: answers to grids whose windows
 * begin and end with buckets, equal to what raw samples give.
 * Called by the metric store.
 */
export { RESOLUTIONS } from './rollup-table.ts';
export { Rollups, type RollupsDeps } from './rollups.ts';
