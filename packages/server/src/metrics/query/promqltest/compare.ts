import type { MatrixResult, QueryResult } from '../../../model/ports.ts';
import type { EvalCommand } from './script.ts';
import type { SeriesPoint } from './series-notation.ts';

/** Relative difference up to which two values count as equal. */
const TOLERANCE = 1e-6;

/** What counts as zero. */
const ZERO_TOLERANCE = 1e-12;

export function nearlyEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0) return difference < ZERO_TOLERANCE;
  return difference / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < TOLERANCE;
}

/** What differs between the answer and the script, or undefined. */
export function difference(command: EvalCommand, result: QueryResult): string | undefined {
  if (command.expectedString !== undefined) {
    if (result.type !== 'string') return `got a ${result.type}, want a string`;
    return result.value === command.expectedString
      ? undefined
      : `got ${JSON.stringify(result.value)}, want ${JSON.stringify(command.expectedString)}`;
  }
  if (result.type === 'scalar') {
    if (command.scalar === undefined) return `got the scalar ${result.value}, want series`;
    return nearlyEqual(result.value, command.scalar) ? undefined : `got ${result.value}, want ${command.scalar}`;
  }
  if (command.scalar !== undefined) return `got a ${result.type}, want the scalar ${command.scalar}`;
  if (result.type === 'string') return 'got a string, want series';
  return result.type === 'matrix' ? matrixDifference(command, result) : vectorDifference(command, result);
}

function vectorDifference(command: EvalCommand, result: QueryResult & { readonly type: 'vector' }): string | undefined {
  if (result.samples.length !== command.series.length) {
    return `got ${result.samples.length} series, want ${command.series.length}: ${result.samples.map((s) => `${s.labels} ${s.value}`).join('; ')}`;
  }
  for (const [i, expected] of command.series.entries()) {
    const at = result.samples.findIndex((sample) => sample.labels.equals(expected.labels));
    const sample = result.samples[at];
    if (!sample)
      return `no series ${expected.labels}; got ${result.samples.map((s) => `${s.labels} ${s.value}`).join('; ')}`;
    if (command.ordered && at !== i) return `${expected.labels} is at place ${at}, want ${i}`;
    const want = expected.points[0];
    if (typeof want !== 'number' || !nearlyEqual(sample.value, want))
      return `${expected.labels} is ${sample.value}, want ${String(want)}`;
  }
  return undefined;
}

function matrixDifference(command: EvalCommand, result: MatrixResult): string | undefined {
  const { startMs, stepMs } = command.rangeVector ?? command;
  const wanted = command.series.filter((line) => line.points.some((point) => point !== 'missing'));
  if (result.series.length !== wanted.length) {
    return `got ${result.series.length} series, want ${wanted.length}: ${result.series.map((s) => `${s.labels} ${s.value.join(' ')}`).join('; ')}`;
  }
  for (const line of wanted) {
    const got = result.series.find((series) => series.labels.equals(line.labels));
    if (!got) return `no series ${line.labels}; got ${result.series.map((s) => s.labels.toString()).join('; ')}`;
    const points = new Map<number, SeriesPoint>();
    for (const [k, point] of line.points.entries()) if (point !== 'missing') points.set(startMs + k * stepMs, point);
    if (points.size !== got.value.length)
      return `${line.labels} has ${got.value.length} points, want ${points.size}: ${got.value.join(' ')}`;
    for (const [k, timestampMs] of got.timestampMs.entries()) {
      const want = points.get(timestampMs);
      const value = got.value[k] as number;
      if (typeof want !== 'number' || !nearlyEqual(value, want))
        return `${line.labels} at ${timestampMs} ms is ${value}, want ${String(want)}`;
    }
  }
  return undefined;
}
