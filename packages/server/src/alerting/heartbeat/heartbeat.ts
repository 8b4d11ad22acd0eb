import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { INLINE_GLOBAL } from '../config/inline-model.ts';
import { httpConfigOf } from '../notify/config-parts.ts';
import { hiddenForms, secretsOf } from '../notify/hidden-secrets.ts';
import type { HttpSender, OpenHttp } from '../notify/receiver-kind.ts';
import { statusReason, withoutSecrets } from '../notify/retry.ts';
import type { SecretFiles } from '../notify/secret-files.ts';
import type { HeartbeatConfig } from './config.ts';
import type { HeartbeatMetrics } from './heartbeat-metrics.ts';

const ATTEMPTS_MAX = 3;
/** Between attempts; less where the interval is short. */
const PAUSE_MAX_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

export interface HeartbeatDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openHttp: OpenHttp;
  readonly secretFiles: SecretFiles;
  readonly metrics: HeartbeatMetrics;
  /** Why rules are not evaluated; undefined when they are, or there is no ruler here. */
  rulesStalled(): string | undefined;
  /** Ways of notifying whose last attempt failed, by name. */
  failing(): readonly string[];
}

/**
 * The dead man's switch towards the outside: tells an address again and again that rules are evaluated and notifications arrive. When
 * they do not, or Vedette is gone, it falls silent, and whoever listens there raises the alarm.
 */
export class Heartbeat {
  readonly #config: HeartbeatConfig;
  readonly #deps: HeartbeatDeps;
  readonly #http: HttpSender;
  readonly #stopping = new AbortController();
  /** Since when each of them has failed without a break. */
  readonly #failingSinceMs = new Map<string, number>();
  #schedule: Disposable | undefined;
  #beating: Promise<void> = Promise.resolve();
  #heldFor: string | undefined;
  #hasFailed = false;

  /** Sends nothing yet. Throws as `openHttp`. */
  constructor(config: HeartbeatConfig, deps: HeartbeatDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#http = deps.openHttp(httpConfigOf(config.http_config, INLINE_GLOBAL));
  }

  start(): void {
    const { clock, logger } = this.#deps;
    this.#schedule = clock.every(
      { intervalMs: this.#config.interval },
      () => {
        this.#beating = this.#beat(clock.now());
        return this.#beating;
      },
      (error) => {
        if (!this.#stopping.signal.aborted) logger.error({ error: errorMessage(error) }, 'the heartbeat failed');
      },
    );
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stopping.abort(new Error('stopped'));
    // What is under way ends with the signal; it has said so already.
    await this.#beating.catch(() => undefined);
    await this.#http.close();
  }

  async #beat(nowMs: number): Promise<void> {
    const reason = this.#deps.rulesStalled() ?? this.#undelivered(nowMs);
    this.#deps.metrics.held.set(reason === undefined ? 0 : 1);
    this.#tell(reason);
    if (reason !== undefined) return;
    const { clock, metrics } = this.#deps;
    for (let attempt = 1; ; attempt++) {
      const fault = await this.#ping();
      if (fault === undefined) break;
      metrics.failed.inc();
      if (!this.#hasFailed)
        this.#deps.logger.warn({ error: fault }, 'the heartbeat does not arrive; it is tried again');
      this.#hasFailed = true;
      if (attempt === ATTEMPTS_MAX) return;
      await clock.sleep(Math.min(PAUSE_MAX_MS, this.#config.interval / 5), this.#stopping.signal);
    }
    metrics.sent.inc();
    if (this.#hasFailed) this.#deps.logger.info({}, 'the heartbeat arrives again');
    this.#hasFailed = false;
  }

  /** Who has failed for too long; forgets those who work again. */
  #undelivered(nowMs: number): string | undefined {
    const failing = new Set(this.#deps.failing());
    for (const name of this.#failingSinceMs.keys()) if (!failing.has(name)) this.#failingSinceMs.delete(name);
    for (const name of failing) if (!this.#failingSinceMs.has(name)) this.#failingSinceMs.set(name, nowMs);
    const long = [...this.#failingSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= this.#config.failing_for);
    return long.length === 0 ? undefined : `nothing arrives at ${long.map(([name]) => name).join(', ')}`;
  }

  /** Once when it begins, and once when it is over. */
  #tell(reason: string | undefined): void {
    if (reason === this.#heldFor) return;
    if (reason !== undefined) this.#deps.logger.error({ reason }, 'the heartbeat is held back');
    else this.#deps.logger.info({}, 'the heartbeat is sent again');
    this.#heldFor = reason;
  }

  /** Why it did not arrive, without secrets. */
  async #ping(): Promise<string | undefined> {
    const { url: written, url_file: file, method, timeout } = this.#config;
    const { signal } = this.#stopping;
    let hidden = secretsOf(this.#config);
    try {
      const address = (await this.#deps.secretFiles.read(written, file)) ?? '';
      hidden = [...hidden, ...hiddenForms(address)];
      if (!URL.canParse(address)) return `${file ?? 'url_file'} does not hold a URL`;
      const answer = await this.#http.send({
        url: new URL(address),
        method,
        headers: [],
        timeoutMs: timeout,
        timeoutName: 'heartbeat.timeout',
        bodyBytesMax: ANSWER_BYTES_MAX,
        bodyLimitName: 'the answer to a heartbeat',
        signal,
      });
      if (answer.status >= 200 && answer.status < 300) return undefined;
      return withoutSecrets(statusReason({ status: answer.status, words: answer.body.toString('utf8') }), hidden);
    } catch (error) {
      signal.throwIfAborted();
      return withoutSecrets(errorMessage(error), hidden);
    }
  }
}
