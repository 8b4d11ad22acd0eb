import type { MetricWriter } from '@vedette/wire/exposition';

/** Upper bounds in seconds; from what a flash disk needs to what makes a recorder lose frames. */
export const DISK_LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Disks and operations; hosts of many containers have no more disks than this. */
const SERIES_MAX = 512;

interface Histogram {
  lastCount: number;
  lastSeconds: number;
  count: number;
  seconds: number;
  /** Operations at or below each bound. */
  readonly buckets: number[];
}

/**
 * The kernel keeps how many operations a disk has done and how long they took together, not how long each took. So the operations
 * between two readings count as if each had taken their mean: the histogram is of means of some seconds, weighted by operations. Sum and
 * count are exact, and begin at the first reading.
 */
export class DiskLatency {
  readonly #histograms = new Map<string, Histogram>();

  /** `count` operations took `seconds` since the machine started. */
  observe(page: MetricWriter, device: string, operation: string, count: number, seconds: number): void {
    const key = `${operation} ${device}`;
    let histogram = this.#histograms.get(key);
    if (histogram) advance(histogram, count, seconds);
    else {
      if (this.#histograms.size >= SERIES_MAX) return;
      const buckets = DISK_LATENCY_BUCKETS.map(() => 0);
      histogram = { lastCount: count, lastSeconds: seconds, count: 0, seconds: 0, buckets };
      this.#histograms.set(key, histogram);
    }
    const family = page.family(
      'disk_io_duration_seconds',
      'histogram',
      'Time of reads and writes in seconds; each counts with the mean of those between two readings.',
    );
    const labels = { device, operation };
    for (const [i, bound] of DISK_LATENCY_BUCKETS.entries())
      family.sample({ ...labels, le: String(bound) }, histogram.buckets[i] ?? 0, '_bucket');
    family.sample({ ...labels, le: '+Inf' }, histogram.count, '_bucket');
    family.sample(labels, histogram.seconds, '_sum');
    family.sample(labels, histogram.count, '_count');
  }
}

function advance(histogram: Histogram, count: number, seconds: number): void {
  // Fewer than before: the disk was taken out and put in again, and has counted anew.
  const restarted = count < histogram.lastCount || seconds < histogram.lastSeconds;
  const operations = restarted ? count : count - histogram.lastCount;
  const took = restarted ? seconds : seconds - histogram.lastSeconds;
  histogram.lastCount = count;
  histogram.lastSeconds = seconds;
  if (operations <= 0) return;
  histogram.count += operations;
  histogram.seconds += took;
  const mean = took / operations;
  for (const [i, bound] of DISK_LATENCY_BUCKETS.entries())
    if (mean <= bound) histogram.buckets[i] = (histogram.buckets[i] ?? 0) + operations;
}
