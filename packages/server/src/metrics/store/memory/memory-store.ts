import { Registry } from 'prom-client';
import type { Clock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { MetricStore } from '../../../model/ports.ts';
import { BesideStore } from '../beside/index.ts';
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
  const catalog = new SeriesCatalog();
  const deps = { catalog, clock, logger: silentLogger };
  const hotWindow = { size: sizeBytes, age: retentionMs };
  // Scripts write histograms by hand, with counts that need not fit their buckets.
  const beside = BesideStore.inMemory(deps, { ...hotWindow, anyCount: true });
  return new JoinedMetricStore(
    { ...deps, table: new MemoryTable(), registry: new Registry(), beside },
    { hotWindow, seriesMax, retentionMs },
  );
}
