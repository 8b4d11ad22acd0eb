/** Lets so many work at once, and so many wait, first come first served. */
export class Turns {
  readonly #most: number;
  readonly #waitingMax: number;
  #working = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number, waitingMax: number) {
    this.#most = most;
    this.#waitingMax = waitingMax;
  }

  /** undefined: too many wait. Rejects with the signal's reason. Dispose what it gives when the work is done. */
  async take(signal: AbortSignal): Promise<Disposable | undefined> {
    signal.throwIfAborted();
    if (this.#working < this.#most) {
      this.#working++;
      return this.#turn();
    }
    if (this.#waiting.length >= this.#waitingMax) return undefined;
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    return this.#turn();
  }

  #turn(): Disposable {
    let done = false;
    return {
      [Symbol.dispose]: () => {
        if (done) return;
        done = true;
        // The turn goes on to the next in line.
        const next = this.#waiting.shift();
        if (next === undefined) this.#working--;
        else next();
      },
    };
  }
}
