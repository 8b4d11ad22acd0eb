import type { Labels } from '../../../model/labels.ts';
import type { SeriesSet } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { interpolatedHistogram } from '../functions/extended-histogram.ts';
import { firstAtOrAfter, interpolate } from './extended-windows.ts';
import type { WindowGrid } from './grid.ts';
import type { HistogramNotes } from './histogram-notes.ts';
import { ABSENT, FLOAT, HISTOGRAM, type HistogramRow, type VectorStream } from './stream.ts';
import { Windows, dropStale } from './windows.ts';

/**
 * A smoothed instant selector: the sample at the very time, else the value on the line between its neighbours, else the last one.
 * `windows` reach the lookback to both sides; one that holds floats and histograms gives nothing.
 */
export function smoothedSelector(
  set: SeriesSet,
  windows: WindowGrid,
  distinct: boolean,
  notes: HistogramNotes,
): VectorStream {
  const samples = new SampleBuffer();
  const placed = new Windows(windows);
  const firstMs = windows.extended?.firstEndMs ?? windows.firstEndMs;
  const { endStepMs, grid } = windows;
  return {
    labels: set.labels,
    nameMark: new Uint8Array(set.labels.length),
    distinct,
    fill: (row, values, present, histograms) => {
      set.read(row, samples);
      dropStale(samples);
      placed.place(samples);
      const { metricName } = set.labels[row] as Labels;
      for (let k = 0; k < grid.steps; k++) {
        const from = placed.lo[k] as number;
        const to = placed.hi[k] as number;
        const kind = kindOf(samples, from, to);
        present[k] = ABSENT;
        if (kind === 'mixed') notes.mixedSeries(metricName);
        else if (kind === 'floats') present[k] = floatAt(samples, from, to, firstMs + k * endStepMs, values, k);
        else if (kind === 'histograms')
          present[k] = histogramAt(samples, from, to, firstMs + k * endStepMs, { metricName, notes }, histograms, k);
      }
    },
  };
}

function kindOf({ histogram }: SampleBuffer, from: number, to: number): 'none' | 'floats' | 'histograms' | 'mixed' {
  if (to <= from) return 'none';
  if (!histogram) return 'floats';
  let found = 0;
  for (let i = from; i < to; i++) if (histogram[i]) found++;
  return found === 0 ? 'floats' : found === to - from ? 'histograms' : 'mixed';
}

function floatAt(
  { timestampMs, value }: SampleBuffer,
  from: number,
  to: number,
  atMs: number,
  values: Float64Array,
  step: number,
): number {
  const next = firstAtOrAfter(timestampMs, from, to, atMs);
  if (next < to && timestampMs[next] === atMs) values[step] = value[next] as number;
  else if (next > from && next < to) values[step] = interpolate(timestampMs, value, next - 1, atMs, false);
  else if (next > from) values[step] = value[next - 1] as number;
  else return ABSENT;
  return FLOAT;
}

function histogramAt(
  { timestampMs, histogram = [] }: SampleBuffer,
  from: number,
  to: number,
  atMs: number,
  series: { readonly metricName: string; readonly notes: HistogramNotes },
  histograms: HistogramRow,
  step: number,
): number {
  const next = firstAtOrAfter(timestampMs, from, to, atMs);
  if (next < to && timestampMs[next] === atMs) {
    histograms[step] = histogram[next];
  } else if (next > from && next < to) {
    histograms[step] = interpolatedHistogram({ timestampMs, histogram }, next - 1, atMs, series);
    if (!histograms[step]) return ABSENT;
  } else if (next > from) {
    const last = histogram[next - 1];
    // The hint is about the samples before and at that time, not about this one.
    histograms[step] = last && { ...last, counterResetHint: 'unknown' };
  } else {
    return ABSENT;
  }
  return HISTOGRAM;
}
