import { Counter, type Registry } from 'prom-client';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** Events that will never be stored: a counter, and one word in the log. */
export class EventLosses {
  readonly #counter: Counter;
  readonly #logger: Logger;
  readonly #words: string;
  #count = 0;

  /** `words` are logged at the first loss. */
  constructor(
    deps: { readonly logger: Logger; readonly registry: Registry },
    metric: { readonly name: string; readonly help: string },
    words: string,
  ) {
    this.#counter = new Counter({ ...metric, registers: [deps.registry] });
    this.#logger = deps.logger;
    this.#words = words;
  }

  /** Of this process. */
  get count(): number {
    return this.#count;
  }

  add(count: number, error: unknown): void {
    if (count === 0) return;
    this.#counter.inc(count);
    if (this.#count === 0) this.#logger.error({ events: count, error: errorMessage(error) }, this.#words);
    this.#count += count;
  }
}
