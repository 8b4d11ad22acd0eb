import type { Clock } from '../clock.ts';

/** Timeouts are seconds; a timer per scrape would cost more than the rest of the scrape's bookkeeping. */
const TICK_MS = 50;

export interface Deadline {
  cancel(): void;
}

/** Many timeouts on one ticker, which runs only while a timeout is pending. Fires up to TICK_MS late. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Map<Deadline, { readonly dueMs: number; readonly expire: () => void }>();
  #ticking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For callers that divide one timeout over several steps. */
  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(ms: number, expire: () => void): Deadline {
    const deadline: Deadline = { cancel: () => this.#pending.delete(deadline) };
    this.#pending.set(deadline, { dueMs: this.#clock.monotonicMs() + ms, expire });
    if (!this.#ticking) {
      this.#ticking = true;
      // The loop awaits only the clock, and expire callbacks settle promises: it cannot reject.
      void this.#tick();
    }
    return deadline;
  }

  /** The promise's outcome, or a rejection when the time is up or the signal aborts; the promise itself goes on. */
  wait<T>(promise: Promise<T>, ms: number, expired: () => Error, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => finish(() => reject(signal.reason));
      const deadline = this.after(ms, () => finish(() => reject(expired())));
      const finish = (settle: () => void): void => {
        deadline.cancel();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      promise.then(
        (value) => finish(() => resolve(value)),
        (error: unknown) => finish(() => reject(error)),
      );
    });
  }

  async #tick(): Promise<void> {
    while (this.#pending.size > 0) {
      await this.#clock.sleep(TICK_MS);
      const now = this.#clock.monotonicMs();
      for (const [deadline, { dueMs, expire }] of this.#pending) {
        if (dueMs > now) continue;
        this.#pending.delete(deadline);
        expire();
      }
    }
    this.#ticking = false;
  }
}
