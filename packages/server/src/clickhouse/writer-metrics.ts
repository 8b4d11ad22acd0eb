import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What one batch writer tells of itself; all writers share the metric families, told apart by the label `writer`. */
export interface WriterMetrics {
  written(rows: number, seconds: number): void;
  failed(): void;
  dropped(rows: number): void;
}

const WRITE_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `queuedRows` is asked at each scrape. */
export function writerMetrics(registry: Registry, writer: string, queuedRows: () => number): WriterMetrics {
  const labels = { writer };
  const rows = counter(registry, 'vedette_storage_rows_written_total', 'Rows made durable.');
  const failures = counter(registry, 'vedette_storage_write_failures_total', 'Failed attempts to write a batch.');
  const dropped = counter(registry, 'vedette_storage_rows_dropped_total', 'Rows accepted and then lost.');
  const seconds = histogram(registry, 'vedette_storage_write_seconds', 'Time of the inserts of a batch.');
  const queued = queuedGauge(registry, 'vedette_storage_queued_rows', 'Rows accepted and not yet durable.');
  queued.set(writer, queuedRows);
  rows.inc(labels, 0);
  failures.inc(labels, 0);
  dropped.inc(labels, 0);
  return {
    written: (count, tookSeconds) => {
      rows.inc(labels, count);
      seconds.observe(labels, tookSeconds);
    },
    failed: () => failures.inc(labels),
    dropped: (count) => dropped.inc(labels, count),
  };
}

function counter(registry: Registry, name: string, help: string): Counter<'writer'> {
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Counter) return existing;
  return new Counter({ name, help, labelNames: ['writer'], registers: [registry] });
}

function histogram(registry: Registry, name: string, help: string): Histogram<'writer'> {
  const existing = registry.getSingleMetric(name);
  if (existing instanceof Histogram) return existing;
  return new Histogram({ name, help, labelNames: ['writer'], buckets: WRITE_SECONDS_BUCKETS, registers: [registry] });
}

/** Registry → writer → its question; a gauge has one `collect` for all writers. */
const questions = new WeakMap<Registry, Map<string, () => number>>();

function queuedGauge(registry: Registry, name: string, help: string): Map<string, () => number> {
  const existing = questions.get(registry);
  if (existing) return existing;
  const asked = new Map<string, () => number>();
  questions.set(registry, asked);
  const gauge: Gauge<'writer'> = new Gauge({
    name,
    help,
    labelNames: ['writer'],
    registers: [registry],
    collect: () => {
      for (const [writer, rows] of asked) gauge.set({ writer }, rows());
    },
  });
  return asked;
}
