import type { Clock } from '../clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly call: () => void;
}

/** A clock that moves only when told. */
export class SteppedClock implements Clock {
  #ms = 0;
  readonly #startMs: number;
  readonly #alarms = new Set<Alarm>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.after(ms, resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  after(ms: number, call: () => void): Disposable {
    const alarm = { atMs: this.#ms + ms, call };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** Calls what is due on the way, in order. */
  advance(ms: number): void {
    const until = this.#ms + ms;
    for (;;) {
      const due = [...this.#alarms].filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#alarms.delete(due);
      this.#ms = Math.max(this.#ms, due.atMs);
      due.call();
    }
    this.#ms = until;
  }
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          reject(signal.reason);
        },
        { once: true },
      );
    }),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
