import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { type ExtendedWindows, boundariesOf } from '../exec/extended-windows.ts';
import type { HistogramNotes } from '../exec/histogram-notes.ts';
import { INCOMPATIBLE_SCHEMAS, addHistograms, detectReset, scaled, subtractHistograms } from '../histogram/index.ts';

/** Samples of one series, all of them native histograms inside the window that is looked at. */
export interface HistogramSamples {
  readonly timestampMs: Float64Array;
  readonly histogram: readonly (NativeHistogram | undefined)[];
}

/** Where notes about one series go. */
export interface SeriesNotes {
  readonly metricName: string;
  readonly notes: HistogramNotes;
}

/** Histograms that cannot be joined; the note is given where this is caught. */
class Incompatible extends Error {}

/**
 * rate, increase and delta of native histograms over an `anchored` or `smoothed` window, not yet per second. Undefined when there is
 * nothing to measure or the histograms cannot be joined.
 */
export function extendedHistogramChange(
  samples: HistogramSamples,
  from: number,
  to: number,
  window: { readonly startMs: number; readonly endMs: number },
  kind: ExtendedWindows['kind'],
  isCounter: boolean,
  series: SeriesNotes,
): NativeHistogram | undefined {
  const found = boundariesOf(samples.timestampMs, from, to, window, kind);
  if (!found) return undefined;
  try {
    return new Change(samples, from, window, kind === 'smoothed', isCounter, series).over(found.first, found.last);
  } catch (error) {
    if (!(error instanceof Incompatible)) throw error;
    series.notes.mixedSchemas(series.metricName);
    return undefined;
  }
}

/** A smoothed instant selector between two samples; the second one may be missing. */
export function interpolatedHistogram(
  samples: HistogramSamples,
  before: number,
  atMs: number,
  series: SeriesNotes,
): NativeHistogram | undefined {
  const previous = at(samples, before);
  const next = at(samples, before + 1);
  if (usesCustomBuckets(previous) !== usesCustomBuckets(next)) {
    series.notes.mixedSchemas(series.metricName);
    return undefined;
  }
  const isGauge = previous.counterResetHint === 'gauge' && next.counterResetHint === 'gauge';
  try {
    return interpolate(samples, before, atMs, !isGauge, series);
  } catch (error) {
    if (!(error instanceof Incompatible)) throw error;
    series.notes.mixedSchemas(series.metricName);
    return undefined;
  }
}

class Change {
  readonly #samples: HistogramSamples;
  readonly #from: number;
  readonly #window: { readonly startMs: number; readonly endMs: number };
  readonly #smoothed: boolean;
  readonly #isCounter: boolean;
  readonly #series: SeriesNotes;

  constructor(
    samples: HistogramSamples,
    from: number,
    window: { readonly startMs: number; readonly endMs: number },
    smoothed: boolean,
    isCounter: boolean,
    series: SeriesNotes,
  ) {
    this.#samples = samples;
    this.#from = from;
    this.#window = window;
    this.#smoothed = smoothed;
    this.#isCounter = isCounter;
    this.#series = series;
  }

  over(first: number, last: number): NativeHistogram {
    this.#check(first, last);
    const left = this.#cutsLeft(first)
      ? interpolate(this.#samples, first, this.#window.startMs, this.#isCounter, this.#series)
      : at(this.#samples, first);
    const right =
      this.#smoothed && last > this.#from && this.#time(last) > this.#window.endMs
        ? interpolate(this.#samples, last - 1, this.#window.endMs, this.#isCounter, this.#series)
        : at(this.#samples, last);
    if (!this.#isCounter && (left.counterResetHint !== 'gauge' || right.counterResetHint !== 'gauge'))
      this.#series.notes.notGauge(this.#series.metricName);
    let change = subtract(right, left, this.#series);
    if (this.#isCounter) {
      for (const lost of this.#lostInResets(first, last, left, right)) change = add(change, lost, this.#series);
    }
    return { ...change, counterResetHint: 'gauge' };
  }

  #time(i: number): number {
    return this.#samples.timestampMs[i] as number;
  }

  #cutsLeft(first: number): boolean {
    return this.#smoothed && this.#time(first) < this.#window.startMs;
  }

  #check(first: number, last: number): void {
    const custom = usesCustomBuckets(at(this.#samples, first));
    for (let i = first; i <= last; i++) {
      const histogram = at(this.#samples, i);
      if (usesCustomBuckets(histogram) !== custom) throw new Incompatible();
      if (this.#isCounter && histogram.counterResetHint === 'gauge')
        this.#series.notes.notCounter(this.#series.metricName);
    }
  }

  /** What the counter had counted each time it began anew between its two ends. */
  #lostInResets(
    first: number,
    last: number,
    left: NativeHistogram,
    right: NativeHistogram,
  ): readonly NativeHistogram[] {
    let next = first + 1;
    let previous = left;
    if (this.#cutsLeft(first) && detectReset(at(this.#samples, first + 1), at(this.#samples, first))) {
      // The left end was interpolated over this reset.
      previous = at(this.#samples, first + 1);
      next++;
    }
    if (next > last) return [];
    const lost: NativeHistogram[] = [];
    for (; next < last; next++) {
      const histogram = at(this.#samples, next);
      if (detectReset(histogram, previous)) lost.push(previous);
      previous = histogram;
    }
    // The last sample is looked at as the right end: its own hint must not count twice.
    if (detectReset(right, previous)) lost.push(previous);
    return lost;
  }
}

function at(samples: HistogramSamples, i: number): NativeHistogram {
  const histogram = samples.histogram[i];
  if (!histogram) throw new Error('a float stands among native histograms although the window was checked');
  return histogram;
}

/** The histogram on the line between two samples; over a reset a counter is taken to have begun empty. */
function interpolate(
  samples: HistogramSamples,
  before: number,
  atMs: number,
  isCounter: boolean,
  series: SeriesNotes,
): NativeHistogram {
  const a = at(samples, before);
  const b = at(samples, before + 1);
  const aMs = samples.timestampMs[before] as number;
  const bMs = samples.timestampMs[before + 1] as number;
  if (atMs === aMs) return a;
  if (atMs === bMs) return b;
  const share = (atMs - aMs) / (bMs - aMs);
  if (isCounter && detectReset(b, a)) return scaled(b, share);
  return add(scaled(subtract(b, a, series), share), a, series);
}

function add(a: NativeHistogram, b: NativeHistogram, series: SeriesNotes): NativeHistogram {
  const sum = addHistograms(a, b);
  if (sum === INCOMPATIBLE_SCHEMAS) throw new Incompatible();
  if (sum.boundsReconciled) series.notes.boundsReconciled('addition');
  return sum.histogram;
}

function subtract(a: NativeHistogram, b: NativeHistogram, series: SeriesNotes): NativeHistogram {
  const difference = subtractHistograms(a, b);
  if (difference === INCOMPATIBLE_SCHEMAS) throw new Incompatible();
  if (difference.boundsReconciled) series.notes.boundsReconciled('subtraction');
  return difference.histogram;
}
