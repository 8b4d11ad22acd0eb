import type { RangeInput, RangeKernel } from '../exec/range-call.ts';
import { type FunctionFamily, overRange } from './argument.ts';
import { anchoredCount, extendedChange } from './extended-range.ts';
import { countedSteps, histogramChange, lastTwo } from './histogram-rate.ts';
import { noteOverlap, startedAnew } from './start-times.ts';

interface ChangeOptions {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/**
 * rate, increase and delta with Prometheus' extrapolation to the ends of the window. Counter resets are found once per series and then
 * only those inside a window are looked at: O(samples + steps) while resets are rare.
 */
function extrapolated(options: ChangeOptions): RangeKernel {
  const { counter, perSecond } = options;
  const resets = new ResetList();
  const extrapolation = new Extrapolation(perSecond);
  return (input, values, present) => {
    if (counter && input.startTimestampMs) {
      withStartTimes(input, input.startTimestampMs, perSecond, resets, values, present);
      return;
    }
    const { value, lo, hi } = input;
    extrapolation.set(input);
    const { factor, sampled, toStart, toEnd, perRange } = extrapolation;
    if (counter) resets.find(input);
    else resets.clear();
    const { steps } = input.windows.grid;
    for (let k = 0; k < steps; k++) {
      const from = lo[k] as number;
      const last = (hi[k] as number) - 1;
      if (last <= from) {
        present[k] = 0;
        continue;
      }
      const first = value[from] as number;
      let change = (value[last] as number) - first;
      if (resets.count > 0) change += resets.lost(value, from, last);
      let by = factor[k] as number;
      // From twice the change on, zero lies further back than any extrapolation: most counters are spared a division.
      if (counter && change > 0 && first >= 0 && first < 2 * change) {
        // A counter cannot have been below zero: it is not extrapolated beyond where it would have been zero.
        const seconds = sampled[k] as number;
        const toZero = seconds * (first / change);
        if (toZero < (toStart[k] as number)) by = (seconds + toZero + (toEnd[k] as number)) / seconds / perRange;
      }
      present[k] = 1;
      values[k] = change * by;
    }
  };
}

/** What of the extrapolation follows from timestamps and windows alone, in seconds by step: the same for all series of a placement. */
class Extrapolation {
  readonly #perSecond: boolean;
  #placement = 0;
  factor = new Float64Array(0);
  sampled = new Float64Array(0);
  toStart = new Float64Array(0);
  toEnd = new Float64Array(0);
  /** Seconds that the change is divided by. */
  perRange = 1;

  constructor(perSecond: boolean) {
    this.#perSecond = perSecond;
  }

  set({ timestampMs, lo, hi, windows, placement }: RangeInput): void {
    if (placement === this.#placement) return;
    this.#placement = placement;
    const { firstEndMs, endStepMs, rangeMs, grid } = windows;
    if (this.factor.length < grid.steps) {
      this.factor = new Float64Array(grid.steps);
      this.sampled = new Float64Array(grid.steps);
      this.toStart = new Float64Array(grid.steps);
      this.toEnd = new Float64Array(grid.steps);
    }
    const { factor, sampled, toStart, toEnd } = this;
    const perRange = this.#perSecond ? rangeMs / 1000 : 1;
    this.perRange = perRange;
    for (let k = 0; k < grid.steps; k++) {
      const from = lo[k] as number;
      const last = (hi[k] as number) - 1;
      if (last <= from) continue;
      const endMs = firstEndMs + k * endStepMs;
      const firstMs = timestampMs[from] as number;
      const lastMs = timestampMs[last] as number;
      const seconds = (lastMs - firstMs) / 1000;
      const average = seconds / (last - from);
      const threshold = average * 1.1;
      let before = (firstMs - (endMs - rangeMs)) / 1000;
      let behind = (endMs - lastMs) / 1000;
      if (before >= threshold) before = average / 2;
      if (behind >= threshold) behind = average / 2;
      sampled[k] = seconds;
      toStart[k] = before;
      toEnd[k] = behind;
      factor[k] = (seconds + before + behind) / seconds / perRange;
    }
  }
}

/** Where a counter began anew. */
class ResetList {
  #at = new Uint32Array(16);
  /** Those before this one lie before all windows to come. */
  #first = 0;
  count = 0;

  clear(): void {
    this.count = 0;
    this.#first = 0;
  }

  find(input: RangeInput): void {
    this.clear();
    const { value, length, startTimestampMs } = input;
    let previous = value[0] as number;
    for (let i = 1; i < length; i++) {
      const next = value[i] as number;
      if (next < previous || (startTimestampMs !== undefined && beganAnew(input, i))) this.#add(i);
      previous = next;
    }
  }

  /** What the counter had when it began anew, of all resets behind sample `from` up to `last`; `from` never falls. */
  lost(value: Float64Array, from: number, last: number): number {
    const at = this.#at;
    while (this.#first < this.count && (at[this.#first] as number) <= from) this.#first++;
    let lost = 0;
    for (let r = this.#first; r < this.count && (at[r] as number) <= last; r++)
      lost += value[(at[r] as number) - 1] as number;
    return lost;
  }

  #add(i: number): void {
    if (this.count === this.#at.length) {
      const grown = new Uint32Array(this.count * 2);
      grown.set(this.#at);
      this.#at = grown;
    }
    this.#at[this.count++] = i;
  }
}

/** rate and increase of a counter whose samples say since when it counts. */
function withStartTimes(
  input: RangeInput,
  startTimestampMs: Float64Array,
  perSecond: boolean,
  resets: ResetList,
  values: Float64Array,
  present: Uint8Array,
): void {
  const { timestampMs, value, lo, hi } = input;
  const { firstEndMs, endStepMs, rangeMs, grid } = input.windows;
  resets.find(input);
  for (let k = 0; k < grid.steps; k++) {
    const from = lo[k] as number;
    const last = (hi[k] as number) - 1;
    const endMs = firstEndMs + k * endStepMs;
    const firstMs = timestampMs[from] as number;
    const startMs = last >= from ? (startTimestampMs[from] as number) : 0;
    // A counter that began inside the window was 0 then: the rest of the window is not guessed.
    const beganInside = startMs !== 0 && startMs > endMs - rangeMs && startMs < firstMs;
    if (last < from || (last === from && !beganInside)) {
      present[k] = 0;
      continue;
    }
    noteOverlap(input, from, last);
    const first = value[from] as number;
    let change = (value[last] as number) - first + resets.lost(value, from, last);
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
    } else {
      if (toStart >= threshold) toStart = average / 2;
      if (change > 0 && first >= 0) {
        const toZero = sampled * (first / change);
        if (toZero < toStart) toStart = toZero;
      }
    }
    if (toEnd >= threshold) toEnd = average / 2;
    let factor = (sampled + toStart + toEnd) / sampled;
    if (perSecond) factor /= rangeMs / 1000;
    present[k] = 1;
    values[k] = change * factor;
  }
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

function changeFunction(options: ChangeOptions): RangeKernel {
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
