import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Delivery } from '../notify/notification.ts';

/** So many attempts in a row that failed make a channel unhealthy, until one succeeds. */
export const UNHEALTHY_AFTER_ATTEMPTS = 5;

export interface IntegrationHealth {
  sent: number;
  /** Attempts since the last one that succeeded. */
  failedInARow: number;
  failed: number;
  lastAttemptMs: number | undefined;
  lastSuccessMs: number | undefined;
  lastErrorMs: number | undefined;
  lastError: string | undefined;
  lastDurationMs: number | undefined;
}

/** How deliveries went, per receiver and integration: for the pages and for /metrics. */
export class DeliveryHealth {
  readonly #integrations = new Map<string, IntegrationHealth>();
  readonly #total: Counter<'receiver' | 'integration'>;
  readonly #failed: Counter<'receiver' | 'integration' | 'reason'>;
  readonly #latency: Histogram<'integration'>;
  #silenceCounts: () => Readonly<Record<string, number>> = () => ({});
  readonly #healthy: Gauge<'receiver' | 'integration'>;
  readonly #lastSuccess: Gauge<'receiver' | 'integration'>;
  readonly alertsReceived: Counter<'status'>;
  readonly alertsInvalid: Counter;
  readonly alertsRefused: Counter;
  readonly groups: Gauge;
  readonly externalSent: Counter<'alertmanager'>;
  readonly externalErrors: Counter<'alertmanager'>;
  readonly externalDropped: Counter<'alertmanager'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['receiver', 'integration'] as const;
    this.#total = new Counter({
      name: 'vedette_notifications_total',
      help: 'Attempts to deliver a notification.',
      labelNames,
      registers,
    });
    this.#failed = new Counter({
      name: 'vedette_notifications_failed_total',
      help: 'Attempts to deliver a notification that failed; reason says whether it will be tried again.',
      labelNames: ['receiver', 'integration', 'reason'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'vedette_notification_latency_seconds',
      help: 'Durations of attempts to deliver a notification.',
      labelNames: ['integration'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
      registers,
    });
    this.#healthy = new Gauge({
      name: 'vedette_notification_channel_healthy',
      help: 'Whether the last attempts to deliver did not all fail (1), or did (0).',
      labelNames,
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: 'vedette_notification_last_success_timestamp_seconds',
      help: 'When a delivery succeeded last.',
      labelNames,
      registers,
    });
    this.alertsReceived = new Counter({
      name: 'vedette_alerts_received_total',
      help: 'Alerts that arrived from rules and over the API, repeats included.',
      labelNames: ['status'],
      registers,
    });
    this.alertsInvalid = new Counter({
      name: 'vedette_alerts_invalid_total',
      help: 'Alerts that arrived over the API and were not valid.',
      registers,
    });
    this.alertsRefused = new Counter({
      name: 'vedette_alerts_refused_total',
      help: 'Alerts refused because too many are held.',
      registers,
    });
    this.groups = new Gauge({ name: 'vedette_alert_groups', help: 'Groups of alerts that are scheduled.', registers });
    const silenceCounts = (): Readonly<Record<string, number>> => this.#silenceCounts();
    new Gauge({
      name: 'vedette_silences',
      help: 'Silences by state.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(silenceCounts())) this.set({ state }, count);
      },
    });
    const target = ['alertmanager'] as const;
    this.externalSent = new Counter({
      name: 'vedette_alertmanager_sent_total',
      help: 'Alerts an Alertmanager took.',
      labelNames: target,
      registers,
    });
    this.externalErrors = new Counter({
      name: 'vedette_alertmanager_errors_total',
      help: 'Attempts to send to an Alertmanager that failed.',
      labelNames: target,
      registers,
    });
    this.externalDropped = new Counter({
      name: 'vedette_alertmanager_dropped_total',
      help: 'Alerts that never reached an Alertmanager.',
      labelNames: target,
      registers,
    });
  }

  arrived(firing: number, resolved: number, invalid = 0): void {
    this.alertsReceived.inc({ status: 'firing' }, firing);
    this.alertsReceived.inc({ status: 'resolved' }, resolved);
    this.alertsInvalid.inc(invalid);
  }

  /** Counted when somebody looks. */
  countSilences(counts: () => Readonly<Record<string, number>>): void {
    this.#silenceCounts = counts;
  }

  record(receiver: string, integration: string, delivery: Delivery, durationMs: number, now: number): void {
    const kind = integration.replace(/\[\d+\]$/, '');
    this.#total.inc({ receiver, integration: kind });
    this.#failed.inc(
      { receiver, integration: kind, reason: delivery.ok || delivery.retry ? 'retried' : 'permanent' },
      delivery.ok ? 0 : 1,
    );
    this.#latency.observe({ integration: kind }, durationMs / 1000);
    const health = this.of(receiver, integration);
    health.lastAttemptMs = now;
    health.lastDurationMs = durationMs;
    if (delivery.ok) {
      health.sent++;
      health.failedInARow = 0;
      this.#lastSuccess.set({ receiver, integration: kind }, now / 1_000);
      health.lastSuccessMs = now;
    } else {
      health.failed++;
      health.failedInARow++;
      health.lastErrorMs = now;
      health.lastError = delivery.reason;
    }
    this.#healthy.set({ receiver, integration: kind }, this.isHealthy(receiver, integration) ? 1 : 0);
  }

  /** A channel that was never tried is healthy. */
  isHealthy(receiver: string, integration: string): boolean {
    return this.of(receiver, integration).failedInARow < UNHEALTHY_AFTER_ATTEMPTS;
  }

  of(receiver: string, integration: string): IntegrationHealth {
    const key = `${receiver}\u0000${integration}`;
    let health = this.#integrations.get(key);
    if (!health) {
      health = {
        sent: 0,
        failedInARow: 0,
        failed: 0,
        lastAttemptMs: undefined,
        lastSuccessMs: undefined,
        lastErrorMs: undefined,
        lastError: undefined,
        lastDurationMs: undefined,
      };
      this.#integrations.set(key, health);
    }
    return health;
  }
}
