import type { IntegrationTestResult, ReceiverTestResult } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Delivery, Notification, Notifier } from '../notify/notification.ts';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import type { Receiver } from '../pipeline/receiver.ts';
import { withTimeout } from '../timeout.ts';
import { testMessage } from './test-message.ts';

/** For all integrations of a receiver together. */
const TEST_TIMEOUT_MS = 30_000;

const NOT_TOLD: Delivery = { ok: false, retry: false, reason: 'send_resolved is false: it is not told what is over' };

export interface TestOptions {
  /** Position of the only integration to test. */
  readonly integration: number | undefined;
  readonly resolved: boolean;
  readonly externalUrl: string;
  /** Hears how it went. */
  readonly health?: Pick<DeliveryHealth, 'record'>;
}

/** Sends one test notification through the receiver, without retries, and says what each integration answered. */
export async function testReceiver(
  receiver: Receiver,
  options: TestOptions,
  clock: Clock,
): Promise<ReceiverTestResult> {
  const { integration, resolved, externalUrl } = options;
  const chosen = [...receiver.notifiers.entries()].filter(([i]) => integration === undefined || i === integration);
  if (chosen.length === 0)
    throw new VedetteError(
      'NOT_FOUND',
      integration === undefined
        ? `receiver "${receiver.name}" has no integration that could be tested`
        : `receiver "${receiver.name}" has no integration ${integration}; it has ${receiver.notifiers.length}`,
    );
  const message = testMessage(receiver.name, resolved, externalUrl, clock.now());
  const integrations = await receiver.during(() =>
    Promise.all(
      chosen.map(([index, notifier]) => testOne(index, notifier, message, { clock, health: options.health })),
    ),
  );
  return { receiver: receiver.name, integrations };
}

async function testOne(
  index: number,
  notifier: Notifier,
  message: Notification,
  { clock, health }: { readonly clock: Clock; readonly health: TestOptions['health'] },
): Promise<IntegrationTestResult> {
  const startedMs = clock.monotonicMs();
  const isTold = notifier.sendResolved || message.status === 'firing';
  const delivery = isTold ? await deliver(notifier, message, clock) : NOT_TOLD;
  const durationMs = clock.monotonicMs() - startedMs;
  if (isTold) health?.record(message.receiver, `${notifier.integration}[${index}]`, delivery, durationMs, clock.now());
  return {
    name: notifier.integration,
    index,
    delivered: delivery.ok,
    reason: delivery.ok ? null : delivery.reason,
    retried: !delivery.ok && delivery.retry,
    said: delivery.ok ? (delivery.receiverSaid ?? null) : null,
    durationSeconds: durationMs / 1_000,
  };
}

async function deliver(notifier: Notifier, message: Notification, clock: Clock): Promise<Delivery> {
  const never = new AbortController().signal;
  try {
    return await withTimeout(clock, TEST_TIMEOUT_MS, never, (signal) => notifier.notify(message, signal));
  } catch (error) {
    return { ok: false, retry: true, reason: errorMessage(error) };
  }
}
