import type { NativeHistogram } from '@vedette/wire/histogram';
import type { HistogramWindow, MixedInput } from '../exec/range-call.ts';
import { HistogramMean, HistogramSum } from '../histogram/index.ts';

/** sum_over_time and avg_over_time of native histograms; a window that also holds floats gives nothing. */
export const histogramTotal: HistogramWindow = (input, from, to, _step, floats) =>
  joined(input, from, to, floats, (first) => new HistogramSum(first));

export const histogramAverage: HistogramWindow = (input, from, to, _step, floats) =>
  joined(input, from, to, floats, (first) => new HistogramMean(first));

function joined(
  { histogram, notes, metricName }: MixedInput,
  from: number,
  to: number,
  floats: number,
  begin: (first: NativeHistogram) => HistogramSum | HistogramMean,
): NativeHistogram | undefined {
  if (floats > 0) {
    notes.mixedSeries(metricName);
    return undefined;
  }
  const first = histogram[from] as NativeHistogram;
  const total = begin(first);
  let reset = first.counterResetHint === 'reset';
  let notReset = first.counterResetHint === 'not_reset';
  for (let i = from + 1; i < to; i++) {
    const next = histogram[i] as NativeHistogram;
    if (total.add(next)) {
      notes.mixedSchemas(metricName);
      return undefined;
    }
    reset ||= next.counterResetHint === 'reset';
    notReset ||= next.counterResetHint === 'not_reset';
  }
  if (reset && notReset) notes.hintsCollided('aggregation');
  if (total.boundsReconciled) notes.boundsReconciled('aggregation');
  return total.result();
}
