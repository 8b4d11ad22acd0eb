import { type ExtendedWindows, boundariesOf, interpolate } from '../exec/extended-windows.ts';
import type { RangeInput, RangeKernel } from '../exec/range-call.ts';

/** The kernels of functions that work on `anchored` and `smoothed` ranges (experimental). */

/** rate, increase and delta from one end of the window to the other: nothing is extrapolated. */
export function extendedChange(options: { readonly counter: boolean; readonly perSecond: boolean }): RangeKernel {
  return (input, values, present) => {
    const extended = extendedOf(input);
    const { endStepMs, grid } = input.windows;
    for (let k = 0; k < grid.steps; k++) {
      const endMs = extended.firstEndMs + k * endStepMs;
      const startMs = endMs - extended.rangeMs;
      const change = changeOver(input, k, startMs, endMs, extended.kind === 'smoothed', options.counter);
      present[k] = change === undefined ? 0 : 1;
      if (change !== undefined) values[k] = options.perSecond ? change / (extended.rangeMs / 1000) : change;
    }
  };
}

function changeOver(
  { timestampMs, value, lo, hi }: RangeInput,
  step: number,
  startMs: number,
  endMs: number,
  smoothed: boolean,
  isCounter: boolean,
): number | undefined {
  const from = lo[step] as number;
  const window = { startMs, endMs };
  const found = boundariesOf(timestampMs, from, hi[step] as number, window, smoothed ? 'smoothed' : 'anchored');
  if (!found) return undefined;
  let { first, last } = found;
  const firstMs = timestampMs[first] as number;
  const lastMs = timestampMs[last] as number;
  const left =
    smoothed && firstMs < startMs
      ? interpolate(timestampMs, value, first, startMs, isCounter)
      : (value[first] as number);
  const right =
    smoothed && last > from && lastMs > endMs
      ? interpolate(timestampMs, value, last - 1, endMs, isCounter)
      : (value[last] as number);
  if (!isCounter) return right - left;
  // Resets at the ends are part of the interpolation.
  if (firstMs <= startMs) first++;
  if (lastMs >= endMs) last--;
  let change = right - left;
  let previous = left;
  for (let i = first; i <= last; i++) {
    const next = value[i] as number;
    if (next < previous) change += previous;
    previous = next;
  }
  return right < previous ? change + previous : change;
}

/** changes and resets of an anchored range: the sample before the window is the first to be compared with. */
export function anchoredCount(differs: (previous: number, next: number) => boolean): RangeKernel {
  return (input, values, present) => {
    const { timestampMs, value, lo, hi } = input;
    const extended = extendedOf(input);
    const { endStepMs, grid } = input.windows;
    for (let k = 0; k < grid.steps; k++) {
      const endMs = extended.firstEndMs + k * endStepMs;
      const window = { startMs: endMs - extended.rangeMs, endMs };
      const found = boundariesOf(timestampMs, lo[k] as number, hi[k] as number, window, 'anchored');
      present[k] = found ? 1 : 0;
      if (!found) continue;
      let count = 0;
      for (let i = found.first + 1; i <= found.last; i++)
        if (differs(value[i - 1] as number, value[i] as number)) count++;
      values[k] = count;
    }
  };
}

function extendedOf({ windows }: RangeInput): ExtendedWindows {
  if (!windows.extended) throw new Error('a range that is not extended reached a function of extended ranges');
  return windows.extended;
}
