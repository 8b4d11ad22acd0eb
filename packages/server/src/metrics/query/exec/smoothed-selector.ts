import type { SeriesSet } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { firstAtOrAfter, interpolate } from './extended-windows.ts';
import type { WindowGrid } from './grid.ts';
import type { VectorStream } from './stream.ts';
import { Windows, dropStale } from './windows.ts';

/**
 * A smoothed instant selector: the sample at the very time, else the value on the line between its neighbours, else the last one.
 * `windows` reach the lookback to both sides.
 */
export function smoothedSelector(set: SeriesSet, windows: WindowGrid, distinct: boolean): VectorStream {
  const samples = new SampleBuffer();
  const placed = new Windows(windows);
  const firstMs = windows.extended?.firstEndMs ?? windows.firstEndMs;
  const { endStepMs, grid } = windows;
  return {
    labels: set.labels,
    nameMark: new Uint8Array(set.labels.length),
    distinct,
    fill: (row, values, present) => {
      set.read(row, samples);
      dropStale(samples);
      placed.place(samples);
      const { timestampMs, value } = samples;
      for (let k = 0; k < grid.steps; k++) {
        const atMs = firstMs + k * endStepMs;
        const from = placed.lo[k] as number;
        const to = placed.hi[k] as number;
        const next = firstAtOrAfter(timestampMs, from, to, atMs);
        if (next < to && timestampMs[next] === atMs) values[k] = value[next] as number;
        else if (next > from && next < to) values[k] = interpolate(timestampMs, value, next - 1, atMs, false);
        else if (next > from) values[k] = value[next - 1] as number;
        else {
          present[k] = 0;
          continue;
        }
        present[k] = 1;
      }
    },
  };
}
