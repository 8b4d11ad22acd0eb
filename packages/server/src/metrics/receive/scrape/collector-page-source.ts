import type { Collector } from '@vedette/agent';
import { errorMessage } from '../../../base/errors.ts';
import type { Deadlines } from '../../../base/http-client/index.ts';
import { formatDuration } from '../../../base/units.ts';
import { type Page, type PageSource, ScrapeFailure } from './page-source.ts';

/** Pages from a collector of this process. */
export class CollectorPageSource implements PageSource {
  readonly #collector: Collector;
  readonly #deadlines: Deadlines;

  constructor(collector: Collector, deadlines: Deadlines) {
    this.#collector = collector;
    this.#deadlines = deadlines;
  }

  async fetch(timeoutMs: number, signal: AbortSignal): Promise<Page> {
    const given = new AbortController();
    const expired = new ScrapeFailure(`the collector did not answer within ${formatDuration(timeoutMs)}`);
    const deadline = this.#deadlines.after(timeoutMs, () => given.abort(expired));
    const onStop = (): void => given.abort(signal.reason);
    signal.addEventListener('abort', onStop, { once: true });
    try {
      // A collector that ignores its signal must not hold the target's loop either.
      const up = new Promise<never>((_resolve, reject) => {
        given.signal.addEventListener('abort', () => reject(given.signal.reason), { once: true });
      });
      const body = await Promise.race([this.#collector.collect(given.signal), up]);
      return { body, format: 'text' };
    } catch (error) {
      if (given.signal.aborted) throw given.signal.reason;
      throw new ScrapeFailure(`the collector failed: ${errorMessage(error)}`, error);
    } finally {
      deadline.cancel();
      signal.removeEventListener('abort', onStop);
    }
  }
}
