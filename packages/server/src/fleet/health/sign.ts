import type { Hysteresis } from './class-policy.ts';

/**
 * One sign of trouble over the last eight observations. What counts as an observation says its stamp: the same stamp again is the same
 * observation, told twice.
 */
export class Sign {
  /** The last observation in the lowest bit; 1 is bad. */
  #bits = 0;
  #stamp = Number.NaN;
  #figure = Number.NaN;
  #figureAtMs = Number.NEGATIVE_INFINITY;
  #goodAtMs: number;
  isOn = false;
  /** When the present run of bad observations began. */
  sinceMs = 0;

  /** `goodAtMs`: when all was well for the last time, before the first bad observation. */
  constructor(goodAtMs: number) {
    this.#goodAtMs = goodAtMs;
  }

  /** The last good observation before the trouble: it began between this and `sinceMs`. */
  get goodAtMs(): number {
    return this.#goodAtMs;
  }

  /** The newest observation is bad, though it does not count as a trouble yet. */
  get isSuspected(): boolean {
    return !this.isOn && (this.#bits & 1) === 1;
  }

  /** Nothing bad among the observations that count. */
  get isQuiet(): boolean {
    return !this.isOn && this.#bits === 0;
  }

  /**
   * The stamp of a figure whose time is not told, measured by the probe that ended at `probeMs`: another figure is another observation,
   * and the same one is when whole rounds of probes have not changed it.
   */
  figureStamp(value: number, probeMs: number): number {
    if (value !== this.#figure || probeMs - this.#figureAtMs >= SAME_FIGURE_AGAIN_MS) {
      this.#figure = value;
      this.#figureAtMs = probeMs;
    }
    return this.#figureAtMs;
  }

  /** Bad observations in a row, the newest included. */
  get inARow(): number {
    let count = 0;
    for (let bits = this.#bits; (bits & 1) === 1; bits >>= 1) count++;
    return count;
  }

  observe(isBad: boolean, stamp: number, atMs: number, { bad, of, clear }: Hysteresis): void {
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const window = (1 << of) - 1;
    if (isBad && !this.isOn && (this.#bits & window) === 0) this.sinceMs = atMs;
    if (!isBad && !this.isOn) this.#goodAtMs = atMs;
    // Older ones than any rule looks at are forgotten, so that quiet is quiet.
    this.#bits = ((this.#bits << 1) | (isBad ? 1 : 0)) & BITS;
    if (!this.isOn) {
      this.#bits &= window;
      this.isOn = ones(this.#bits) >= bad;
    } else if (!isBad && (this.#bits & ((1 << clear) - 1)) === 0) {
      this.isOn = false;
      this.#bits = 0;
      this.#goodAtMs = atMs;
    }
  }
}

const BITS = 0xff;
/** Longer than a usual round of probes. */
const SAME_FIGURE_AGAIN_MS = 90_000;

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
