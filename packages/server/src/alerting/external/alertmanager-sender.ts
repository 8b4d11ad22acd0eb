import type { AlertmanagerOverview } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import { rfc3339 } from '../fingerprint.ts';
import { connectionFault } from './post-json.ts';
import type { IncomingAlert } from '../room.ts';
import { withTimeout } from '../timeout.ts';
import type { ExternalAlertmanager } from './open-external.ts';

/** Alerts waiting for one Alertmanager; the oldest give way, since rules repeat what still fires. As Prometheus. */
export const QUEUE_ALERTS_MAX = 10_000;
/** Alerts in one request. */
export const BATCH_ALERTS_MAX = 256;
/** Attempts for one batch; afterwards the rules' own repetition takes over. */
export const ATTEMPTS_MAX = 5;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;

export interface AlertmanagerSenderDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly health: DeliveryHealth;
}

/** Sends alerts on to one external Alertmanager (API v2), beside Vedette's own notifications. */
export class AlertmanagerSender {
  readonly #deps: AlertmanagerSenderDeps;
  readonly #options: ExternalAlertmanager;
  readonly #stop = new AbortController();
  #queue: IncomingAlert[] = [];
  #wake: (() => void) | undefined;
  #ending = false;
  #running: Promise<void> | undefined;
  #dropped = 0;
  #lastSuccessMs: number | undefined;
  #lastErrorMs: number | undefined;
  #lastError: string | undefined;

  constructor(options: ExternalAlertmanager, deps: AlertmanagerSenderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#deps.logger.error({ alertmanager: this.#options.address, error: errorMessage(error) }, 'sender stopped');
    });
  }

  /** Never waits: a slow Alertmanager must not hold up the rules. */
  enqueue(alerts: readonly IncomingAlert[]): void {
    const { relabeler } = this.#options;
    for (const alert of alerts) {
      const labels = relabeler.relabel(alert.labels);
      if (labels) this.#queue.push(labels === alert.labels ? alert : { ...alert, labels });
    }
    const excess = this.#queue.length - QUEUE_ALERTS_MAX;
    if (excess > 0) {
      this.#queue.splice(0, excess);
      this.#drop(excess, 'its queue is full');
    }
    this.#wake?.();
  }

  /** Sends what waits, until the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#ending = true;
    this.#wake?.();
    const giveUp = (): void => this.#stop.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    await this.#running;
    signal.removeEventListener('abort', giveUp);
  }

  status(): AlertmanagerOverview {
    return {
      address: this.#options.address,
      queued: this.#queue.length,
      dropped: this.#dropped,
      lastSuccess: timeOrNull(this.#lastSuccessMs),
      lastErrorAt: timeOrNull(this.#lastErrorMs),
      lastError: this.#lastError ?? null,
    };
  }

  #drop(count: number, why: string): void {
    this.#dropped += count;
    this.#deps.health.externalDropped.inc({ alertmanager: this.#options.address }, count);
    this.#deps.logger.warn({ alertmanager: this.#options.address, alerts: count }, `alerts dropped: ${why}`);
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = this.#queue.splice(0, BATCH_ALERTS_MAX);
      if (batch.length > 0) {
        await this.#send(batch);
        continue;
      }
      if (this.#ending) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  async #send(batch: readonly IncomingAlert[]): Promise<void> {
    const { clock, random, health, logger } = this.#deps;
    const { address } = this.#options;
    const body = JSON.stringify(batch.map(alertJson));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const fault = await this.#post(body);
      if (fault === undefined) {
        this.#lastSuccessMs = clock.now();
        health.externalSent.inc({ alertmanager: address }, batch.length);
        return;
      }
      health.externalErrors.inc({ alertmanager: address });
      if (fault.reason !== this.#lastError)
        logger.warn({ alertmanager: address, error: fault.reason }, 'an Alertmanager did not take alerts');
      this.#lastErrorMs = clock.now();
      this.#lastError = fault.reason;
      if (!fault.retry || this.#ending) break;
      if (attempt + 1 < ATTEMPTS_MAX)
        await clock.sleep(
          Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** attempt) * (0.5 + random()),
          this.#stop.signal,
        );
    }
    this.#drop(batch.length, this.#lastError ?? 'not delivered');
  }

  async #post(body: string): Promise<{ readonly reason: string; readonly retry: boolean } | undefined> {
    const { post, url, timeoutMs } = this.#options;
    try {
      const request = { url, headers: {}, body };
      const response = await withTimeout(this.#deps.clock, timeoutMs, this.#stop.signal, (signal) =>
        post(request, signal),
      );
      if (response.status >= 200 && response.status < 300) return undefined;
      return { reason: `HTTP status ${response.status}`, retry: response.status >= 500 || response.status === 429 };
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      return { reason: connectionFault(error, url), retry: true };
    }
  }
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : rfc3339(ms);
}

/** Spec: Alertmanager API v2, `postableAlert`. */
function alertJson(alert: IncomingAlert): object {
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations,
    startsAt: rfc3339(alert.startsAtMs),
    endsAt: rfc3339(alert.endsAtMs),
    generatorURL: alert.generatorUrl,
  };
}
