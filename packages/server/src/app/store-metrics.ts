import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricStoreStats } from '../model/ports.ts';

export interface StoreFigures {
  readonly stats: () => MetricStoreStats;
  /** Stored parts that were found damaged at start. */
  readonly damagedParts: () => number;
  /** Undefined while the store can write. */
  readonly writeError: () => unknown;
}

/** What the store knows about itself, read when somebody asks for /metrics. The starter rules and dashboards name these. */
export function registerStoreMetrics(registry: Registry, figures: StoreFigures): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    let reported = 0;
    const metric: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        const now = read();
        metric.inc(Math.max(0, now - reported));
        reported = now;
      },
    });
  };
  const { stats } = figures;
  gauge('vedette_store_active_series', 'Series with a sample in the hot window.', () => stats().activeSeries);
  gauge('vedette_store_hot_samples', 'Samples in the hot window.', () => stats().hotSamples);
  gauge('vedette_store_hot_bytes', 'Memory that the hot window takes, in bytes.', () => stats().hotBytes);
  gauge('vedette_store_write_queue_samples', 'Samples accepted but not yet durable.', () => stats().writeQueueSamples);
  gauge('vedette_store_damaged_parts', 'Stored parts found damaged at start and set aside.', figures.damagedParts);
  gauge('vedette_store_writable', '1 while samples can be written to the database, else 0.', () =>
    figures.writeError() === undefined ? 1 : 0,
  );
  counter('vedette_store_samples_appended_total', 'Samples accepted.', () => stats().samplesAppended);
  counter(
    'vedette_store_samples_rejected_total',
    'Samples refused: too old, out of order, duplicate, or over a limit.',
    () => stats().samplesRejected,
  );
}
