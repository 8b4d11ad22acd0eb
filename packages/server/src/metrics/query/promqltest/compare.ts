import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { compareLabels } from '../exec/compare-labels.ts';
import type { InstantSample, MatrixResult, QueryResult, SeriesPoints } from '../../../model/ports.ts';
import { bucketCounts, writeHistogram } from './histogram-notation.ts';
import type { EvalCommand } from './script.ts';
import type { SeriesPoint } from './series-notation.ts';

/** Relative difference up to which two values count as equal, and the smallest number the ratio is taken of; as upstream. */
const TOLERANCE = 1e-6;
const SMALLEST_NORMAL = 2 ** -1022;

export function nearlyEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < TOLERANCE;
}

/** Equal within the tolerance once empty buckets are left out; the counter reset hint counts when `withHint`. */
export function nearlyEqualHistograms(a: NativeHistogram, b: NativeHistogram, withHint: boolean): boolean {
  return (
    a.schema === b.schema &&
    nearlyEqual(a.count, b.count) &&
    nearlyEqual(a.sum, b.sum) &&
    (!usesCustomBuckets(a) || sameBounds(a.customValues, b.customValues)) &&
    a.zeroThreshold === b.zeroThreshold &&
    nearlyEqual(a.zeroCount, b.zeroCount) &&
    sameBuckets(bucketCounts(a.positiveSpans, a.positiveBuckets), bucketCounts(b.positiveSpans, b.positiveBuckets)) &&
    sameBuckets(bucketCounts(a.negativeSpans, a.negativeBuckets), bucketCounts(b.negativeSpans, b.negativeBuckets)) &&
    (!withHint || a.counterResetHint === b.counterResetHint)
  );
}

function sameBounds(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

function sameBuckets(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  return a.size === b.size && [...a].every(([index, count]) => nearlyEqual(count, b.get(index) ?? NaN));
}

/** Where an answer leaves the script. */
export interface Difference {
  readonly expected: string;
  readonly got: string;
}

/** What differs between the answer and the script, or undefined. */
export function difference(command: EvalCommand, result: QueryResult): Difference | undefined {
  if (command.expectedString !== undefined) {
    const expected = `the string ${JSON.stringify(command.expectedString)}`;
    if (result.type !== 'string') return { expected, got: shownResult(result) };
    return result.value === command.expectedString ? undefined : { expected, got: shownResult(result) };
  }
  if (result.type === 'scalar') {
    if (command.scalar === undefined) return { expected: shownLines(command), got: shownResult(result) };
    return nearlyEqual(result.value, command.scalar)
      ? undefined
      : { expected: `the scalar ${command.scalar}`, got: shownResult(result) };
  }
  if (command.scalar !== undefined) return { expected: `the scalar ${command.scalar}`, got: shownResult(result) };
  if (result.type === 'string') return { expected: shownLines(command), got: shownResult(result) };
  return result.type === 'matrix' ? matrixDifference(command, result) : vectorDifference(command, result.samples);
}

function shownResult(result: QueryResult): string {
  switch (result.type) {
    case 'scalar':
      return `the scalar ${result.value}`;
    case 'string':
      return `the string ${JSON.stringify(result.value)}`;
    case 'vector':
      return shownVector(result.samples);
    case 'matrix':
      return result.series.map(shownSeries).join('; ') || 'nothing';
  }
}

function sampleMatches(want: SeriesPoint | undefined, value: number, histogram: NativeHistogram | undefined): boolean {
  if (typeof want === 'number') return histogram === undefined && nearlyEqual(value, want);
  if (typeof want !== 'object' || histogram === undefined) return false;
  return nearlyEqualHistograms(want.histogram, histogram, want.hintGiven);
}

function shownPoint(point: SeriesPoint | undefined): string {
  if (point === 'missing') return '_';
  return typeof point === 'object' ? writeHistogram(point.histogram) : String(point ?? '_');
}

function shownLines(command: EvalCommand): string {
  return (
    command.series.map((line) => `${line.labels} ${line.points.map(shownPoint).join(' ')}`).join('; ') || 'nothing'
  );
}

function shownSample(sample: Pick<InstantSample, 'value' | 'histogram'>): string {
  return sample.histogram ? writeHistogram(sample.histogram) : String(sample.value);
}

function shownVector(samples: readonly InstantSample[]): string {
  return samples.map((sample) => `${sample.labels} ${shownSample(sample)}`).join('; ') || 'nothing';
}

export function vectorDifference(command: EvalCommand, samples: readonly InstantSample[]): Difference | undefined {
  if (samples.length !== command.series.length) return { expected: shownLines(command), got: shownVector(samples) };
  for (const [i, line] of command.series.entries()) {
    const at = samples.findIndex((sample) => sample.labels.equals(line.labels));
    const sample = samples[at];
    if (!sample) return { expected: shownLines(command), got: shownVector(samples) };
    if (command.ordered && at !== i)
      return { expected: `${line.labels} at place ${i + 1}`, got: `place ${at + 1}: ${shownVector(samples)}` };
    const want = line.points[0];
    if (!sampleMatches(want, sample.value, sample.histogram))
      return { expected: `${line.labels} ${shownPoint(want)}`, got: shownSample(sample) };
  }
  return undefined;
}

function matrixDifference(command: EvalCommand, result: MatrixResult): Difference | undefined {
  if (command.ordered) return { expected: 'series in an order', got: 'a matrix' };
  const { startMs, stepMs, endMs } = command.rangeVector ?? command;
  const unsorted = unsortedAfter(result);
  if (unsorted)
    return { expected: 'series in the order of their labels', got: `${unsorted} before what sorts ahead of it` };
  const wanted = command.series.filter((line) => line.points.some((point) => point !== 'missing'));
  if (result.series.length !== wanted.length) return { expected: shownLines(command), got: shownResult(result) };
  for (const line of wanted) {
    const series = result.series.find((candidate) => candidate.labels.equals(line.labels));
    const expected = `${line.labels} ${line.points.map(shownPoint).join(' ')}`;
    if (!series) return { expected, got: shownResult(result) };
    const points = new Map<number, SeriesPoint>();
    for (const [k, point] of line.points.entries()) {
      const timestampMs = startMs + k * stepMs;
      if (timestampMs > endMs)
        return { expected, got: `a range that ends at ${endMs} ms, before the ${k + 1}th point` };
      if (point !== 'missing') points.set(timestampMs, point);
    }
    const samples = samplesOf(series);
    if (points.size !== samples.size) return { expected, got: shownSeries(series) };
    for (const [timestampMs, sample] of samples) {
      if (!sampleMatches(points.get(timestampMs), sample.value, sample.histogram))
        return { expected, got: `${shownSeries(series)} (first difference at ${timestampMs} ms)` };
    }
  }
  return undefined;
}

/** The first series that stands before one that sorts ahead of it. */
export function unsortedAfter(result: MatrixResult): string | undefined {
  return result.series
    .find((series, i) => {
      const next = result.series[i + 1];
      return next !== undefined && compareLabels(series.labels, next.labels) > 0;
    })
    ?.labels.toString();
}

/** Floats and histograms of a series in one, by time. */
export function samplesOf(series: SeriesPoints): ReadonlyMap<number, Pick<InstantSample, 'value' | 'histogram'>> {
  const samples: [number, Pick<InstantSample, 'value' | 'histogram'>][] = [];
  for (const [i, timestampMs] of series.timestampMs.entries())
    samples.push([timestampMs, { value: series.value[i] as number }]);
  const { histograms } = series;
  for (const [i, histogram] of histograms?.value.entries() ?? [])
    samples.push([histograms?.timestampMs[i] as number, { value: 0, histogram }]);
  return new Map(samples.sort(([a], [b]) => a - b));
}

function shownSeries(series: SeriesPoints): string {
  return `${series.labels} ${[...samplesOf(series).values()].map(shownSample).join(' ')}`;
}
