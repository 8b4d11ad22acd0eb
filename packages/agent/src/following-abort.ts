/**
 * An AbortController that follows `signal` until it is disposed. AbortSignal.any would do, but leaves something behind in a signal that
 * outlives it, and those of schedulers live as long as the process.
 */
export class FollowingAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #followed: AbortSignal;
  readonly #follow: () => void;

  constructor(signal: AbortSignal) {
    this.#followed = signal;
    this.#follow = () => this.#controller.abort(signal.reason);
    if (signal.aborted) this.#follow();
    else signal.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#followed.removeEventListener('abort', this.#follow);
  }
}
