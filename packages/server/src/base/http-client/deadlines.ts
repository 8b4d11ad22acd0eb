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
