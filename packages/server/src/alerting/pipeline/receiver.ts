import type { Notifier } from '../notify/notification.ts';

/** A receiver with its open notifiers, which several routes may share. */
export class Receiver {
  readonly name: string;
  readonly notifiers: readonly Notifier[];
  readonly #onCloseError: (error: unknown) => void;
  #uses = 0;
  #isRetired = false;

  constructor(name: string, notifiers: readonly Notifier[], onCloseError: (error: unknown) => void) {
    this.name = name;
    this.notifiers = notifiers;
    this.#onCloseError = onCloseError;
  }

  /** Keeps the notifiers open while the task runs. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    this.#uses++;
    try {
      return await task();
    } finally {
      this.#uses--;
      if (this.#isRetired && this.#uses === 0) await this.#close();
    }
  }

  /** No new task will come: closes the notifiers now, or at the end of what is under way. */
  async retire(): Promise<void> {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#uses === 0) await this.#close();
  }

  async #close(): Promise<void> {
    for (const closed of await Promise.allSettled(this.notifiers.map((notifier) => notifier.close?.())))
      if (closed.status === 'rejected') this.#onCloseError(closed.reason);
  }
}
