import { afterEach, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/alerting/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const CONFIG = {
  route: { receiver: 'pager', group_by: ['alertname'], group_wait: '30s', group_interval: '5m', repeat_interval: '4h' },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
};

let house: AlertingHouse;
afterEach(async () => house.stop());

async function opened(): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  house = new AlertingHouse(CONFIG, 1, { history: { record: (more) => void events.push(...more) } });
  await house.start();
  return events;
}

it('each alert of a message is in the history with what the receiver got, and with what was answered', async () => {
  const events = await opened();
  await house.fire('gate');
  await house.fire('roof');
  await house.pass(2 * MINUTE);
  await house.resolve('gate');
  await house.pass(5 * MINUTE);
  expect(events.map(({ state, labels, delivery }) => [state, labels.get('camera'), delivery?.told])).toEqual([
    ['notified', 'gate', 'firing'],
    ['notified', 'roof', 'firing'],
    ['notified', 'gate', 'resolved'],
    ['notified', 'roof', 'firing'],
  ]);
  expect(events[0]).toMatchObject({
    atMs: Date.UTC(2026, 0, 1) + 30_000,
    startsAtMs: Date.UTC(2026, 0, 1),
    delivery: {
      receiver: 'pager',
      integration: 'webhook[0]',
      groupKey: '{}:{alertname="CameraDown"}',
      attempts: 1,
      answer: '',
    },
  });
  expect(events[0]?.labels.get('site')).toBe('north');
});

it('retries are one event: how often it was tried, how long it took, and why it was given up', async () => {
  const events = await opened();
  house.answer = 500;
  await house.fire('gate');
  await house.pass(6 * MINUTE);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ state: 'not-delivered' });
  expect(events[0]?.delivery?.attempts).toBeGreaterThan(5);
  expect(events[0]?.delivery?.durationMs).toBe(5 * MINUTE);
  expect(events[0]?.delivery?.answer).toMatch(/500/);
  house.answer = 200;
  await house.pass(5 * MINUTE);
  expect(events.map(({ state }) => state)).toEqual(['not-delivered', 'notified']);
});

it('an alert that arrives over the API begins once, and ends', async () => {
  const events = await opened();
  const at = house.clock.now();
  const alert = {
    labels: Labels.fromObject({ alertname: 'DoorOpen', camera: 'gate' }),
    annotations: { summary: 'open' },
    startsAtMs: at,
    endsAtMs: at + 5 * MINUTE,
    resolved: false,
    generatorUrl: '',
  };
  await house.room.alertmanager.receive([alert], at);
  await house.room.alertmanager.receive([alert], at);
  await house.room.alertmanager.receive([{ ...alert, resolved: true, endsAtMs: at }], at);
  await house.room.alertmanager.receive([{ ...alert, resolved: true, endsAtMs: at }], at);
  expect(events.map(({ state, startsAtMs, firedAtMs }) => [state, startsAtMs, firedAtMs])).toEqual([
    ['firing', at, at],
    ['resolved', at, at],
  ]);
});

it('an alert of the API that nobody says again ends in the history when its time is over', async () => {
  const events = await opened();
  const at = house.clock.now();
  const alert = {
    labels: Labels.fromObject({ alertname: 'DoorOpen', camera: 'gate' }),
    annotations: {},
    startsAtMs: at,
    endsAtMs: at + 5 * MINUTE,
    resolved: false,
    generatorUrl: '',
  };
  const told = (): readonly unknown[] =>
    events
      .filter(({ state }) => state === 'firing' || state === 'resolved')
      .map(({ state, atMs }) => [state, (atMs - at) / MINUTE]);
  await house.room.alertmanager.receive([alert], at);
  await house.pass(4 * MINUTE);
  expect(told()).toEqual([['firing', 0]]);
  await house.pass(2 * MINUTE);
  expect(told()).toEqual([
    ['firing', 0],
    ['resolved', 5],
  ]);
  const again = house.clock.now();
  await house.room.alertmanager.receive([{ ...alert, startsAtMs: again, endsAtMs: again + 5 * MINUTE }], again);
  await house.pass(6 * MINUTE);
  expect(told()).toEqual([
    ['firing', 0],
    ['resolved', 5],
    ['firing', 6],
    ['resolved', 11],
  ]);
});
