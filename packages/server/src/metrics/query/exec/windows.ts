import type { SampleBuffer } from '../../../model/sample.ts';
import { isStale } from '../../../model/stale.ts';
import type { WindowGrid } from './grid.ts';

/** Numbers of placements; no two in the process are the same. */
let placements = 0;

/** Places the windows of all steps over one series: window k holds samples lo[k] … hi[k] - 1. Reused from series to series. */
export class Windows {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly #windows: WindowGrid;
  /** Timestamps of the series they lie over. */
  #timestampMs = new Float64Array(0);
  #length = -1;
  #placement = 0;

  constructor(windows: WindowGrid) {
    this.#windows = windows;
    this.lo = new Uint32Array(windows.grid.steps);
    this.hi = new Uint32Array(windows.grid.steps);
  }

  /** Changes whenever lo, hi or the timestamps below them do: what follows from these alone need not be computed again. */
  get placement(): number {
    return this.#placement;
  }

  /** Two indices that only move forward: O(samples + steps). Series of one scrape share their timestamps and so their windows. */
  place({ timestampMs, length }: SampleBuffer): void {
    if (this.#liesOver(timestampMs, length)) return;
    this.#placement = ++placements;
    if (this.#timestampMs.length < length) this.#timestampMs = new Float64Array(timestampMs.length);
    this.#length = length;
    const own = this.#timestampMs;
    for (let i = 0; i < length; i++) own[i] = timestampMs[i] as number;
    const { firstEndMs, endStepMs, rangeMs, grid } = this.#windows;
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

  #liesOver(timestampMs: Float64Array, length: number): boolean {
    if (length !== this.#length) return false;
    const own = this.#timestampMs;
    for (let i = 0; i < length; i++) if (own[i] !== timestampMs[i]) return false;
    return true;
  }
}

/** Removes stale markers in place: windows of a range selector do not see them. */
export function dropStale(samples: SampleBuffer): void {
  const { value, timestampMs, histogram, startTimestampMs } = samples;
  const count = samples.length;
  let kept = 0;
  while (kept < count && !Number.isNaN(value[kept] as number)) kept++;
  for (let i = kept; i < count; i++) {
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
