import type { SeriesSet } from '../../../model/ports.ts';
import type { Labels } from '../../../model/labels.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { type HistogramRun, readRun } from './histogram-chunk.ts';
import { type HistogramSample, hintBehind } from './histogram-sample.ts';
import { type StartEntry, fillStartTimes } from './start-times.ts';

/** What one series has beside its float samples. */
export interface BesideSeries {
  /** Ascending, from the table. */
  stored: HistogramSample[];
  /** Ascending, from memory: of equal times these count. */
  readonly recent: readonly HistogramRun[];
  storedStarts: StartEntry[];
  readonly recentStarts: readonly StartEntry[];
}

/** A selection of float samples with the histograms and start times of its series. */
export class MergedSeries implements SeriesSet {
  readonly labels: readonly Labels[];
  readonly #floats: SeriesSet;
  /** By place in the selection; only those that have anything. */
  readonly #beside: ReadonlyMap<number, BesideSeries>;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #scratch = new SampleBuffer();

  constructor(floats: SeriesSet, beside: ReadonlyMap<number, BesideSeries>, startMs: number, endMs: number) {
    this.labels = floats.labels;
    this.#floats = floats;
    this.#beside = beside;
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  read(index: number, into: SampleBuffer): void {
    const beside = this.#beside.get(index);
    if (beside === undefined) return this.#floats.read(index, into);
    if (beside.stored.length === 0 && beside.recent.length === 0) {
      this.#floats.read(index, into);
    } else {
      this.#floats.read(index, this.#scratch);
      this.#merge(this.#scratch, histogramsOf(beside, this.#startMs, this.#endMs), into);
    }
    const { storedStarts, recentStarts } = beside;
    if (into.length === 0 || storedStarts.length + recentStarts.length === 0) return;
    into.startLast(0);
    fillStartTimes(into.timestampMs, into.length, storedStarts, recentStarts, into.startTimestampMs as Float64Array);
  }

  /** Of a float and a histogram for one time the histogram counts. */
  #merge(floats: SampleBuffer, histograms: readonly HistogramSample[], into: SampleBuffer): void {
    into.clear();
    let row = 0;
    let previousMs: number | undefined;
    for (const sample of histograms) {
      const { timestampMs, value } = sample;
      const from = row;
      while (row < floats.length && (floats.timestampMs[row] as number) < timestampMs) row++;
      appendFloats(floats, from, row, into);
      if (row < floats.length && floats.timestampMs[row] === timestampMs) row++;
      const counterResetHint = hintBehind(sample, previousMs);
      into.pushHistogram(
        timestampMs,
        counterResetHint === value.counterResetHint ? value : { ...value, counterResetHint },
      );
      previousMs = timestampMs;
    }
    appendFloats(floats, row, floats.length, into);
  }
}

/** Copied array to array, so that NaN payloads stay. */
function appendFloats(floats: SampleBuffer, from: number, to: number, into: SampleBuffer): void {
  if (to <= from) return;
  into.reserve(to - from);
  into.timestampMs.set(floats.timestampMs.subarray(from, to), into.length);
  into.value.set(floats.value.subarray(from, to), into.length);
  into.length += to - from;
  if (into.histogram !== undefined) for (let row = from; row < to; row++) into.histogram.push(undefined);
}

function histogramsOf(beside: BesideSeries, fromMs: number, toMs: number): readonly HistogramSample[] {
  const recent: HistogramSample[] = [];
  for (const run of beside.recent) readRun(run, fromMs, toMs, (sample) => recent.push(sample));
  const { stored } = beside;
  if (stored.length === 0) return recent;
  if (recent.length === 0) return stored;
  const merged: HistogramSample[] = [];
  let at = 0;
  for (const sample of recent) {
    for (; at < stored.length && (stored[at] as HistogramSample).timestampMs < sample.timestampMs; at++)
      merged.push(stored[at] as HistogramSample);
    if (stored[at]?.timestampMs === sample.timestampMs) at++;
    merged.push(sample);
  }
  for (; at < stored.length; at++) merged.push(stored[at] as HistogramSample);
  return merged;
}
