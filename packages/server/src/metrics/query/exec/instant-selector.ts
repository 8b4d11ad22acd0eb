import type { SeriesSet } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { isStale } from '../../../model/stale.ts';
import type { WindowGrid } from './grid.ts';
import { FLOAT, HISTOGRAM, type VectorStream } from './stream.ts';

/**
 * An instant selector: at each step the newest sample of the lookback window, unless it is a stale marker. `what` may also ask for the
 * sample's time, or the start time of its counter (0 where it is not known), both in seconds.
 */
export function instantSelector(
  set: SeriesSet,
  windows: WindowGrid,
  distinct: boolean,
  what: 'value' | 'time' | 'start',
): VectorStream {
  const samples = new SampleBuffer();
  const { firstEndMs, endStepMs, rangeMs, grid } = windows;
  const { steps } = grid;
  return {
    labels: set.labels,
    nameMark: new Uint8Array(set.labels.length),
    distinct,
    fill: (row, values, present, histograms) => {
      set.read(row, samples);
      const { timestampMs, value, length } = samples;
      let next = 0;
      for (let k = 0; k < steps; k++) {
        const endMs = firstEndMs + k * endStepMs;
        while (next < length && (timestampMs[next] as number) <= endMs) next++;
        if (next === 0 || (timestampMs[next - 1] as number) <= endMs - rangeMs) {
          present[k] = 0;
          continue;
        }
        const sample = value[next - 1] as number;
        if (Number.isNaN(sample) && isStale(sample)) {
          present[k] = 0;
          continue;
        }
        const histogram = what === 'value' ? samples.histogram?.[next - 1] : undefined;
        if (histogram) {
          present[k] = HISTOGRAM;
          histograms[k] = histogram;
          continue;
        }
        present[k] = FLOAT;
        values[k] =
          what === 'value'
            ? sample
            : what === 'time'
              ? (timestampMs[next - 1] as number) / 1000
              : (samples.startTimestampMs?.[next - 1] ?? 0) / 1000;
      }
    },
  };
}
