import { errorMessage } from '../../../base/errors.ts';
import type { DiscoveryDeps } from './discovery.ts';

/** As Prometheus: a rolling update of a thousand instances is told in a few pieces, not in a thousand. */
const SETTLE_MS = 5_000;

/** Does something soon after it is asked for: at once after a quiet time, otherwise once for all that is asked in SETTLE_MS. */
export class Settling {
  readonly #deps: DiscoveryDeps;
  readonly #signal: AbortSignal;
  readonly #task: () => boolean;
  #wanted = false;
  #running: Promise<void> | undefined;

  /** `task` says whether it did anything; if not, the next call need not wait. Nothing is done once the signal aborts. */
  constructor(deps: DiscoveryDeps, signal: AbortSignal, task: () => boolean) {
    this.#deps = deps;
    this.#signal = signal;
    this.#task = task;
  }

  soon(): void {
    this.#wanted = true;
    this.#running ??= this.#run()
      .catch((error: unknown) =>
        this.#deps.logger.error({ error: errorMessage(error) }, 'targets that were found could not be used'),
      )
      .finally(() => {
        this.#running = undefined;
        // Asked for between the last look and now.
        if (this.#wanted && !this.#signal.aborted) this.soon();
      });
  }

  /** Resolves when nothing more will be done; for the time after the signal. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // A turn later: what arrives together is told together.
    await Promise.resolve();
    while (this.#wanted && !this.#signal.aborted) {
      this.#wanted = false;
      if (!this.#task()) return;
      try {
        await this.#deps.clock.sleep(SETTLE_MS, this.#signal);
      } catch (error) {
        if (!this.#signal.aborted) throw error;
      }
    }
  }
}
