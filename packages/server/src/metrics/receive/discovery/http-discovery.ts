import { z } from 'zod';
import { errorMessage } from '../../../base/errors.ts';
import { type HttpSdConfig, targetGroup } from './config.ts';
import { type DiscoveredTarget, type Discovery, type HttpDiscoveryDeps, expandGroup } from './discovery.ts';

/** A list of targets; the largest fleets stay below a tenth of it. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MAX_MS = 30_000;

const groupsSchema = z.array(targetGroup);

/** Targets served as JSON by another program, in the shape of a target file. */
export class HttpDiscovery implements Discovery {
  readonly #deps: HttpDiscoveryDeps;
  readonly #config: HttpSdConfig;
  readonly #url: URL;
  readonly #stop = new AbortController();
  #targets: readonly DiscoveredTarget[] = [];
  #error: string | undefined;
  #body = '';
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: HttpDiscoveryDeps, config: HttpSdConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#url = new URL(config.url);
  }

  async start(changed: () => void): Promise<void> {
    const refresh = (): Promise<void> => {
      this.#running = this.refresh().then((different) => {
        if (different) changed();
      });
      return this.#running;
    };
    // The server may be slow or away: targets come when it answers.
    void refresh();
    this.#schedule = this.#deps.clock.every({ intervalMs: this.#config.refresh_interval }, refresh, (error) =>
      this.#deps.logger.error({ error: errorMessage(error) }, 'HTTP discovery failed'),
    );
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
    return this.#error === undefined ? [] : [this.#error];
  }

  /** Asks the server; true when the targets changed. Never rejects: a fault is kept as the error. */
  async refresh(): Promise<boolean> {
    try {
      const answer = await this.#deps.client.get({
        url: this.#url,
        headers: [
          'accept',
          'application/json',
          'accept-encoding',
          'gzip',
          'x-prometheus-refresh-interval-seconds',
          String(this.#config.refresh_interval / 1000),
        ],
        timeoutMs: Math.min(this.#config.refresh_interval, TIMEOUT_MAX_MS),
        timeoutName: 'http_sd_configs',
        bodyBytesMax: BODY_BYTES_MAX,
        bodyLimitName: 'limit of http_sd_configs',
        signal: this.#stop.signal,
      });
      const contentType = answer.header('content-type');
      if (!/^application\/json\b/i.test(contentType))
        throw new Error(`answered with Content-Type "${contentType}" instead of application/json`);
      const text = answer.body.toString();
      this.#error = undefined;
      if (text === this.#body) return false;
      const groups = groupsSchema.parse(JSON.parse(text));
      this.#targets = groups.flatMap((group) => expandGroup(group, { __meta_url: this.#config.url }));
      this.#body = text;
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
      this.#error = `${this.#url.origin}${this.#url.pathname}: ${reason}`;
      this.#deps.logger.warn({ error: this.#error }, 'HTTP discovery failed; the targets known before stay');
      return false;
    }
  }
}
