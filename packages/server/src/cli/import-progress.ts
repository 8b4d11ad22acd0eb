/** A terminal is told twice a second; a log file every ten seconds. */
const TERMINAL_INTERVAL_MS = 500;
const LOG_INTERVAL_MS = 10_000;
/** The rate shown is that of the last seconds. */
const RATE_WINDOW_MS = 5_000;

export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** One line on how far an import is: samples, rate, share and time left. */
export class ImportProgress {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #totalBytes: number | undefined;
  readonly #startMs: number;
  #points: { readonly atMs: number; readonly samples: number; readonly bytes: number }[];
  #shownMs: number;

  /** `totalBytes`: undefined where it cannot be known. */
  constructor(output: ProgressOutput, now: () => number, totalBytes: number | undefined) {
    this.#output = output;
    this.#now = now;
    this.#totalBytes = totalBytes;
    this.#startMs = now();
    this.#shownMs = this.#startMs;
    this.#points = [{ atMs: this.#startMs, samples: 0, bytes: 0 }];
  }

  get elapsedMs(): number {
    return this.#now() - this.#startMs;
  }

  update(samples: number, bytes: number): void {
    const atMs = this.#now();
    if (atMs - this.#shownMs < (this.#output.isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS)) return;
    this.#shownMs = atMs;
    this.#points.push({ atMs, samples, bytes });
    while (this.#points.length > 2 && atMs - (this.#points[0]?.atMs ?? atMs) > RATE_WINDOW_MS) this.#points.shift();
    const line = this.#line(samples, bytes);
    this.#output.write(this.#output.isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#output.isTerminal) this.#output.write('\r\x1b[K');
  }

  #line(samples: number, bytes: number): string {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / 1_000;
    const perSecond = seconds > 0 ? (samples - (first?.samples ?? 0)) / seconds : 0;
    let line = `${count(samples)} samples, ${count(Math.round(perSecond))} samples/s`;
    if (this.#totalBytes !== undefined && this.#totalBytes > 0) {
      line += `, ${Math.floor((100 * bytes) / this.#totalBytes)} %`;
      const bytesPerSecond = seconds > 0 ? (bytes - (first?.bytes ?? 0)) / seconds : 0;
      if (bytesPerSecond > 0) line += `, ${duration((this.#totalBytes - bytes) / bytesPerSecond)} left`;
    }
    return line;
  }
}

/** 1234567 → 1,234,567 */
export function count(value: number): string {
  return value.toLocaleString('en');
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole} s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min ${whole % 60} s` : `${hours} h ${minutes % 60} min`;
}
