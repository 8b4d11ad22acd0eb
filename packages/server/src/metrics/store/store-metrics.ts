import { Counter, Gauge, type Registry } from 'prom-client';
import type { BesideStore } from './beside/index.ts';
import type { HotWindow } from './hot-window.ts';
import type { LateSamples } from './late-samples.ts';
import type { SampleTable } from './ports.ts';
import type { SeriesCatalog } from './series-catalog.ts';

export interface MeteredParts {
  readonly hot: HotWindow;
  readonly late: LateSamples;
  readonly catalog: SeriesCatalog;
  readonly beside: BesideStore;
  readonly table: Pick<SampleTable, 'unflushedSamples'>;
}

/** The store's own metrics; gauges are read when somebody asks. The log's commits are told by the tables (writer `sample`). */
export class StoreMetrics {
  readonly appended: Counter;
  readonly rejected: Counter<'reason'>;

  constructor(registry: Registry, parts: MeteredParts) {
    const registers = [registry];
    this.appended = new Counter({
      name: 'vedette_samples_appended_total',
      help: 'Samples accepted into the metric store.',
      registers,
    });
    this.rejected = new Counter({
      name: 'vedette_samples_rejected_total',
      help: 'Samples refused by the metric store, by reason.',
      labelNames: ['reason'],
      registers,
    });
    const gauge = (name: string, help: string, value: () => number): void => {
      const created = new Gauge({
        name,
        help,
        registers: [],
        collect(): void {
          this.set(value());
        },
      });
      registry.registerMetric(created);
    };
    const { hot, late, catalog, beside, table } = parts;
    gauge('vedette_hot_window_bytes', 'Bytes of compressed samples and series records in memory.', () => hot.usedBytes);
    gauge('vedette_hot_window_reserved_bytes', 'Process memory taken by the hot window.', () => hot.reservedBytes);
    gauge('vedette_hot_window_samples', 'Samples in memory.', () => hot.samples);
    gauge('vedette_active_series', 'Series with a sample in memory.', () => hot.activeSeries);
    gauge(
      'vedette_histogram_window_bytes',
      'Bytes of compressed native histograms in memory.',
      () => beside.histogramBytes,
    );
    gauge('vedette_histogram_window_samples', 'Native histograms in memory.', () => beside.histogramSamples);
    gauge('vedette_exemplars', 'Exemplars kept.', () => beside.exemplarCount);
    gauge('vedette_known_series', 'Series with a sample inside retention.', () => catalog.size);
    gauge(
      'vedette_symbol_table_size_bytes',
      'Bytes of the distinct label names and values.',
      () => catalog.symbolBytes,
    );
    gauge(
      'vedette_log_samples',
      'Samples in the write-ahead log that the tables do not have yet.',
      () => table.unflushedSamples,
    );
    gauge('vedette_late_samples', 'Samples before the hot window on their way to the table.', () => late.length);
  }
}
