import { errorMessage } from '../../../base/errors.ts';
import type { DiscoveredTarget, Discovery, DiscoveryDeps } from './discovery.ts';

export interface Answer {
  /** Undefined when they are the same as before. */
  readonly targets: readonly DiscoveredTarget[] | undefined;
  /** What failed in part; the targets are to be used all the same. */
  readonly faults?: readonly string[];
}

export interface PolledDiscoveryOptions {
  /** For log lines: `HTTP`, `DNS`. */
  readonly kind: string;
  readonly intervalMs: number;
  /** Asks once. What it rejects with becomes the discovery's error, and the targets known before stay. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>;
}

/** A discovery that asks somebody at intervals. */
export class PolledDiscovery implements Discovery {
  readonly #deps: DiscoveryDeps;
  readonly #options: PolledDiscoveryOptions;
  readonly #stop = new AbortController();
  #targets: readonly DiscoveredTarget[] = [];
  #errors: readonly string[] = [];
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: DiscoveryDeps, options: PolledDiscoveryOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async start(changed: () => void): Promise<void> {
    const failed = (error: unknown): void =>
      this.#deps.logger.error({ error: errorMessage(error) }, `${this.#options.kind} discovery failed`);
    const refresh = (): Promise<void> => {
      this.#running = this.refresh()
        .then((different) => {
          if (different && !this.#stop.signal.aborted) changed();
        })
        .catch(failed);
      return this.#running;
    };
    // The server may be slow or away: targets come when it answers.
    void refresh();
    this.#schedule = this.#deps.clock.every({ intervalMs: this.#options.intervalMs }, refresh, failed);
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stop.abort(new Error('stopped'));
    await this.#running;
  }

  targets(): readonly DiscoveredTarget[] {
    return this.#targets;
  }

  errors(): readonly string[] {
    return this.#errors;
  }

  /** Asks once; true when the targets changed. Never rejects. */
  async refresh(): Promise<boolean> {
    try {
      const { targets, faults = [] } = await this.#options.ask(this.#stop.signal);
      this.#tell(faults);
      if (targets === undefined) return false;
      this.#targets = targets;
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tell([errorMessage(error)]);
      return false;
    }
  }

  #tell(faults: readonly string[]): void {
    for (const error of faults) {
      this.#deps.logger.warn({ error }, `${this.#options.kind} discovery failed; the targets known before stay`);
    }
    this.#errors = faults;
  }
}
