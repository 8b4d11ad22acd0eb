import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../base/errors.ts';
import { Labels, compareCodeUnits } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import type { LabelRequest, SelectRequest, SeriesSelector, SeriesSet } from '../../model/ports.ts';
import { type SampleBatch, SampleBuffer } from '../../model/sample.ts';

interface StoredSeries {
  readonly labels: Labels;
  readonly samples: SampleBuffer;
}

/** A whole, small SeriesSelector over arrays: what scripted tests, rule tests and benchmarks query instead of a store. */
export class MemorySelector implements SeriesSelector {
  readonly #series = new Map<string, StoredSeries>();
  #byName: Map<string, StoredSeries[]> | undefined;

  get seriesCount(): number {
    return this.#series.size;
  }

  clear(): void {
    this.#series.clear();
    this.#byName = undefined;
  }

  /** Adds a sample; a sample at a known time replaces it. `startMs` is the start time of its counter, 0 for none. */
  add(labels: Labels, timestampMs: number, value: number, startMs = 0): void {
    this.#put(labels, timestampMs, value, undefined, startMs);
  }

  addHistogram(labels: Labels, timestampMs: number, histogram: NativeHistogram, startMs = 0): void {
    this.#put(labels, timestampMs, 0, histogram, startMs);
  }

  append(batch: SampleBatch): void {
    for (const [row, series] of batch.seriesIndex.entries()) {
      const start = batch.startTimestampMs?.[row] ?? 0;
      this.add(batch.series[series] as Labels, batch.timestampMs[row] as number, batch.value[row] as number, start);
    }
    const { histograms } = batch;
    for (const [row, series] of histograms?.seriesIndex.entries() ?? []) {
      const histogram = histograms?.value[row] as NativeHistogram;
      const start = histograms?.startTimestampMs?.[row] ?? 0;
      this.addHistogram(batch.series[series] as Labels, histograms?.timestampMs[row] as number, histogram, start);
    }
  }

  #put(
    labels: Labels,
    timestampMs: number,
    value: number,
    histogram: NativeHistogram | undefined,
    startMs: number,
  ): void {
    const samples = this.#samplesOf(labels);
    const at = firstAtOrAfter(samples, timestampMs);
    const replaces = at < samples.length && samples.timestampMs[at] === timestampMs;
    if (!replaces) {
      samples.push(timestampMs, value);
      moveLastTo(samples, at);
    }
    samples.timestampMs[at] = timestampMs;
    samples.value[at] = value;
    if (histogram) samples.histogram ??= Array.from<undefined>({ length: samples.length });
    if (samples.histogram) samples.histogram[at] = histogram;
    if (startMs !== 0) samples.startTimestampMs ??= new Float64Array(samples.timestampMs.length);
    if (samples.startTimestampMs) samples.startTimestampMs[at] = startMs;
  }

  #samplesOf(labels: Labels): SampleBuffer {
    let series = this.#series.get(labels.key);
    if (!series) {
      series = { labels, samples: new SampleBuffer(64) };
      this.#series.set(labels.key, series);
      this.#byName = undefined;
    }
    return series.samples;
  }

  #candidates(matchers: SelectRequest['matchers']): Iterable<StoredSeries> {
    const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.operator === '=');
    if (!name) return this.#series.values();
    if (!this.#byName) {
      this.#byName = new Map();
      for (const series of this.#series.values()) {
        const { metricName } = series.labels;
        const known = this.#byName.get(metricName);
        if (known) known.push(series);
        else this.#byName.set(metricName, [series]);
      }
    }
    return this.#byName.get(name.value) ?? [];
  }

  async select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
    signal.throwIfAborted();
    const { startMs, endMs } = request;
    const found: {
      readonly labels: Labels;
      readonly samples: SampleBuffer;
      readonly from: number;
      readonly to: number;
    }[] = [];
    let count = 0;
    for (const { labels, samples } of this.#candidates(request.matchers)) {
      if (!matchesAll(request.matchers, labels)) continue;
      const from = firstAtOrAfter(samples, startMs);
      const to = firstAtOrAfter(samples, endMs + 1);
      if (to <= from) continue;
      count += to - from;
      found.push({ labels, samples, from, to });
    }
    if (request.samplesMax !== undefined && count > request.samplesMax) {
      throw new VedetteError(
        'QUERY_TOO_LARGE',
        'query processing would load too many samples into memory in query execution',
      );
    }
    if (request.seriesMax !== undefined && found.length > request.seriesMax) {
      throw new VedetteError('QUERY_TOO_LARGE', `selector matches more than ${request.seriesMax} series`);
    }
    return {
      labels: found.map((series) => series.labels),
      read: (index, into) => {
        const series = found[index];
        into.clear();
        if (!series) return;
        const length = series.to - series.from;
        into.reserve(length);
        into.timestampMs.set(series.samples.timestampMs.subarray(series.from, series.to));
        into.value.set(series.samples.value.subarray(series.from, series.to));
        const { histogram, startTimestampMs } = series.samples;
        if (histogram) into.histogram = histogram.slice(series.from, series.to);
        if (startTimestampMs && request.startTimestamps)
          into.startTimestampMs = startTimestampMs.slice(series.from, series.to);
        into.length = length;
      },
    };
  }

  async series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    signal.throwIfAborted();
    const found: Labels[] = [];
    for (const { labels, samples } of this.#series.values()) {
      const { matcherSets } = request;
      if (matcherSets.length > 0 && !matcherSets.some((matchers) => matchesAll(matchers, labels))) continue;
      const at = firstAtOrAfter(samples, request.startMs);
      if (at >= samples.length || (samples.timestampMs[at] as number) > request.endMs) continue;
      found.push(labels);
      if (request.limit !== undefined && found.length >= request.limit) break;
    }
    return found;
  }

  async labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    const { limit, ...all } = request;
    const names = new Set<string>();
    for (const labels of await this.series(all, signal)) for (const [name] of labels) names.add(name);
    return [...names].sort(compareCodeUnits).slice(0, limit);
  }

  async labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    const { limit, ...all } = request;
    const values = new Set<string>();
    for (const labels of await this.series(all, signal)) {
      const value = labels.get(name);
      if (value !== '') values.add(value);
    }
    return [...values].sort(compareCodeUnits).slice(0, limit);
  }
}

function firstAtOrAfter(samples: SampleBuffer, timestampMs: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((samples.timestampMs[middle] as number) < timestampMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Makes room at `at` by moving what follows; the last sample is the one to be overwritten there. */
function moveLastTo(samples: SampleBuffer, at: number): void {
  const last = samples.length - 1;
  if (at === last) return;
  samples.timestampMs.copyWithin(at + 1, at, last);
  samples.value.copyWithin(at + 1, at, last);
  samples.startTimestampMs?.copyWithin(at + 1, at, last);
  samples.histogram?.copyWithin(at + 1, at, last);
}
