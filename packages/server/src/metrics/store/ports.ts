import type { MetricTables } from './table-store.ts';

/**
 * What the metric store asks of the durable tables; `MetricTables` is the real one, tests bring a small one in memory.
 * Writes are first in, first out: once a write is durable, every write queued before it is durable too.
 */
export type SampleTable = Pick<MetricTables, 'loadSeries' | 'append' | 'readSamples' | 'queuedSamples'>;
