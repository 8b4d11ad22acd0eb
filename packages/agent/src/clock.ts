/** The only door to time for collectors that keep a schedule; the server's clock and its virtual clock fit. */
export interface Clock {
  /** Wall time, milliseconds since the Unix epoch. */
  now(): number;
  /** For durations only; never goes back. */
  monotonicMs(): number;
  /** Resolves after ms, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after about ms unless disposed before. */
  after(ms: number, call: () => void): Disposable;
}
