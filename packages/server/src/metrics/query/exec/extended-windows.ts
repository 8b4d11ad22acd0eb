import type { WindowGrid } from './grid.ts';

/** The windows of an `anchored` or `smoothed` selector, which also look at samples outside of them. */
export interface ExtendedWindows {
  readonly kind: 'anchored' | 'smoothed';
  /** Right end of the first window proper; the next ones follow with the same step. */
  readonly firstEndMs: number;
  /** Length of the windows proper. */
  readonly rangeMs: number;
}

/**
 * Windows that hold what lies in front of the given ones, up to the lookback (anchored), or on both sides of them (smoothed). Functions
 * that know of it find the windows proper in `extended`.
 */
export function extendWindows(windows: WindowGrid, kind: ExtendedWindows['kind'], lookbackMs: number): WindowGrid {
  const { firstEndMs, rangeMs } = windows;
  const extended = { kind, firstEndMs, rangeMs };
  if (kind === 'anchored') return { ...windows, rangeMs: rangeMs + lookbackMs, extended };
  return { ...windows, firstEndMs: firstEndMs + lookbackMs, rangeMs: rangeMs + 2 * lookbackMs, extended };
}

/** Index of the first of the ascending times in [from, to) that is at or after the given one; `to` when none is. */
export function firstAtOrAfter(timestampMs: Float64Array, from: number, to: number, atMs: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestampMs[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Which samples of a widened window stand for the window proper; both ends included. */
export interface Boundaries {
  readonly first: number;
  readonly last: number;
}

/**
 * The samples at or around the ends of the window (startMs, endMs]: the last one at or before its start, or else the first one; and the
 * last one, or for `smoothed` the first one at or after its end. Undefined when there is nothing to measure.
 */
export function boundariesOf(
  timestampMs: Float64Array,
  from: number,
  to: number,
  window: { readonly startMs: number; readonly endMs: number },
  kind: ExtendedWindows['kind'],
): Boundaries | undefined {
  if (to <= from) return undefined;
  const newest = to - 1;
  const first = Math.max(from, firstAtOrAfter(timestampMs, from, newest, window.startMs + 1) - 1);
  const last = kind === 'smoothed' ? firstAtOrAfter(timestampMs, from, newest, window.endMs) : newest;
  if ((timestampMs[last] as number) <= window.startMs) return undefined;
  if (kind === 'smoothed' && (timestampMs[first] as number) > window.endMs) return undefined;
  return { first, last };
}

/** The value on the line between two samples; over a reset a counter is taken to have begun at 0. */
export function interpolate(
  timestampMs: Float64Array,
  value: Float64Array,
  before: number,
  atMs: number,
  isCounter: boolean,
): number {
  const y1 = value[before] as number;
  const y2 = value[before + 1] as number;
  const x1 = timestampMs[before] as number;
  const from = isCounter && y2 < y1 ? 0 : y1;
  return from + ((y2 - from) * (atMs - x1)) / ((timestampMs[before + 1] as number) - x1);
}
