import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { InstantSample, SeriesPoints } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { compareLabels } from './compare-labels.ts';
import type { Evaluator, RangeSource } from './evaluator.ts';
import type { Grid } from './grid.ts';
import { mergeForAnswer } from './merge.ts';
import { withoutName } from './name-labels.ts';
import { FLOAT, HISTOGRAM, KEEP_NAME, NAME_HIDDEN, Row, type VectorStream } from './stream.ts';
import { Windows } from './windows.ts';

/** True when a row's labels differ from what the answer shows, or rows may be equal once shown. */
function needsMerge(stream: VectorStream): boolean {
  return !stream.distinct || stream.nameMark.some((mark) => mark !== KEEP_NAME);
}

function shown(stream: VectorStream, steps: number): VectorStream {
  if (!needsMerge(stream)) return stream;
  if (stream.distinct && stream.nameMark.every((mark) => mark === NAME_HIDDEN)) {
    return {
      labels: stream.labels.map((labels) => withoutName(labels)),
      nameMark: new Uint8Array(stream.labels.length),
      distinct: true,
      fill: (row, values, present, histograms) => stream.fill(row, values, present, histograms),
    };
  }
  return mergeForAnswer(stream, steps);
}

export async function instantAnswer(
  stream: VectorStream,
  grid: Grid,
  evaluator: Evaluator,
): Promise<readonly InstantSample[]> {
  const answer = shown(stream, 1);
  const row = new Row(1);
  const samples: InstantSample[] = [];
  for (const [i, labels] of answer.labels.entries()) {
    answer.fill(i, row.values, row.present, row.histograms);
    if (row.present[0] === FLOAT) {
      samples.push({ labels, timestampMs: grid.startMs, value: row.values[0] as number });
    } else if (row.present[0] === HISTOGRAM) {
      samples.push({ labels, timestampMs: grid.startMs, value: 0, histogram: row.histograms[0] as NativeHistogram });
    }
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  evaluator.budget.take(samples.length);
  return samples;
}

export async function rangeAnswer(
  stream: VectorStream,
  grid: Grid,
  evaluator: Evaluator,
): Promise<readonly SeriesPoints[]> {
  const { steps } = grid;
  const answer = shown(stream, steps);
  const row = new Row(steps);
  const series: SeriesPoints[] = [];
  for (const [i, labels] of answer.labels.entries()) {
    answer.fill(i, row.values, row.present, row.histograms);
    const floats = countOf(row.present, FLOAT);
    const histograms = row.histograms.length === 0 ? 0 : countOf(row.present, HISTOGRAM);
    if (floats + histograms > 0) {
      evaluator.budget.take(floats + histograms);
      series.push({
        labels,
        ...points(row, floats, grid),
        ...(histograms > 0 ? { histograms: histogramPoints(row, histograms, grid) } : {}),
      });
    }
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  return series.sort((a, b) => compareLabels(a.labels, b.labels));
}

export function scalarAnswer(values: Float64Array, grid: Grid): Pick<SeriesPoints, 'timestampMs' | 'value'> {
  return { timestampMs: times(grid), value: values };
}

/** The raw samples of a range selector, as an instant query gives them. */
export async function matrixAnswer(source: RangeSource, evaluator: Evaluator): Promise<readonly SeriesPoints[]> {
  const samples = new SampleBuffer();
  const windows = new Windows(source.windows);
  const series: SeriesPoints[] = [];
  const seen = new Set<string>();
  for (const [i, labels] of source.labels.entries()) {
    source.read(i, samples);
    windows.place(samples);
    const from = windows.lo[0] as number;
    const to = windows.hi[0] as number;
    if (to > from) {
      const answer = source.nameMark[i] === KEEP_NAME ? labels : withoutName(labels);
      if (seen.has(answer.key))
        throw new VedetteError('PROMQL_EXECUTION', 'vector cannot contain metrics with the same labelset');
      seen.add(answer.key);
      series.push({ labels: answer, ...rawPoints(samples, from, to) });
    }
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  return series.sort((a, b) => compareLabels(a.labels, b.labels));
}

function points(row: Row, count: number, grid: Grid): Pick<SeriesPoints, 'timestampMs' | 'value'> {
  const { steps } = grid;
  if (count === steps) return { timestampMs: times(grid), value: row.values.slice() };
  const timestampMs = new Float64Array(count);
  const value = new Float64Array(count);
  for (let k = 0, at = 0; k < steps; k++) {
    if (row.present[k] !== FLOAT) continue;
    timestampMs[at] = grid.startMs + k * grid.stepMs;
    value[at++] = row.values[k] as number;
  }
  return { timestampMs, value };
}

function times(grid: Grid): Float64Array {
  const timestampMs = new Float64Array(grid.steps);
  for (let k = 0; k < grid.steps; k++) timestampMs[k] = grid.startMs + k * grid.stepMs;
  return timestampMs;
}

function histogramPoints(row: Row, count: number, grid: Grid): NonNullable<SeriesPoints['histograms']> {
  const timestampMs = new Float64Array(count);
  const value: NativeHistogram[] = [];
  for (let k = 0; k < grid.steps; k++) {
    if (row.present[k] !== HISTOGRAM) continue;
    timestampMs[value.length] = grid.startMs + k * grid.stepMs;
    value.push(row.histograms[k] as NativeHistogram);
  }
  return { timestampMs, value };
}

function rawPoints(samples: SampleBuffer, from: number, to: number): Omit<SeriesPoints, 'labels'> {
  const { timestampMs, value, histogram } = samples;
  if (!histogram) return { timestampMs: timestampMs.slice(from, to), value: value.slice(from, to) };
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  const floats = rows.filter((row) => !histogram[row]);
  const others = rows.filter((row) => histogram[row]);
  const times = (wanted: readonly number[]): Float64Array =>
    Float64Array.from(wanted, (row) => timestampMs[row] as number);
  return {
    timestampMs: times(floats),
    value: Float64Array.from(floats, (row) => value[row] as number),
    ...(others.length > 0
      ? { histograms: { timestampMs: times(others), value: others.map((row) => histogram[row] as NativeHistogram) } }
      : {}),
  };
}

function countOf(present: Uint8Array, kind: number): number {
  let count = 0;
  for (let k = 0; k < present.length; k++) if (present[k] === kind) count++;
  return count;
}
