/** The only door to time of a simulation; the server's clock and its virtual clock fit. */
export interface Clock {
  /** Wall time, milliseconds since the Unix epoch. */
  now(): number;
  /** Calls once after about ms unless disposed before. */
  after(ms: number, call: () => void): Disposable;
}
