import {
  type BucketSpan,
  type CounterResetHint,
  type NativeHistogram,
  reduceResolution,
  usesCustomBuckets,
} from '@vedette/wire/histogram';
import { signedNumber } from './number.ts';

/** A native histogram as a script writes it; `hintGiven`: its counter reset hint was written, so a test is to compare it. */
export interface WrittenHistogram {
  readonly histogram: NativeHistogram;
  readonly hintGiven: boolean;
}

const HINTS: ReadonlySet<string> = new Set(['unknown', 'reset', 'not_reset', 'gauge']);
const ENTRY = /^([a-z_]+):(\[[^\]]*\]|[^\s\]]+)\s*/;

/** `{{schema:1 sum:3 count:22 buckets:[5 10 7]}}`; throws a plain Error that says what is wrong. Source: promqltest, "load". */
export function parseHistogram(literal: string): WrittenHistogram {
  if (!literal.startsWith('{{') || !literal.endsWith('}}')) throw new Error(`cannot read the histogram "${literal}"`);
  const entries = readEntries(literal.slice(2, -2).trim());
  const hint = entries.get('counter_reset_hint');
  if (hint !== undefined && !HINTS.has(hint)) throw new Error(`unknown counter_reset_hint "${hint}"`);
  const positive = bucketsOf(entries, 'buckets', 'offset');
  const negative = bucketsOf(entries, 'n_buckets', 'n_offset');
  return {
    hintGiven: hint !== undefined,
    histogram: {
      schema: numberOf(entries, 'schema'),
      counterResetHint: (hint ?? 'unknown') as CounterResetHint,
      zeroThreshold: numberOf(entries, 'z_bucket_w'),
      zeroCount: numberOf(entries, 'z_bucket'),
      count: numberOf(entries, 'count'),
      sum: numberOf(entries, 'sum'),
      positiveSpans: positive.spans,
      positiveBuckets: positive.counts,
      negativeSpans: negative.spans,
      negativeBuckets: negative.counts,
      customValues: listOf(entries, 'custom_values'),
    },
  };
}

const KEYS: ReadonlySet<string> = new Set(
  'sum count schema offset n_offset buckets n_buckets z_bucket z_bucket_w custom_values counter_reset_hint'.split(' '),
);

function readEntries(body: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  let rest = body;
  while (rest !== '') {
    const match = ENTRY.exec(rest);
    const [whole, key, value] = match ?? [];
    if (whole === undefined || key === undefined || value === undefined)
      throw new Error(`cannot read the histogram at "${rest}"`);
    if (!KEYS.has(key)) throw new Error(`a histogram has no "${key}"`);
    if (entries.has(key)) throw new Error(`duplicate key "${key}" in histogram`);
    entries.set(key, value);
    rest = rest.slice(whole.length);
  }
  return entries;
}

function numberOf(entries: ReadonlyMap<string, string>, key: string): number {
  const text = entries.get(key);
  if (text === undefined) return 0;
  const value = signedNumber(text);
  if (value === undefined) throw new Error(`"${text}" is no number (${key})`);
  return value;
}

function listOf(entries: ReadonlyMap<string, string>, key: string): Float64Array {
  const text = entries.get(key);
  if (text === undefined) return new Float64Array();
  const items = text.slice(1, -1).trim().split(/\s+/);
  return Float64Array.from(
    items.filter((item) => item !== ''),
    (item) => {
      const value = signedNumber(item);
      if (value === undefined) throw new Error(`"${item}" is no number (${key})`);
      return value;
    },
  );
}

function bucketsOf(
  entries: ReadonlyMap<string, string>,
  key: string,
  offsetKey: string,
): { readonly spans: readonly BucketSpan[]; readonly counts: Float64Array } {
  const counts = listOf(entries, key);
  return {
    counts,
    spans: counts.length === 0 ? [] : [{ offset: numberOf(entries, offsetKey), length: counts.length }],
  };
}

/** The histogram in the notation of scripts, buckets without gaps; what a report shows. */
export function writeHistogram(histogram: NativeHistogram): string {
  const parts: string[] = [];
  const number = (key: string, value: number): void => {
    if (value !== 0) parts.push(`${key}:${value}`);
  };
  const side = (prefix: string, buckets: ReadonlyMap<number, number>): void => {
    if (buckets.size === 0) return;
    const indexes = [...buckets.keys()];
    const first = Math.min(...indexes);
    const last = Math.max(...indexes);
    number(`${prefix}offset`, first);
    const counts = Array.from({ length: last - first + 1 }, (_, i) => buckets.get(first + i) ?? 0);
    parts.push(`${prefix}buckets:[${counts.join(' ')}]`);
  };
  number('schema', histogram.schema);
  number('count', histogram.count);
  number('sum', histogram.sum);
  number('z_bucket', histogram.zeroCount);
  number('z_bucket_w', histogram.zeroThreshold);
  if (histogram.customValues.length > 0) parts.push(`custom_values:[${histogram.customValues.join(' ')}]`);
  if (histogram.counterResetHint !== 'unknown') parts.push(`counter_reset_hint:${histogram.counterResetHint}`);
  side('', bucketCounts(histogram.positiveSpans, histogram.positiveBuckets));
  side('n_', bucketCounts(histogram.negativeSpans, histogram.negativeBuckets));
  return `{{${parts.join(' ')}}}`;
}

/** Bucket index → count, without the empty ones: two histograms with equal maps hold the same, however their spans are cut. */
export function bucketCounts(spans: readonly BucketSpan[], counts: Float64Array): ReadonlyMap<number, number> {
  const buckets = new Map<number, number>();
  let at = 0;
  let next = 0;
  for (const { offset, length } of spans) {
    at += offset;
    for (let i = 0; i < length; i++, at++) {
      const count = counts[next++] as number;
      if (count !== 0) buckets.set(at, count);
    }
  }
  return buckets;
}

/** The series `base`, `base + step`, `base + 2 * step`, …: `times + 1` histograms, each from the one before. */
export function histogramSeries(
  base: NativeHistogram,
  step: NativeHistogram,
  sign: 1 | -1,
  times: number,
): readonly NativeHistogram[] {
  if (base.schema > step.schema)
    throw new Error(`error combining histograms: cannot merge from schema ${step.schema} to ${base.schema}`);
  if (usesCustomBuckets(base) && base.customValues.join(' ') !== step.customValues.join(' '))
    throw new Error('a series of histograms needs the same custom_values in all of them');
  if (base.zeroThreshold !== step.zeroThreshold && step.zeroThreshold !== 0)
    throw new Error('a series of histograms needs the same z_bucket_w in all of them');
  const scaled = step.schema > base.schema ? reduceResolution(step, base.schema) : step;
  const series = [base];
  let current = base;
  for (let i = 0; i < times; i++) {
    current = combined(current, scaled, sign);
    series.push(current);
  }
  return series;
}

function combined(a: NativeHistogram, b: NativeHistogram, sign: 1 | -1): NativeHistogram {
  const positive = combinedSide(a.positiveSpans, a.positiveBuckets, b.positiveSpans, b.positiveBuckets, sign);
  const negative = combinedSide(a.negativeSpans, a.negativeBuckets, b.negativeSpans, b.negativeBuckets, sign);
  return {
    ...a,
    counterResetHint: combinedHint(a.counterResetHint, b.counterResetHint),
    zeroCount: a.zeroCount + sign * b.zeroCount,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}

function combinedHint(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  return a === 'gauge' || b === 'gauge' ? 'gauge' : 'unknown';
}

function combinedSide(
  aSpans: readonly BucketSpan[],
  aCounts: Float64Array,
  bSpans: readonly BucketSpan[],
  bCounts: Float64Array,
  sign: 1 | -1,
): { readonly spans: readonly BucketSpan[]; readonly counts: Float64Array } {
  const sum = new Map(bucketCounts(aSpans, aCounts));
  for (const [index, count] of bucketCounts(bSpans, bCounts)) sum.set(index, (sum.get(index) ?? 0) + sign * count);
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  let end = 0;
  for (const index of [...sum.keys()].sort((a, b) => a - b)) {
    const open = spans.at(-1);
    if (open && index === end) open.length++;
    else spans.push({ offset: index - end, length: 1 });
    counts.push(sum.get(index) as number);
    end = index + 1;
  }
  return { spans, counts: Float64Array.from(counts) };
}
