import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@vedette/wire/histogram';
import { type Labels, METRIC_NAME } from '../../../model/labels.ts';

/** Floats of one series of a classic histogram, as they were loaded. */
export interface ClassicSeries {
  readonly labels: Labels;
  /** [timestampMs, value], floats only. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface CustomBucketSeries {
  readonly labels: Labels;
  readonly samples: readonly (readonly [number, NativeHistogram])[];
}

interface Collected {
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

const PART = /^(.+)_(bucket|sum|count)$/;

/**
 * What `load_with_nhcb` adds: the `_bucket`, `_sum` and `_count` series of a classic histogram as one native histogram with custom
 * buckets, sample by sample. Throws a plain Error for buckets that are not cumulative.
 */
export function customBucketSeries(classic: readonly ClassicSeries[]): readonly CustomBucketSeries[] {
  const found = new Map<string, { readonly labels: Labels; readonly at: Map<number, Collected> }>();
  for (const { labels, samples } of classic) {
    const [, name, part] = PART.exec(labels.metricName) ?? [];
    if (name === undefined) continue;
    const bound = part === 'bucket' ? boundOf(labels.get('le')) : undefined;
    if (part === 'bucket' && bound === undefined) continue;
    const base = labels.with(METRIC_NAME, name).without('le');
    const known = found.get(base.key) ?? { labels: base, at: new Map<number, Collected>() };
    found.set(base.key, known);
    for (const [timestampMs, value] of samples) {
      const collected = known.at.get(timestampMs) ?? { buckets: new Map<number, number>(), count: undefined, sum: 0 };
      known.at.set(timestampMs, collected);
      if (bound !== undefined) {
        if (!collected.buckets.has(bound)) collected.buckets.set(bound, value);
      } else if (part === 'count') collected.count = value;
      else collected.sum = value;
    }
  }
  return [...found.values()].map(({ labels, at }) => ({
    labels,
    samples: [...at]
      .sort(([a], [b]) => a - b)
      .map(([timestampMs, collected]) => [timestampMs, converted(labels, collected)] as const),
  }));
}

function boundOf(le: string): number | undefined {
  const bound = /^[+]?inf$/i.test(le) ? Infinity : /^-inf$/i.test(le) ? -Infinity : Number(le);
  return le === '' || Number.isNaN(bound) ? undefined : bound;
}

function converted(labels: Labels, { buckets, count, sum }: Collected): NativeHistogram {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const total = count ?? buckets.get(bounds.at(-1) ?? Infinity) ?? 0;
  if (bounds.at(-1) !== Infinity) bounds.push(Infinity);
  const counts: number[] = [];
  let before = 0;
  for (const bound of bounds) {
    const cumulative = buckets.get(bound) ?? total;
    if (cumulative < before) throw new Error(`${labels}: count is not cumulative at le=${bound}`);
    counts.push(cumulative - before);
    before = cumulative;
  }
  if (before !== total) throw new Error(`${labels}: count mismatch: count=${total} and le=+Inf count=${before}`);
  return {
    schema: CUSTOM_BUCKETS_SCHEMA,
    counterResetHint: 'unknown',
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum,
    positiveSpans: [{ offset: 0, length: counts.length }],
    positiveBuckets: Float64Array.from(counts),
    negativeSpans: [],
    negativeBuckets: new Float64Array(),
    customValues: Float64Array.from(bounds.slice(0, -1)),
  };
}
