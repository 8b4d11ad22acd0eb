import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { boundariesOf } from '../exec/extended-windows.ts';
import type { HistogramWindow, MixedInput } from '../exec/range-call.ts';
import {
  HistogramSum,
  addHistograms,
  INCOMPATIBLE_SCHEMAS,
  detectReset,
  divided,
  equalHistograms,
  scaled,
  subtractHistograms,
} from '../histogram/index.ts';
import { extendedHistogramChange } from './extended-histogram.ts';
import { noteOverlap, startedAnew } from './start-times.ts';

interface ChangeOptions {
  readonly counter: boolean;
  readonly perSecond: boolean;
}

/** rate, increase and delta of windows with native histograms, extrapolated by the count as floats are by their value. */
export function histogramChange(options: ChangeOptions): HistogramWindow {
  return (input, from, to, step, floats) => {
    const { notes, metricName, windows, timestampMs } = input;
    if (floats > 0) {
      notes.mixedSeries(metricName);
      return undefined;
    }
    if (windows.extended) return extendedChange(input, from, to, step, options);
    const last = to - 1;
    const first = at(input, from);
    const endMs = windows.firstEndMs + step * windows.endStepMs;
    const windowStartMs = endMs - windows.rangeMs;
    const firstMs = timestampMs[from] as number;
    const lastMs = timestampMs[last] as number;
    const startMs = options.counter ? (input.startTimestampMs?.[from] ?? 0) : 0;
    // A counter that began inside the window was empty then.
    const beganInside = startMs !== 0 && startMs > windowStartMs && startMs < firstMs;
    if (last === from && !beganInside) return undefined;
    let change = last > from ? changeBetween(input, from, last, options.counter) : first;
    if (!change) return undefined;
    let sampled = (lastMs - firstMs) / 1000;
    const average = last > from ? sampled / (last - from) : 0;
    let toStart = (firstMs - windowStartMs) / 1000;
    let toEnd = (endMs - lastMs) / 1000;
    if (beganInside) {
      toStart = 0;
      sampled = (lastMs - startMs) / 1000;
      if (last > from) {
        const sum = addHistograms(change, first);
        if (sum === INCOMPATIBLE_SCHEMAS) {
          notes.mixedSchemas(metricName);
          return undefined;
        }
        if (sum.boundsReconciled) notes.boundsReconciled('addition');
        change = sum.histogram;
      }
    } else {
      if (toStart >= average * 1.1) toStart = average / 2;
      if (options.counter && change.count > 0 && first.count >= 0)
        toStart = Math.min(toStart, sampled * (first.count / change.count));
    }
    if (toEnd >= average * 1.1) toEnd = average / 2;
    const factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
    return scaled(change, options.perSecond ? factor / (windows.rangeMs / 1000) : factor);
  };
}

function extendedChange(
  input: MixedInput,
  from: number,
  to: number,
  step: number,
  { counter, perSecond }: ChangeOptions,
): NativeHistogram | undefined {
  const { extended, endStepMs } = input.windows;
  if (!extended) return undefined;
  const endMs = extended.firstEndMs + step * endStepMs;
  const window = { startMs: endMs - extended.rangeMs, endMs };
  const change = extendedHistogramChange(input, from, to, window, extended.kind, counter, input);
  return change && perSecond ? divided(change, extended.rangeMs / 1000) : change;
}

/** What was counted from one sample to another one. Undefined when layouts do not go together. */
function changeBetween(input: MixedInput, from: number, last: number, counter: boolean): NativeHistogram | undefined {
  const { notes, metricName } = input;
  const first = at(input, from);
  const newest = at(input, last);
  if (counter) {
    for (let i = from; i <= last; i++) if (at(input, i).counterResetHint === 'gauge') notes.notCounter(metricName);
  }
  // Behind a reset the layout of the first sample does not matter.
  const skipsFirst = counter && resetBefore(input, from + 1, first);
  const base = skipsFirst ? empty(at(input, from + 1)) : first;
  const custom = usesCustomBuckets(base);
  let incompatible = usesCustomBuckets(newest) !== custom;
  if (counter) for (let i = from + 1; i < last; i++) incompatible ||= usesCustomBuckets(at(input, i)) !== custom;
  const change = new HistogramSum(newest);
  if (incompatible || change.add(base, -1)) {
    notes.mixedSchemas(metricName);
    return undefined;
  }
  if (change.boundsReconciled) notes.boundsReconciled('subtraction');
  if (counter) {
    let previous = base;
    for (let i = from + 1; i <= last; i++) {
      if (resetBefore(input, i, previous)) {
        change.boundsReconciled = false;
        if (change.add(previous)) {
          notes.mixedSchemas(metricName);
          return undefined;
        }
        if (change.boundsReconciled) notes.boundsReconciled('addition');
      }
      previous = at(input, i);
    }
    noteOverlap(input, from, last);
  } else if (first.counterResetHint !== 'gauge' || newest.counterResetHint !== 'gauge') {
    notes.notGauge(metricName);
  }
  return { ...change.result(), counterResetHint: 'gauge' };
}

function resetBefore(input: MixedInput, i: number, previous: NativeHistogram): boolean {
  return beganAnew(input, i) || detectReset(at(input, i), previous);
}

function beganAnew({ timestampMs, startTimestampMs }: MixedInput, i: number): boolean {
  return (
    startTimestampMs !== undefined &&
    startedAnew(
      startTimestampMs[i - 1] as number,
      timestampMs[i - 1] as number,
      startTimestampMs[i] as number,
      timestampMs[i] as number,
    )
  );
}

/** irate and idelta: the last two samples, of either kind. */
export function lastTwo(rate: boolean): HistogramWindow {
  return (input, from, to) => {
    const { timestampMs, value, histogram, notes, metricName } = input;
    const last = to - 1;
    if (last <= from) return undefined;
    const seconds = ((timestampMs[last] as number) - (timestampMs[last - 1] as number)) / 1000;
    if (seconds === 0) return undefined;
    const [before, newest] = [histogram[last - 1], histogram[last]];
    if (!before && !newest) {
      const [a, b] = [value[last - 1] as number, value[last] as number];
      if (!rate) return b - a;
      return (b < a || beganAnew(input, last) ? b : b - a) / seconds;
    }
    if (!before || !newest) {
      notes.mixedSeries(metricName);
      return undefined;
    }
    const gauges = [before, newest].filter(({ counterResetHint }) => counterResetHint === 'gauge').length;
    if (rate && gauges > 0) notes.notCounter(metricName);
    if (!rate && gauges < 2) notes.notGauge(metricName);
    let change = newest;
    if (!rate || !resetBefore(input, last, before)) {
      const difference = subtractHistograms(newest, before);
      if (difference === INCOMPATIBLE_SCHEMAS) {
        notes.mixedSchemas(metricName);
        return undefined;
      }
      if (difference.boundsReconciled) notes.boundsReconciled('subtraction');
      change = difference.histogram;
    }
    const gauge: NativeHistogram = { ...change, counterResetHint: 'gauge' };
    return rate ? divided(gauge, seconds) : gauge;
  };
}

/** changes and resets; the step between a float and a histogram is both. */
export function countedSteps(kind: 'changes' | 'resets'): HistogramWindow {
  const differs = (input: MixedInput, i: number): boolean => {
    const { value, histogram } = input;
    const [before, next] = [histogram[i - 1], histogram[i]];
    if (before && next) return kind === 'changes' ? !equalHistograms(next, before) : resetBefore(input, i, before);
    if (before || next) return true;
    const [a, b] = [value[i - 1] as number, value[i] as number];
    return kind === 'changes' ? a !== b && !(Number.isNaN(a) && Number.isNaN(b)) : b < a || beganAnew(input, i);
  };
  return (input, from, to, step) => {
    let [first, last] = [from, to - 1];
    const { extended, endStepMs } = input.windows;
    if (extended) {
      const endMs = extended.firstEndMs + step * endStepMs;
      const window = { startMs: endMs - extended.rangeMs, endMs };
      const found = boundariesOf(input.timestampMs, from, to, window, 'anchored');
      if (!found) return undefined;
      ({ first, last } = found);
    }
    let count = 0;
    for (let i = first + 1; i <= last; i++) if (differs(input, i)) count++;
    return count;
  };
}

function at({ histogram }: MixedInput, i: number): NativeHistogram {
  return histogram[i] as NativeHistogram;
}

function empty(like: NativeHistogram): NativeHistogram {
  return {
    ...like,
    counterResetHint: 'unknown',
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    positiveBuckets: new Float64Array(),
    negativeSpans: [],
    negativeBuckets: new Float64Array(),
  };
}
