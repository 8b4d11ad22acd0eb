/**
 * Deletion of samples. In: series and ranges from the metric store, records of the log. Out: tombstones that readers of the tables look at,
 * and tables without what they hide. Called by the metric store, which takes the samples out of memory itself.
 */
export { DeletionTable } from './deletion-table.ts';
export { type ErasedSeries, SeriesEraser } from './series-eraser.ts';
