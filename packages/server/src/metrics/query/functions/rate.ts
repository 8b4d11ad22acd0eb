import type { RangeInput, RangeKernel } from '../exec/range-call.ts';
import { type FunctionFamily, overRange } from './argument.ts';
import { anchoredCount, extendedChange } from './extended-range.ts';
import { countedSteps, histogramChange, lastTwo } from './histogram-rate.ts';
import { noteOverlap, startedAnew } from './start-times.ts';

/**
 * rate, increase and delta with Prometheus' extrapolation to the ends of the window. Counter resets are found once per series and then
 * only those inside a window are looked at: O(samples + steps) while resets are rare.
 */
function extrapolated(options: { readonly counter: boolean; readonly perSecond: boolean }): RangeKernel {
  let resets = new Uint32Array(16);
  return (input, values, present) => {
    const { timestampMs, value, startTimestampMs, length, lo, hi } = input;
    const { firstEndMs, endStepMs, rangeMs, grid } = input.windows;
    let resetCount = 0;
    if (options.counter) {
      for (let i = 1; i < length; i++) {
        if (!((value[i] as number) < (value[i - 1] as number) || beganAnew(input, i))) continue;
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
      const endMs = firstEndMs + k * endStepMs;
      const firstMs = timestampMs[from] as number;
      const startMs = options.counter && last >= from ? (startTimestampMs?.[from] ?? 0) : 0;
      // A counter that began inside the window was 0 then: the rest of the window is not guessed.
      const beganInside = startMs !== 0 && startMs > endMs - rangeMs && startMs < firstMs;
      if (last < from || (last === from && !beganInside)) {
        present[k] = 0;
        continue;
      }
      if (options.counter && startTimestampMs) noteOverlap(input, from, last);
      const first = value[from] as number;
      let change = (value[last] as number) - first;
      while (firstReset < resetCount && (resets[firstReset] as number) <= from) firstReset++;
      for (let r = firstReset; r < resetCount && (resets[r] as number) <= last; r++)
        change += value[(resets[r] as number) - 1] as number;

      const lastMs = timestampMs[last] as number;
      let sampled = (lastMs - firstMs) / 1000;
      const average = last > from ? sampled / (last - from) : 0;
      const threshold = average * 1.1;
      let toStart = (firstMs - (endMs - rangeMs)) / 1000;
      let toEnd = (endMs - lastMs) / 1000;
      if (beganInside) {
        toStart = 0;
        sampled = (lastMs - startMs) / 1000;
        change += first;
      } else if (toStart >= threshold) toStart = average / 2;
      if (!beganInside && options.counter && change > 0 && first >= 0) {
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
  return (input, values, present) => {
    const { timestampMs, value, lo, hi, windows } = input;
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
      if (rate)
        values[k] = (newest < previous || beganAnew(input, last) ? newest : newest - previous) / (elapsedMs / 1000);
      else values[k] = newest - previous;
    }
  };
}

/** changes and resets: differences of a running count. */
function counted(
  differs: (previous: number, next: number) => boolean,
  options: { readonly resets: boolean },
): RangeKernel {
  let running = new Uint32Array(256);
  return (input, values, present) => {
    const { value, length, lo, hi, windows } = input;
    if (running.length < length) running = new Uint32Array(length * 2);
    running[0] = 0;
    for (let i = 1; i < length; i++) {
      const differ = differs(value[i - 1] as number, value[i] as number) || (options.resets && beganAnew(input, i));
      running[i] = (running[i - 1] as number) + (differ ? 1 : 0);
    }
    for (let k = 0; k < windows.grid.steps; k++) {
      const from = lo[k] as number;
      const to = hi[k] as number;
      present[k] = to > from ? 1 : 0;
      if (to > from) values[k] = (running[to - 1] as number) - (running[from] as number);
    }
  };
}

/** True when the start times say that the counter began anew before sample i, which is not the first. */
function beganAnew({ timestampMs, startTimestampMs }: RangeInput, i: number): boolean {
  if (!startTimestampMs) return false;
  return startedAnew(
    startTimestampMs[i - 1] as number,
    timestampMs[i - 1] as number,
    startTimestampMs[i] as number,
    timestampMs[i] as number,
  );
}

function changed(previous: number, next: number): boolean {
  return previous !== next && !(Number.isNaN(previous) && Number.isNaN(next));
}

function fell(previous: number, next: number): boolean {
  return next < previous;
}

/** The plain kernel, or the extended one for `anchored` and `smoothed` ranges. */
function either(plain: RangeKernel, extended: RangeKernel): RangeKernel {
  return (input, values, present) =>
    input.windows.extended ? extended(input, values, present) : plain(input, values, present);
}

function changeFunction(options: { readonly counter: boolean; readonly perSecond: boolean }): RangeKernel {
  return either(extrapolated(options), extendedChange(options));
}

const RATE = { counter: true, perSecond: true };
const INCREASE = { counter: true, perSecond: false };
const DELTA = { counter: false, perSecond: false };

export const rateFunctions: FunctionFamily = {
  rate: overRange(changeFunction(RATE), { keepName: false, histograms: histogramChange(RATE) }),
  increase: overRange(changeFunction(INCREASE), { keepName: false, histograms: histogramChange(INCREASE) }),
  delta: overRange(changeFunction(DELTA), { keepName: false, histograms: histogramChange(DELTA) }),
  irate: overRange(instant(true), { keepName: false, histograms: lastTwo(true) }),
  idelta: overRange(instant(false), { keepName: false, histograms: lastTwo(false) }),
  changes: overRange(either(counted(changed, { resets: false }), anchoredCount(changed)), {
    keepName: false,
    histograms: countedSteps('changes'),
  }),
  resets: overRange(either(counted(fell, { resets: true }), anchoredCount(fell)), {
    keepName: false,
    histograms: countedSteps('resets'),
  }),
};
