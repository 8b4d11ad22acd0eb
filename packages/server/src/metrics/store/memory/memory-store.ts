import { Registry } from 'prom-client';
import type { Clock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { MetricStore } from '../../../model/ports.ts';
import { JoinedMetricStore } from '../metric-store.ts';
import { SeriesCatalog } from '../series-catalog.ts';
import { MemoryTable } from './memory-table.ts';

export interface MemoryStoreOptions {
  /** Compressed samples kept. */
  readonly sizeBytes: number;
  readonly seriesMax: number;
  /** Samples older than this, by the clock, are refused. */
  readonly retentionMs: number;
}

/** The label index and hot window of the metric store, without tables behind them: nothing outlives the process. */
export function openMemoryStore(clock: Clock, { sizeBytes, seriesMax, retentionMs }: MemoryStoreOptions): MetricStore {
  return new JoinedMetricStore(
    { table: new MemoryTable(), catalog: new SeriesCatalog(), clock, logger: silentLogger, registry: new Registry() },
    { hotWindow: { size: sizeBytes, age: retentionMs }, seriesMax, retentionMs },
  );
}
