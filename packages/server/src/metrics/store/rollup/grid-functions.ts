import type { GridFunction } from '../../../model/ports.ts';
import type { BucketRows } from './bucket-rows.ts';

/** Windows whose ends and ranges are multiples of the resolution; see GridRequest. */
export interface GridWindows {
  readonly firstEndMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly rangeMs: number;
}

/** The columns that a function needs, besides id, endMs, count and endsStale. */
export const COLUMNS_OF: Readonly<Record<GridFunction, readonly (keyof BucketRows)[]>> = {
  last: ['last', 'lastMs'],
  rate: ['first', 'last', 'firstMs', 'lastMs', 'correction'],
  increase: ['first', 'last', 'firstMs', 'lastMs', 'correction'],
  delta: ['first', 'last', 'firstMs', 'lastMs'],
  changes: ['first', 'last', 'changes'],
  resets: ['first', 'last', 'resets'],
  sum_over_time: ['sum'],
  avg_over_time: ['sum'],
  min_over_time: ['min'],
  max_over_time: ['max'],
  count_over_time: [],
  last_over_time: ['last'],
  first_over_time: ['first'],
  present_over_time: [],
};

/** One value of the window that is made of rows [lo, hi), each with at least one sample; NaN-valued answers are answers. */
type WindowFunction = (
  rows: BucketRows,
  lo: number,
  hi: number,
  windows: GridWindows,
  endMs: number,
) => number | undefined;

/**
 * Computes a function at every step from the rows [from, to) of one series, ascending by time. Rows of buckets outside all windows may be
 * among them.
 */
export function fillGrid(
  name: GridFunction,
  rows: BucketRows,
  from: number,
  to: number,
  windows: GridWindows,
  values: Float64Array,
  present: Uint8Array,
): void {
  if (name === 'last') return fillLast(rows, from, to, windows, values, present);
  const compute = FUNCTIONS[name];
  let lo = from;
  let hi = from;
  for (let k = 0; k < windows.steps; k++) {
    const endMs = windows.firstEndMs + k * windows.stepMs;
    while (hi < to && (rows.endMs[hi] as number) <= endMs) hi++;
    while (lo < hi && (rows.endMs[lo] as number) <= endMs - windows.rangeMs) lo++;
    const value = compute(rows, lo, hi, windows, endMs);
    present[k] = value === undefined ? 0 : 1;
    if (value !== undefined) values[k] = value;
  }
}

/**
 * An instant selector: the newest sample, unless it is a stale marker or older than the lookback, which may be shorter than a bucket; then
 * the window holds the one bucket that ends with it.
 */
function fillLast(
  rows: BucketRows,
  from: number,
  to: number,
  windows: GridWindows,
  values: Float64Array,
  present: Uint8Array,
): void {
  let hi = from;
  for (let k = 0; k < windows.steps; k++) {
    const endMs = windows.firstEndMs + k * windows.stepMs;
    while (hi < to && (rows.endMs[hi] as number) <= endMs) hi++;
    let row = hi - 1;
    while (row >= from && rows.count[row] === 0 && rows.endsStale[row] === 0) row--;
    const here = row >= from && rows.endsStale[row] === 0 && (rows.lastMs[row] as number) > endMs - windows.rangeMs;
    present[k] = here ? 1 : 0;
    if (here) values[k] = rows.last[row] as number;
  }
}

const FUNCTIONS: Readonly<Record<Exclude<GridFunction, 'last'>, WindowFunction>> = {
  rate: extrapolated(true, true),
  increase: extrapolated(true, false),
  delta: extrapolated(false, false),
  changes: counted((rows, row) => rows.changes[row] as number, differs),
  resets: counted(
    (rows, row) => rows.resets[row] as number,
    (before, next) => next < before,
  ),
  sum_over_time: (rows, lo, hi) => total(rows, lo, hi)?.sum,
  avg_over_time: (rows, lo, hi) => {
    const all = total(rows, lo, hi);
    return all && all.sum / all.count;
  },
  min_over_time: extreme(
    (rows) => rows.min,
    (a, b) => b < a,
  ),
  max_over_time: extreme(
    (rows) => rows.max,
    (a, b) => b > a,
  ),
  count_over_time: (rows, lo, hi) => {
    const count = countOf(rows, lo, hi);
    return count === 0 ? undefined : count;
  },
  last_over_time: (rows, lo, hi) => {
    const row = newest(rows, lo, hi);
    return row < 0 ? undefined : (rows.last[row] as number);
  },
  first_over_time: (rows, lo, hi) => {
    const row = oldest(rows, lo, hi);
    return row < 0 ? undefined : (rows.first[row] as number);
  },
  present_over_time: (rows, lo, hi) => (countOf(rows, lo, hi) === 0 ? undefined : 1),
};

function countOf(rows: BucketRows, lo: number, hi: number): number {
  let count = 0;
  for (let row = lo; row < hi; row++) count += rows.count[row] as number;
  return count;
}

function oldest(rows: BucketRows, lo: number, hi: number): number {
  for (let row = lo; row < hi; row++) if ((rows.count[row] as number) > 0) return row;
  return -1;
}

function newest(rows: BucketRows, lo: number, hi: number): number {
  for (let row = hi - 1; row >= lo; row--) if ((rows.count[row] as number) > 0) return row;
  return -1;
}

function total(rows: BucketRows, lo: number, hi: number): { readonly sum: number; readonly count: number } | undefined {
  let sum = 0;
  let lost = 0;
  let count = 0;
  for (let row = lo; row < hi; row++) {
    if (rows.count[row] === 0) continue;
    count += rows.count[row] as number;
    const x = rows.sum[row] as number;
    const next = sum + x;
    if (next === Infinity || next === -Infinity) lost = 0;
    else lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  if (count === 0) return undefined;
  return { sum: Number.isFinite(sum) ? sum + lost : sum, count };
}

function extreme(
  column: (rows: BucketRows) => Float64Array,
  better: (a: number, b: number) => boolean,
): WindowFunction {
  return (rows, lo, hi) => {
    const values = column(rows);
    let found = false;
    let best = Number.NaN;
    for (let row = lo; row < hi; row++) {
      if (rows.count[row] === 0) continue;
      found = true;
      const x = values[row] as number;
      if (Number.isNaN(best) || better(best, x)) best = x;
    }
    return found ? best : undefined;
  };
}

function differs(before: number, next: number): boolean {
  return before !== next && !(Number.isNaN(before) && Number.isNaN(next));
}

/** What happened inside buckets, and from each bucket to the next. */
function counted(
  inside: (rows: BucketRows, row: number) => number,
  between: (before: number, next: number) => boolean,
): WindowFunction {
  return (rows, lo, hi) => {
    let before = -1;
    let count = 0;
    for (let row = lo; row < hi; row++) {
      if (rows.count[row] === 0) continue;
      count += inside(rows, row);
      if (before >= 0 && between(rows.last[before] as number, rows.first[row] as number)) count++;
      before = row;
    }
    return before < 0 ? undefined : count;
  };
}

/** rate, increase and delta with Prometheus' extrapolation, from first and last sample and the resets between them. */
function extrapolated(counter: boolean, perSecond: boolean): WindowFunction {
  return (rows, lo, hi, { rangeMs }, endMs) => {
    const count = countOf(rows, lo, hi);
    if (count < 2) return undefined;
    const oldestRow = oldest(rows, lo, hi);
    const newestRow = newest(rows, lo, hi);
    const first = rows.first[oldestRow] as number;
    let change = (rows.last[newestRow] as number) - first;
    if (counter) {
      let before = -1;
      for (let row = oldestRow; row <= newestRow; row++) {
        if (rows.count[row] === 0) continue;
        if (before >= 0 && (rows.first[row] as number) < (rows.last[before] as number))
          change += rows.last[before] as number;
        change += rows.correction[row] as number;
        before = row;
      }
    }
    const firstMs = rows.firstMs[oldestRow] as number;
    const lastMs = rows.lastMs[newestRow] as number;
    const sampled = (lastMs - firstMs) / 1000;
    const average = sampled / (count - 1);
    const threshold = average * 1.1;
    let toStart = (firstMs - (endMs - rangeMs)) / 1000;
    let toEnd = (endMs - lastMs) / 1000;
    if (toStart >= threshold) toStart = average / 2;
    if (counter && change > 0 && first >= 0) {
      // A counter cannot have been below zero: it is not extrapolated beyond where it would have been zero.
      const toZero = sampled * (first / change);
      if (toZero < toStart) toStart = toZero;
    }
    if (toEnd >= threshold) toEnd = average / 2;
    let factor = (sampled + toStart + toEnd) / sampled;
    if (perSecond) factor /= rangeMs / 1000;
    return change * factor;
  };
}
