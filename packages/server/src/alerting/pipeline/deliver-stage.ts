import type { Clock } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { DeliveryHealth } from './delivery-health.ts';
import { DELIVERIES_MAX, Slot, Slots } from './delivery-slots.ts';
import { type Delivery, type Notifier, createNotification } from '../notify/notification.ts';
import type { AlertHistory } from '../history/event.ts';
import { deliveryEvents } from '../history/delivery-events.ts';
import type { LogEntry, NotificationLog } from './notification-log.ts';
import type { AlertGroupBatch, Stage } from './stage.ts';

/** First pause between attempts; grows by half each time. As Alertmanager's backoff. */
export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MAX_MS = 60_000;
const BACKOFF_GROWTH = 1.5;
/** Spread of each pause, so that many groups do not come back at once. */
const BACKOFF_JITTER = 0.5;

/**
 * Messages that one integration makes ready at once, those under way among them. Thousands of groups may flush in the same second: their
 * texts and notes would be in memory together.
 */
export const PREPARED_MAX = 2 * DELIVERIES_MAX;

const preparing = new WeakMap<Notifier, Slots>();

function slotsOf(notifier: Notifier): Slots {
  let slots = preparing.get(notifier);
  if (!slots) preparing.set(notifier, (slots = new Slots(PREPARED_MAX)));
  return slots;
}

export interface DeliverDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly log: NotificationLog;
  readonly health: DeliveryHealth;
  readonly history?: AlertHistory | undefined;
}

/**
 * Delivers, with retries until the signal aborts (the group's interval), and writes the log right after a success. A crash
 * between the two is the one window in which a notification may be sent twice; a note of what is being told is left for the next process.
 * Rejects with NOTIFY_FAILED.
 */
export function deliverStage(notifier: Notifier, externalUrl: () => string, deps: DeliverDeps): Stage {
  return {
    run: async (batch, _at, signal) => {
      const alerts = notifier.sendResolved ? batch.alerts : batch.alerts.filter((alert) => !alert.resolved);
      if (alerts.length > 0) {
        const slot = new Slot(slotsOf(notifier));
        try {
          await slot.enter(signal);
          await noted(entryOf(batch), deps, () => deliver(notifier, slot, batch, alerts, externalUrl(), deps, signal));
        } catch (error) {
          // Those before it took all of its time.
          throw signal.aborted && error === signal.reason ? deliveryFailed(batch, errorMessage(error), 0) : error;
        } finally {
          slot.leave();
        }
      }
      // The moment of logging, as in Alertmanager: repeat_interval counts from there.
      await deps.log.put({ ...entryOf(batch), atMs: deps.clock.now() }, batch.repeatIntervalMs);
      return batch;
    },
  };
}

/** Made when it is needed: thousands of groups may wait for a slot. */
function entryOf(batch: AlertGroupBatch): Omit<LogEntry, 'atMs' | 'expiresAtMs'> {
  return {
    groupKey: batch.groupKey,
    receiver: batch.receiver,
    integration: batch.integration,
    firing: batch.alerts.filter((alert) => !alert.resolved).map((alert) => alert.fingerprint),
    resolved: batch.alerts.filter((alert) => alert.resolved).map((alert) => alert.fingerprint),
  };
}

/** A delivery that a crash leaves a trace of. It never fails for want of the note: a page comes before bookkeeping. */
async function noted(
  entry: Omit<LogEntry, 'atMs' | 'expiresAtMs'>,
  { log, clock, logger }: DeliverDeps,
  delivery: () => Promise<void>,
): Promise<void> {
  const report = (error: unknown): void =>
    logger.warn(
      { receiver: entry.receiver, integration: entry.integration, error: errorMessage(error) },
      'a delivery under way could not be noted; a crash during it may leave the receiver with an old message',
    );
  await log.begin({ ...entry, atMs: clock.now() }).catch(report);
  try {
    await delivery();
  } catch (error) {
    await log.giveUp(entry).catch(report);
    throw error;
  }
}

/** In a slot, which others have while it pauses between attempts. */
async function deliver(
  notifier: Notifier,
  slot: Slot,
  batch: AlertGroupBatch,
  alerts: AlertGroupBatch['alerts'],
  externalUrl: string,
  { clock, random, health, history }: DeliverDeps,
  signal: AbortSignal,
): Promise<void> {
  const firstMs = clock.monotonicMs();
  const tell = (ok: boolean, attempts: number, answer: string): void => {
    const outcome = { ok, attempts, answer, durationMs: clock.monotonicMs() - firstMs };
    history?.record(deliveryEvents(batch, alerts, outcome, clock.now()));
  };
  const failed = (reason: string, attempts: number): VedetteError => {
    tell(false, attempts, reason);
    return deliveryFailed(batch, reason, attempts);
  };
  const { receiver, groupKey, groupLabels, routeLabels, reason, acknowledgeUrl } = batch;
  const message = createNotification({
    receiver,
    alerts,
    groupKey,
    groupLabels,
    routeLabels,
    reason,
    externalUrl,
    acknowledgeUrl,
  });
  let last = 'no attempt was made';
  for (let attempt = 0; !signal.aborted; attempt++) {
    const started = clock.monotonicMs();
    let delivery: Delivery;
    try {
      delivery = await notifier.notify(message, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      delivery = { ok: false, retry: true, reason: errorMessage(error) };
    }
    health.record(batch.receiver, batch.integration, delivery, clock.monotonicMs() - started, clock.now());
    if (delivery.ok) {
      tell(true, attempt + 1, delivery.receiverSaid ?? '');
      return;
    }
    last = delivery.reason;
    if (!delivery.retry) throw failed(last, attempt + 1);
    const spread = 1 + BACKOFF_JITTER * (2 * random() - 1);
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * BACKOFF_GROWTH ** attempt) * spread;
    const wait = Math.max(backoff, (delivery.retryAfterMs ?? 0) - clock.now());
    slot.leave();
    try {
      await clock.sleep(wait, signal);
      await slot.enter(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw failed(last, attempt + 1);
    }
  }
  throw failed(last, 0);
}

function deliveryFailed(batch: AlertGroupBatch, reason: string, attempts: number): VedetteError {
  return new VedetteError(
    'NOTIFY_FAILED',
    `receiver "${batch.receiver}" (${batch.integration}) did not take the notification after ${attempts} attempt(s): ${reason}; it is tried again at the next group_interval`,
  );
}
