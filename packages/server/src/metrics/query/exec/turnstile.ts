/**
 * Lets one waiting query through per round of the event loop. With a plain setImmediate each, all of them would run one after the other
 * before the next request or scrape is looked at: twenty heavy queries would make everything else wait for twenty turns.
 */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #armed = false;

  /** Resolves in a later round of the event loop, in the order of the calls. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => {
      this.#armed = false;
      const next = this.#waiting.shift();
      // Armed before the work: what is armed inside this phase runs after the next look at sockets and timers.
      if (this.#waiting.length > 0) this.#arm();
      next?.();
    });
  }
}

/** There is one event loop, so there is one for all queries. */
export const turnstile = new Turnstile();
