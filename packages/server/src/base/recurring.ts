import type { Clock } from './clock.ts';
import type { Component } from './component.ts';
import { errorMessage } from './errors.ts';
import type { Logger } from './logger.ts';

export interface RecurringOptions {
  readonly name: string;
  readonly intervalMs: number;
  /** Logged with the error of a round that failed: what was not done, and when it is tried again. */
  readonly failure: string;
  /** One round. The signal aborts when stopping has no more time. */
  readonly round: (signal: AbortSignal) => Promise<void>;
}

/** Work that is done again and again in the background. Rounds never overlap; a stop waits for the one that runs. */
export class Recurring implements Component {
  readonly name: string;
  readonly #deps: { readonly clock: Clock; readonly logger: Logger };
  readonly #options: RecurringOptions;
  readonly #stopped = new AbortController();
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: { readonly clock: Clock; readonly logger: Logger }, options: RecurringOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { intervalMs, failure } = this.#options;
    this.#schedule = this.#deps.clock.every(
      { intervalMs },
      () => (this.#running = this.run()),
      (error) => {
        if (!this.#stopped.signal.aborted) this.#deps.logger.error({ error: errorMessage(error) }, failure);
      },
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    if (signal.aborted) this.#stopped.abort();
    const giveUp = (): void => this.#stopped.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    // Its failure was reported by the schedule.
    await this.#running.catch(() => undefined);
    signal.removeEventListener('abort', giveUp);
  }

  /** One round now, beside the schedule. */
  run(): Promise<void> {
    return this.#options.round(this.#stopped.signal);
  }
}
