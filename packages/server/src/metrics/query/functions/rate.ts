import type { RangeInput, RangeKernel } from '../exec/range-call.ts';
import { type FunctionFamily, overRange } from './argument.ts';

/**
 * rate, increase and delta with Prometheus' extrapolation to the ends of the window. Counter resets are found once per series and then
 * only those inside a window are looked at: O(samples + steps) while resets are rare.
 */
function extrapolated(options: { readonly counter: boolean; readonly perSecond: boolean }): RangeKernel {
  let resets = new Uint32Array(16);
  return (input, values, present) => {
    const { timestampMs, value, length, lo, hi } = input;
    const { firstEndMs, endStepMs, rangeMs, grid } = input.windows;
    let resetCount = 0;
    if (options.counter) {
      for (let i = 1; i < length; i++) {
        if (!((value[i] as number) < (value[i - 1] as number))) continue;
        if (resetCount === resets.length) {
          const grown = new Uint32Array(resetCount * 2);
          grown.set(resets);
          resets = grown;
        }
        resets[resetCount++] = i;
      }
    }
    let firstReset = 0;
    for (let k = 0; k < grid.steps; k++) {
      const from = lo[k] as number;
      const last = (hi[k] as number) - 1;
      if (last <= from) {
        present[k] = 0;
        continue;
      }
      const first = value[from] as number;
      let change = (value[last] as number) - first;
      while (firstReset < resetCount && (resets[firstReset] as number) <= from) firstReset++;
      for (let r = firstReset; r < resetCount && (resets[r] as number) <= last; r++)
        change += value[(resets[r] as number) - 1] as number;

      const endMs = firstEndMs + k * endStepMs;
      const firstMs = timestampMs[from] as number;
      const lastMs = timestampMs[last] as number;
      const sampled = (lastMs - firstMs) / 1000;
      const average = sampled / (last - from);
      const threshold = average * 1.1;
      let toStart = (firstMs - (endMs - rangeMs)) / 1000;
      let toEnd = (endMs - lastMs) / 1000;
      if (toStart >= threshold) toStart = average / 2;
      if (options.counter && change > 0 && first >= 0) {
        // A counter cannot have been below zero: it is not extrapolated beyond where it would have been zero.
        const toZero = sampled * (first / change);
        if (toZero < toStart) toStart = toZero;
      }
      if (toEnd >= threshold) toEnd = average / 2;
      let factor = (sampled + toStart + toEnd) / sampled;
      if (options.perSecond) factor /= rangeMs / 1000;
      present[k] = 1;
      values[k] = change * factor;
    }
  };
}

/** irate and idelta: the last two samples of the window. */
function instant(rate: boolean): RangeKernel {
  return ({ timestampMs, value, lo, hi, windows }: RangeInput, values, present) => {
    for (let k = 0; k < windows.grid.steps; k++) {
      const last = (hi[k] as number) - 1;
      const before = last - 1;
      if (before < (lo[k] as number)) {
        present[k] = 0;
        continue;
      }
      const elapsedMs = (timestampMs[last] as number) - (timestampMs[before] as number);
      if (elapsedMs === 0) {
        present[k] = 0;
        continue;
      }
      const newest = value[last] as number;
      const previous = value[before] as number;
      present[k] = 1;
      if (rate) values[k] = (newest < previous ? newest : newest - previous) / (elapsedMs / 1000);
      else values[k] = newest - previous;
    }
  };
}

/** changes and resets: differences of a running count. */
function counted(differs: (previous: number, next: number) => boolean): RangeKernel {
  let running = new Uint32Array(256);
  return ({ value, length, lo, hi, windows }: RangeInput, values, present) => {
    if (running.length < length) running = new Uint32Array(length * 2);
    running[0] = 0;
    for (let i = 1; i < length; i++) {
      running[i] = (running[i - 1] as number) + (differs(value[i - 1] as number, value[i] as number) ? 1 : 0);
    }
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      present[k] = to > from ? 1 : 0;
      if (to > from) values[k] = (running[to - 1] as number) - (running[from] as number);
    }
  };
}

export const rateFunctions: FunctionFamily = {
  rate: overRange(extrapolated({ counter: true, perSecond: true })),
  increase: overRange(extrapolated({ counter: true, perSecond: false })),
  delta: overRange(extrapolated({ counter: false, perSecond: false })),
  irate: overRange(instant(true)),
  idelta: overRange(instant(false)),
  changes: overRange(counted((previous, next) => previous !== next && !(Number.isNaN(previous) && Number.isNaN(next)))),
  resets: overRange(counted((previous, next) => next < previous)),
};
