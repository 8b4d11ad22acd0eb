import type { Clock } from '../../base/clock.ts';

/** Lets one loop sleep until somebody has something for it. A wake while nobody sleeps counts for the next one. */
export class Wakeup {
  #woken = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
  }

  /** Resolves at the next wake, or when `ms` are over. */
  async wait(clock?: Clock, ms?: number): Promise<void> {
    if (!this.#woken) {
      const woken = new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
      if (clock === undefined || ms === undefined) await woken;
      else {
        const over = new AbortController();
        // Only the line below ends the sleep early, when nobody waits for it any more.
        await Promise.race([woken, clock.sleep(ms, over.signal).catch(() => undefined)]);
        over.abort();
      }
      this.#resolve = undefined;
    }
    this.#woken = false;
  }
}
