/**
 * Hands out turns of the event loop to long computations: between two turns everything that waits for I/O or time runs, and of
 * several computations the one that has used the least goes on. So a cheap query waits for one turn of a heavy one, not for one of each.
 */
export class Turns {
  readonly #waiting: { readonly usedMs: number; readonly resume: () => void }[] = [];
  #pumping = false;

  /** Resolves when it is this computation's turn; `usedMs` is what it has used so far. */
  next(usedMs: number): Promise<void> {
    return new Promise((resume) => {
      this.#waiting.push({ usedMs, resume });
      if (this.#pumping) return;
      this.#pumping = true;
      setImmediate(() => this.#pump());
    });
  }

  #pump(): void {
    let least = 0;
    for (const [i, { usedMs }] of this.#waiting.entries())
      if (usedMs < (this.#waiting[least] as { usedMs: number }).usedMs) least = i;
    const [chosen] = this.#waiting.splice(least, 1);
    if (this.#waiting.length > 0) setImmediate(() => this.#pump());
    else this.#pumping = false;
    chosen?.resume();
  }
}

/** One process has one event loop. */
export const turns = new Turns();
