/** Bytes that were not used are kept for so long: a burst of full probes after a quiet time is fine. */
const KEPT_SECONDS = 10;

/** A token bucket over all probes: what is expected is taken before a probe, what it really read is settled after it. */
export class ByteBudget {
  #bytesPerSecond: number;
  #balance: number;
  #atMs: number;

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#balance = bytesPerSecond * KEPT_SECONDS;
    this.#atMs = nowMs;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  set bytesPerSecond(value: number) {
    this.#bytesPerSecond = value;
  }

  /** Whether so many are there; an empty account lets nothing pass, and one probe larger than all that is kept passes a full one. */
  take(bytes: number, nowMs: number): boolean {
    this.#earn(nowMs);
    if (this.#balance < Math.min(bytes, this.#bytesPerSecond * KEPT_SECONDS)) return false;
    this.#balance -= bytes;
    return true;
  }

  /** A probe read `actual` bytes for which `expected` were taken. */
  settle(expected: number, actual: number, nowMs: number): void {
    this.#earn(nowMs);
    this.#balance += expected - actual;
  }

  /** Until so many are there, milliseconds. */
  waitMs(bytes: number, nowMs: number): number {
    this.#earn(nowMs);
    const missing = Math.min(bytes, this.#bytesPerSecond * KEPT_SECONDS) - this.#balance;
    return missing <= 0 ? 0 : (missing / this.#bytesPerSecond) * 1_000;
  }

  #earn(nowMs: number): void {
    const earned = (Math.max(0, nowMs - this.#atMs) / 1_000) * this.#bytesPerSecond;
    this.#balance = Math.min(this.#bytesPerSecond * KEPT_SECONDS, this.#balance + earned);
    this.#atMs = nowMs;
  }
}
