import type { SampleBuffer } from '../../../model/sample.ts';
import { isStale } from '../../../model/stale.ts';
import type { WindowGrid } from './grid.ts';

/** Places the windows of all steps over one series: window k holds samples lo[k] … hi[k] - 1. Reused from series to series. */
export class Windows {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly #windows: WindowGrid;

  constructor(windows: WindowGrid) {
    this.#windows = windows;
    this.lo = new Uint32Array(windows.grid.steps);
    this.hi = new Uint32Array(windows.grid.steps);
  }

  /** Two indices that only move forward: O(samples + steps). */
  place(samples: SampleBuffer): void {
    const { firstEndMs, endStepMs, rangeMs, grid } = this.#windows;
    const { timestampMs, length } = samples;
    const { lo, hi } = this;
    let from = 0;
    let to = 0;
    for (let k = 0; k < grid.steps; k++) {
      const endMs = firstEndMs + k * endStepMs;
      const startMs = endMs - rangeMs;
      while (to < length && (timestampMs[to] as number) <= endMs) to++;
      while (from < to && (timestampMs[from] as number) <= startMs) from++;
      lo[k] = from;
      hi[k] = to;
    }
  }
}

/** Removes stale markers in place: windows of a range selector do not see them. */
export function dropStale(samples: SampleBuffer): void {
  const { value, timestampMs, histogram, startTimestampMs } = samples;
  const count = samples.length;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const sample = value[i] as number;
    if (Number.isNaN(sample) && isStale(sample)) continue;
    if (kept !== i) {
      value[kept] = sample;
      timestampMs[kept] = timestampMs[i] as number;
      if (histogram) histogram[kept] = histogram[i];
      if (startTimestampMs) startTimestampMs[kept] = startTimestampMs[i] as number;
    }
    kept++;
  }
  samples.length = kept;
}
