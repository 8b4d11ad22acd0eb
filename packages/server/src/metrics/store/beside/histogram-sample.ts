import type { CounterResetHint, NativeHistogram } from '@vedette/wire/histogram';
import type { ByteCursor } from './byte-cursor.ts';
import type { ByteSink } from './byte-sink.ts';
import { decodeHistogram, encodeHistogram, hasSameLayout } from './histogram-codec.ts';

/**
 * A histogram of a series. What its hint says about a counter reset is about one particular histogram before it, `linkMs` earlier (0: not
 * known which): should another come to stand before it, the hint says nothing.
 */
export interface HistogramSample {
  readonly timestampMs: number;
  readonly linkMs: number;
  readonly value: NativeHistogram;
}

/**
 * The sample to store behind `previous`. A counter's histogram that came without a hint and has grown in every bucket is marked
 * `not_reset`, as Prometheus does when it appends, so that queries need not compare the two again; what came with a hint keeps it.
 */
export function linkedSample(
  timestampMs: number,
  value: NativeHistogram,
  previous: HistogramSample | undefined,
): HistogramSample {
  const hint = value.counterResetHint;
  if (previous === undefined || hint === 'gauge') return { timestampMs, linkMs: 0, value };
  const linkMs = timestampMs - previous.timestampMs;
  if (hint !== 'unknown') return { timestampMs, linkMs, value };
  if (!hasGrown(previous.value, value)) return { timestampMs, linkMs: 0, value };
  return { timestampMs, linkMs, value: { ...value, counterResetHint: 'not_reset' } };
}

/** What the hint of `sample` is worth behind the one read before it (undefined: it is the first). */
export function hintBehind(sample: HistogramSample, previousMs: number | undefined): CounterResetHint {
  const hint = sample.value.counterResetHint;
  if (hint === 'gauge' || hint === 'unknown' || previousMs === undefined) return hint;
  return sample.timestampMs - previousMs === sample.linkMs ? hint : 'unknown';
}

function hasGrown(previous: NativeHistogram, value: NativeHistogram): boolean {
  if (previous.counterResetHint === 'gauge') return false;
  if (value.count < previous.count || value.zeroCount < previous.zeroCount) return false;
  // With other buckets the query decides: it knows how to bring the two to one layout.
  if (!hasSameLayout(value, previous)) return false;
  return (
    noneFell(previous.positiveBuckets, value.positiveBuckets) &&
    noneFell(previous.negativeBuckets, value.negativeBuckets)
  );
}

function noneFell(previous: Float64Array, value: Float64Array): boolean {
  for (let i = 0; i < value.length; i++) if ((value[i] as number) < (previous[i] as number)) return false;
  return true;
}

/** The sample but for its time; with `previous` as in encodeHistogram. */
export function encodeSample(sample: HistogramSample, out: ByteSink, previous?: HistogramSample): void {
  out.unsigned(sample.linkMs);
  encodeHistogram(sample.value, out, previous?.value);
}

export function decodeSample(timestampMs: number, from: ByteCursor, previous?: HistogramSample): HistogramSample {
  const linkMs = from.unsigned();
  return { timestampMs, linkMs, value: decodeHistogram(from, previous?.value) };
}
