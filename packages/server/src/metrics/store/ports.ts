import type { MetricTables } from './table-store.ts';

/**
 * What the metric store asks of the durable tables; `MetricTables` is the real one, tests bring a small one in memory.
 * Writes are first in, first out and queued in the turn of the call: of N samples ever appended, the first
 * N - queuedSamples are durable (or given up, which the writer reports).
 */
export type SampleTable = Pick<MetricTables, 'loadSeries' | 'append' | 'checkRoom' | 'readSamples' | 'queuedSamples'>;
