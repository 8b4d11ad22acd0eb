import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type DeliverDeps, PREPARED_MAX, deliverStage } from '../../src/alerting/pipeline/deliver-stage.ts';
import { DeliveryHealth } from '../../src/alerting/pipeline/delivery-health.ts';
import { NotificationLog } from '../../src/alerting/pipeline/notification-log.ts';
import type { AlertGroupBatch } from '../../src/alerting/pipeline/stage.ts';
import type { Delivery, Notification } from '../../src/alerting/notify/notification.ts';
import { unixMs } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from '../support/memory-state.ts';

const clock = new VirtualClock(unixMs(1_000_000));

function batch(i: number): AlertGroupBatch {
  const labels = Labels.fromObject({ alertname: `A${i}` });
  return {
    receiver: 'team',
    integration: 'webhook[0]',
    groupKey: `{}:{alertname="A${i}"}`,
    groupLabels: labels,
    routeLabels: {},
    repeatIntervalMs: 3_600_000,
    alerts: [
      {
        labels,
        annotations: {},
        value: 1,
        startsAtMs: 0,
        endsAtMs: 2_000_000,
        resolved: false,
        generatorUrl: '',
        fingerprint: String(i),
      },
    ],
  };
}

async function house(answer: (message: Notification) => Promise<Delivery>) {
  const deps: DeliverDeps = {
    clock,
    logger: silentLogger,
    random: () => 0.5,
    log: await NotificationLog.open(new MemoryState(), clock),
    health: new DeliveryHealth(new Registry()),
  };
  return deliverStage({ integration: 'webhook', sendResolved: true, notify: answer }, () => 'http://watch', deps);
}

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await nextTurn();
}

describe('messages that are made ready at once', () => {
  it('are bounded, however many groups flush in one second', async () => {
    let under = 0;
    let most = 0;
    let ended = 0;
    const stage = await house(async () => {
      most = Math.max(most, ++under);
      await nextTurn();
      under--;
      ended++;
      return { ok: true };
    });
    const never = new AbortController().signal;
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => stage.run(batch(i), clock.now(), never)));
    expect([ended, most]).toEqual([1_000, PREPARED_MAX]);
  });

  it('do not wait for those that pause before their next attempt', async () => {
    const told: string[] = [];
    const stage = await house(async ({ groupKey }) => {
      const number = Number(/A(\d+)/.exec(groupKey)?.[1]);
      if (number < PREPARED_MAX) return { ok: false, retry: true, reason: 'not now' };
      told.push(groupKey);
      return { ok: true };
    });
    const over = new AbortController();
    const all = Array.from({ length: 2 * PREPARED_MAX }, (_, i) => stage.run(batch(i), clock.now(), over.signal));
    const outcomes = Promise.allSettled(all);
    await settled();
    expect(told).toHaveLength(PREPARED_MAX);
    over.abort(new Error('the interval is over'));
    const failed = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(PREPARED_MAX);
  });

  it('that get no turn in their time fail as deliveries do', async () => {
    const stage = await house(() => new Promise(() => undefined));
    const over = new AbortController();
    for (let i = 0; i < PREPARED_MAX; i++) void stage.run(batch(i), clock.now(), over.signal).catch(() => undefined);
    const late = stage.run(batch(PREPARED_MAX), clock.now(), over.signal);
    await settled();
    over.abort(new Error('the interval is over'));
    await expect(late).rejects.toMatchObject({ code: 'NOTIFY_FAILED' });
  });
});
