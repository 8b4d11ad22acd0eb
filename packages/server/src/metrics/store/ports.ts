import type { MetricTables } from './table-store.ts';

/**
 * What the metric store asks of the durable tables; `MetricTables` is the real one, tests bring a small one in memory.
 * Writes are first in, first out and taken in the turn of the call: of N samples ever appended (or replayed), `readSamples` gives
 * the first N - unflushedSamples.
 */
export type SampleTable = Pick<
  MetricTables,
  | 'loadSeries'
  | 'knownSeries'
  | 'forgetRef'
  | 'replay'
  | 'append'
  | 'checkRoom'
  | 'flush'
  | 'readSamples'
  | 'readStored'
  | 'queuedSamples'
  | 'unflushedSamples'
>;
