import type { UnixMs } from '../../base/clock.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { AlertGroupBatch } from '../pipeline/stage.ts';
import type { HistoryEvent } from './event.ts';

/** How telling one integration ended, retries included. */
export interface DeliveryOutcome {
  readonly ok: boolean;
  readonly attempts: number;
  readonly durationMs: number;
  /** What the receiver said, or why it could not be told. */
  readonly answer: string;
}

/** One event for each alert that was in the message. */
export function deliveryEvents(
  { receiver, integration, groupKey }: AlertGroupBatch,
  alerts: readonly GroupAlert[],
  { ok, attempts, durationMs, answer }: DeliveryOutcome,
  at: UnixMs,
): readonly HistoryEvent[] {
  return alerts.map(({ labels, startsAtMs, value, resolved }) => ({
    atMs: at,
    state: ok ? 'notified' : 'not-delivered',
    labels,
    startsAtMs,
    value,
    delivery: { receiver, integration, groupKey, told: resolved ? 'resolved' : 'firing', attempts, durationMs, answer },
  }));
}
