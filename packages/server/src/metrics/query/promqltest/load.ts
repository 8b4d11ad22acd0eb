import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../../model/labels.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { writeStale } from '../../../model/stale.ts';
import { customBucketSeries } from './custom-buckets.ts';
import { ResetHints } from './reset-hints.ts';
import type { LoadLine } from './script.ts';

/** The samples of a `load` command; the first point of each line is at time 0. Throws a plain Error for broken histograms. */
export function loadedBatch(lines: readonly LoadLine[], intervalMs: number, withCustomBuckets: boolean): SampleBatch {
  const columns = new Columns();
  for (const line of lines) columns.add(line, intervalMs);
  if (withCustomBuckets) {
    const classic = lines.map(({ labels, points }) => ({
      labels,
      samples: points.flatMap((point, i) => (typeof point === 'number' ? [[i * intervalMs, point] as const] : [])),
    }));
    for (const { labels, samples } of customBucketSeries(classic)) columns.addHistograms(labels, samples);
  }
  return columns.batch();
}

class Columns {
  readonly #series: Labels[] = [];
  readonly #floats = {
    series: [] as number[],
    time: [] as number[],
    value: [] as (number | 'stale')[],
    start: [] as number[],
  };
  readonly #histograms = {
    series: [] as number[],
    time: [] as number[],
    value: [] as NativeHistogram[],
    start: [] as number[],
  };

  add({ labels, points, startTimes }: LoadLine, intervalMs: number): void {
    const series = this.#series.push(labels) - 1;
    const hints = new ResetHints();
    for (const [i, point] of points.entries()) {
      if (point === 'missing') continue;
      if (typeof point !== 'object') hints.skip();
      const timestampMs = i * intervalMs;
      const relative = startTimes?.[i];
      const columns = typeof point === 'object' ? this.#histograms : this.#floats;
      columns.series.push(series);
      columns.time.push(timestampMs);
      columns.start.push(relative === undefined ? 0 : timestampMs + relative);
      if (typeof point === 'object') this.#histograms.value.push(hints.next(point.histogram));
      else this.#floats.value.push(point);
    }
  }

  addHistograms(labels: Labels, samples: readonly (readonly [number, NativeHistogram])[]): void {
    const series = this.#series.push(labels) - 1;
    const hints = new ResetHints();
    for (const [timestampMs, histogram] of samples) {
      this.#histograms.series.push(series);
      this.#histograms.time.push(timestampMs);
      this.#histograms.start.push(0);
      this.#histograms.value.push(hints.next(histogram));
    }
  }

  batch(): SampleBatch {
    const floats = this.#floats;
    const histograms = this.#histograms;
    const value = new Float64Array(floats.value.length);
    for (const [i, point] of floats.value.entries()) {
      if (point === 'stale') writeStale(value, i);
      else value[i] = point;
    }
    const batch: SampleBatch = {
      series: this.#series,
      seriesIndex: Uint32Array.from(floats.series),
      timestampMs: Float64Array.from(floats.time),
      value,
      ...(floats.start.some((start) => start !== 0) ? { startTimestampMs: Float64Array.from(floats.start) } : {}),
    };
    if (histograms.value.length === 0) return batch;
    return {
      ...batch,
      histograms: {
        seriesIndex: Uint32Array.from(histograms.series),
        timestampMs: Float64Array.from(histograms.time),
        value: histograms.value,
        ...(histograms.start.some((start) => start !== 0)
          ? { startTimestampMs: Float64Array.from(histograms.start) }
          : {}),
      },
    };
  }
}
