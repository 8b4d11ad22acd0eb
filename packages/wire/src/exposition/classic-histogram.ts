import {
  type NativeHistogram,
  CUSTOM_BUCKETS_SCHEMA,
  HISTOGRAM_BUCKETS_MAX,
  histogramFault,
} from '../histogram/index.ts';
import { compactBuckets } from './compact-buckets.ts';

/**
 * Collects the series of one classic histogram and makes of them a native one with custom buckets. Counts that do not add up make
 * none. Source: native histograms specification, section "Conversion of classic histograms"; refusals as in Prometheus.
 */
export class ClassicHistogram {
  #bounds: number[] = [];
  #counts: number[] = [];
  #count: number | undefined;
  #sum = 0;
  #unusable = false;

  /** A bucket by its upper bound, with its cumulative count. The first of two equal bounds stands. */
  bucket(bound: number, count: number): void {
    const bounds = this.#bounds;
    const counts = this.#counts;
    if (Number.isNaN(bound) || count < 0 || bounds.length >= HISTOGRAM_BUCKETS_MAX) this.#unusable = true;
    if (this.#unusable) return;
    const place = placeOf(bounds, bound);
    if (bounds[place] === bound) return;
    const below = place === 0 ? 0 : (counts[place - 1] as number);
    const above = place === bounds.length ? Infinity : (counts[place] as number);
    if (count < below || count > above) {
      this.#unusable = true;
      return;
    }
    if (place === bounds.length) {
      bounds.push(bound);
      counts.push(count);
    } else {
      bounds.splice(place, 0, bound);
      counts.splice(place, 0, count);
    }
  }

  count(value: number): void {
    if (value < 0) this.#unusable = true;
    else this.#count = value;
  }

  sum(value: number): void {
    this.#sum = value;
  }

  /** The histogram, and an empty collection; undefined when what was collected makes none. */
  take(): NativeHistogram | undefined {
    const bounds = this.#bounds;
    const counts = this.#counts;
    const unusable = this.#unusable;
    const count = this.#count ?? counts.at(-1);
    const sum = this.#sum;
    this.#bounds = [];
    this.#counts = [];
    this.#count = undefined;
    this.#sum = 0;
    this.#unusable = false;
    if (unusable || count === undefined) return undefined;
    if (bounds.at(-1) !== Infinity) {
      bounds.push(Infinity);
      counts.push(count);
    }
    if (counts.at(-1) !== count) return undefined;
    const made: NativeHistogram = {
      schema: CUSTOM_BUCKETS_SCHEMA,
      counterResetHint: 'unknown',
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum,
      positiveSpans: [{ offset: 0, length: bounds.length }],
      positiveBuckets: Float64Array.from(counts, (cumulative, i) => cumulative - (counts[i - 1] ?? 0)),
      negativeSpans: [],
      negativeBuckets: new Float64Array(0),
      customValues: Float64Array.from(bounds.slice(0, -1)),
    };
    return histogramFault(made) === undefined ? compactBuckets(made) : undefined;
  }
}

/** Of the first bound that is not below; bounds nearly always come in order. */
function placeOf(bounds: readonly number[], bound: number): number {
  const last = bounds.length - 1;
  if (last < 0 || (bounds[last] as number) < bound) return bounds.length;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
