import { afterEach, describe, expect, it } from 'vitest';
import {
  type AlertmanagerConfig,
  RECEIVER_KINDS,
  type ReceiverKind,
  alertingConfigSchema,
} from '../../src/alerting/index.ts';
import { VedetteError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Labels } from '../../src/model/labels.ts';
import { AlertingHouse, type Told } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ROUTED = {
  route: { receiver: 'pager', group_by: ['alertname'], group_wait: '30s', group_interval: '5m', repeat_interval: '4h' },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
};

let house: AlertingHouse;
afterEach(async () => house.stop());

async function opened(config: unknown = ROUTED, seed = 1): Promise<AlertingHouse> {
  house = new AlertingHouse(config, seed);
  await house.start();
  return house;
}

const minutes = (atMs: number): number => (atMs - Date.UTC(2026, 0, 1)) / MINUTE;

describe('a group', () => {
  it('waits group_wait, then tells what joined at group_interval, and repeats when more than repeat_interval passed', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(MINUTE);
    await house.fire('roof');
    await house.pass(9 * HOUR);
    expect(house.told.map(({ atMs, firing }) => [minutes(atMs), firing])).toEqual([
      [0.5, ['gate']],
      [5.5, ['gate', 'roof']],
      [250.5, ['gate', 'roof']],
      [495.5, ['gate', 'roof']],
    ]);
  });

  it('tells the end once, and begins anew when the alert comes back', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(7 * MINUTE);
    await house.resolve('gate');
    await house.pass(30 * MINUTE);
    await house.fire('gate');
    await house.pass(10 * MINUTE);
    expect(house.told.map(({ atMs, status }) => [minutes(atMs), status])).toEqual([
      [0.5, 'firing'],
      [10.5, 'resolved'],
      [37.5, 'firing'],
    ]);
  });

  it('does not tell an alert that ended before group_wait was over', async () => {
    await opened();
    await house.fire('gate');
    await house.clock.advance(10_000);
    await house.resolve('gate');
    await house.pass(HOUR);
    expect(house.told).toEqual([]);
  });

  it('takes an alert that nobody repeats for ended', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(3 * MINUTE);
    house.forget('gate');
    await house.pass(15 * MINUTE);
    expect(house.told.map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  it('is told at once when its alert has been firing for longer than group_wait', async () => {
    await opened();
    const startsAtMs = house.clock.now() - HOUR;
    const labels = Labels.fromObject({ alertname: 'Old', camera: 'gate' });
    await house.room.sink.receive(
      [{ labels, annotations: {}, startsAtMs, endsAtMs: house.clock.now() + HOUR, resolved: false, generatorUrl: '' }],
      house.clock.now(),
    );
    await house.clock.advance(1);
    expect(house.told).toHaveLength(1);
  });

  it("is one per alert with group_by ['...'], and one for all without group_by", async () => {
    await opened({ ...ROUTED, route: { ...ROUTED.route, group_by: ['...'] } });
    await house.fire('gate');
    await house.fire('roof');
    await house.pass(MINUTE);
    expect(house.told.map(({ groupKey }) => groupKey).sort()).toEqual([
      '{}:{alertname="CameraDown", camera="gate", site="north"}',
      '{}:{alertname="CameraDown", camera="roof", site="north"}',
    ]);
    await house.stop();
    await opened({ ...ROUTED, route: { ...ROUTED.route, group_by: [] } });
    await house.fire('gate');
    await house.fire('roof', { alertname: 'Other' });
    await house.pass(MINUTE);
    expect(house.told.map(({ groupKey, firing }) => [groupKey, firing])).toEqual([['{}:{}', ['gate', 'roof']]]);
  });

  it('without send_resolved ends silently, and its return is news', async () => {
    await opened({
      ...ROUTED,
      receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook', send_resolved: false }] }],
    });
    await house.fire('gate');
    await house.pass(7 * MINUTE);
    await house.resolve('gate');
    await house.pass(20 * MINUTE);
    await house.fire('gate');
    await house.pass(10 * MINUTE);
    expect(house.told.map(({ status }) => status)).toEqual(['firing', 'firing']);
  });
});

describe('a receiver', () => {
  it('that was down is told once it is back, in time and once', async () => {
    await opened();
    house.answer = 0;
    await house.fire('gate');
    await house.pass(20 * MINUTE);
    expect(house.told).toEqual([]);
    // Pauses grow: a dead receiver is not hammered.
    expect(house.attempts).toBeGreaterThan(10);
    expect(house.attempts).toBeLessThan(100);
    house.answer = 200;
    await house.pass(3 * MINUTE);
    expect(house.told.map(({ firing }) => firing)).toEqual([['gate']]);
    await house.pass(2 * HOUR);
    expect(house.told).toHaveLength(1);
  });

  it('that refuses for good is asked once per group_interval', async () => {
    await opened();
    house.answer = 404;
    await house.fire('gate');
    await house.pass(21 * MINUTE);
    expect(house.attempts).toBe(5);
    expect((await house.status()).receivers).toMatchObject([
      {
        name: 'pager',
        integrations: [{ name: 'webhook', sent: 0, failed: 5, lastError: 'HTTP status 404', lastSuccess: null }],
      },
    ]);
    expect(await house.registry.metrics()).toContain(
      'vedette_notifications_failed_total{receiver="pager",integration="webhook",reason="permanent"} 5',
    );
  });

  it('of two integrations gets its message although the other is down', async () => {
    await opened({
      ...ROUTED,
      receivers: [
        { name: 'pager', webhook_configs: [{ url: 'http://pager/a' }, { url: 'http://pager/b', max_alerts: 1 }] },
      ],
    });
    await house.fire('gate');
    await house.fire('roof');
    await house.pass(MINUTE);
    expect(house.told.map(({ url, firing }) => [url, firing]).sort()).toEqual([
      ['http://pager/a', ['gate', 'roof']],
      ['http://pager/b', ['gate']],
    ]);
  });
});

describe('a restart', () => {
  it('notifies nothing twice within repeat_interval, and the end still comes', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(12 * MINUTE);
    await house.crash(MINUTE);
    await house.pass(30 * MINUTE);
    expect(house.told).toHaveLength(1);
    await house.resolve('gate');
    await house.pass(6 * MINUTE);
    expect(house.told.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    await house.crash(MINUTE);
    await house.pass(30 * MINUTE);
    expect(house.told).toHaveLength(2);
  });

  it('waits for the rest of a group before it tells that some of it ended', async () => {
    await opened();
    await house.fire('gate');
    await house.fire('roof');
    await house.pass(12 * MINUTE);
    await house.crash(10_000, false);
    await house.resolve('gate');
    await house.clock.advance(40_000);
    await house.pass(10 * MINUTE);
    expect(house.told.map(({ status, firing, resolved }) => [status, firing, resolved])).toEqual([
      ['firing', ['gate', 'roof'], []],
      ['firing', ['roof'], ['gate']],
    ]);
  });

  it('between the alert and its first notification loses nothing', async () => {
    await opened();
    await house.fire('gate');
    await house.clock.advance(10_000);
    await house.crash(5_000);
    await house.pass(2 * MINUTE);
    expect(house.told.map(({ firing }) => firing)).toEqual([['gate']]);
  });
});

describe('a loaded Alertmanager file', () => {
  const webhook = { kind: 'webhook_configs', sendResolved: true };
  const model: AlertmanagerConfig = {
    global: { resolve_timeout: 300_000 },
    route: {
      key: '{}',
      id: '{}',
      receiver: 'file',
      matchers: [],
      continue: false,
      groupBy: ['camera'],
      groupByAll: false,
      groupWaitMs: 10_000,
      groupIntervalMs: 60_000,
      repeatIntervalMs: HOUR,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      labels: { team: 'north' },
      routes: [],
    },
    inhibitRules: [],
    timeIntervals: [],
    receivers: [
      {
        name: 'file',
        integrations: RECEIVER_KINDS.filter(({ key }) => key === webhook.kind).map((kind) => {
          const config = kind.schema({ resolve_timeout: 300_000 }).parse({ url: 'http://file/' });
          return { ...webhook, config };
        }),
      },
    ],
    templates: [],
  };
  const settings = { config: alertingConfigSchema.parse(ROUTED), externalLabels: {}, externalUrl: '' };

  it("takes the place of the section's route", async () => {
    house = new AlertingHouse(ROUTED);
    await house.room.apply({ ...settings, alertmanager: model });
    await house.room.start();
    await house.fire('gate');
    await house.pass(MINUTE);
    expect(house.told).toMatchObject([{ url: 'http://file/', groupKey: '{}:{camera="gate"}', firing: ['gate'] }]);
  });

  it('is refused when a route names no receiver of it, or a receiver no kind', async () => {
    house = new AlertingHouse(ROUTED);
    const { route, receivers } = model;
    const strange = receivers.map((receiver) => ({
      ...receiver,
      integrations: receiver.integrations.map((one) => ({ ...one, kind: 'pigeon_configs' })),
    }));
    for (const [alertmanager, message] of [
      [
        { ...model, route: { ...route, routes: [{ ...route, id: '{}/{}/0', receiver: 'x' }] } },
        'route {}/{}/0: receiver "x"',
      ],
      [{ ...model, receivers: strange }, 'no kind of receiver pigeon_configs'],
    ] as const)
      await expect(house.room.prepare({ ...settings, alertmanager })).rejects.toThrow(message);
  });
});

describe('a reload that is refused', () => {
  const settings = (config: unknown) => ({
    config: alertingConfigSchema.parse(config),
    externalLabels: {},
    externalUrl: 'http://elsewhere',
  });
  const CHANGED = {
    route: { receiver: 'second', group_by: ['camera'], repeat_interval: '10m' },
    receivers: [
      { name: 'first', webhook_configs: [{ url: 'http://first/' }] },
      { name: 'second', webhook_configs: [{ url: 'http://broken/' }] },
    ],
  };

  it('leaves route, groups and receivers as they were, and closes what it had opened', async () => {
    const closed: string[] = [];
    // The real kinds, but one address cannot be opened, as when a certificate is missing.
    const kinds = RECEIVER_KINDS.map((kind): ReceiverKind => ({
      ...kind,
      open: (config, deps) => {
        const { url } = config as unknown as { readonly url: { reveal(): string } };
        if (url.reveal() === 'http://broken/') throw new VedetteError('CONFIG_UNREADABLE', 'ca.pem cannot be read');
        return { ...kind.open(config, deps), close: async () => void closed.push(url.reveal()) };
      },
    }));
    house = new AlertingHouse(ROUTED, 1, { receiverKinds: kinds });
    await house.start();
    await house.fire('gate');
    await house.pass(MINUTE);
    const before = await house.status();
    await expect(house.room.prepare(settings(CHANGED))).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: 'receiver "second", integration 0 (webhook_configs): ca.pem cannot be read',
    });
    expect(await house.status()).toEqual(before);
    expect(closed).toEqual(['http://first/']);
    await house.fire('roof');
    await house.pass(10 * MINUTE);
    expect(house.told.map(({ url, firing }) => [url, firing])).toEqual([
      ['http://pager/hook', ['gate']],
      ['http://pager/hook', ['gate', 'roof']],
    ]);
  });

  it('prepared and discarded is as if nothing had been', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(MINUTE);
    const before = await house.status();
    const prepared = await house.room.prepare(settings({ ...CHANGED, route: { receiver: 'first' } }));
    expect(await house.status()).toEqual(before);
    await prepared.discard();
    expect(await house.status()).toEqual(before);
  });

  it('a committed one closes the receivers it replaces', async () => {
    const closed: string[] = [];
    const kinds = RECEIVER_KINDS.map((kind): ReceiverKind => ({
      ...kind,
      open: (config, deps) => ({ ...kind.open(config, deps), close: async () => void closed.push('closed') }),
    }));
    house = new AlertingHouse(ROUTED, 1, { receiverKinds: kinds });
    await house.start();
    await house.room.apply(settings({ ...CHANGED, route: { receiver: 'first' } }));
    expect(closed).toEqual(['closed']);
    expect((await house.status()).route?.receiver).toBe('first');
  });
});

describe('a reload', () => {
  it('that groups differently sorts the known alerts into new groups', async () => {
    await opened();
    await house.fire('gate');
    await house.fire('roof');
    await house.pass(2 * MINUTE);
    await house.room.apply({
      config: alertingConfigSchema.parse({ ...ROUTED, route: { ...ROUTED.route, group_by: ['camera'] } }),
      externalLabels: { site: 'north' },
      externalUrl: 'http://watch',
    });
    await house.pass(MINUTE);
    expect(
      house.told
        .slice(1)
        .map(({ groupKey }) => groupKey)
        .sort(),
    ).toEqual(['{}:{camera="gate"}', '{}:{camera="roof"}']);
    expect(await house.status()).toMatchObject({ groupsTotal: 2, route: { groupBy: ['camera'] } });
  });

  it('with the same groups keeps them, and its new timing counts', async () => {
    await opened();
    await house.fire('gate');
    await house.pass(2 * MINUTE);
    await house.room.apply({
      config: alertingConfigSchema.parse({ ...ROUTED, route: { ...ROUTED.route, repeat_interval: '1h' } }),
      externalLabels: { site: 'north' },
      externalUrl: 'http://watch',
    });
    await house.pass(30 * MINUTE);
    expect(house.told).toHaveLength(1);
    await house.pass(HOUR);
    expect(house.told).toHaveLength(2);
  });

  it('to no route is silent, and says so once', async () => {
    await opened({});
    await house.fire('gate');
    await house.pass(HOUR);
    expect(house.attempts).toBe(0);
    expect(house.logged.filter((line) => line.includes('nobody is notified'))).toHaveLength(1);
    expect(await house.status()).toMatchObject({
      route: null,
      groupsTotal: 0,
      alerts: { firing: 1, resolved: 0 },
    });
  });
});

describe('external Alertmanagers', () => {
  const EXTERNAL = {
    alertmanagers: [{ static_configs: [{ targets: ['am-1:9093', 'am-2:9093'] }], path_prefix: '/am/' }],
  };

  it('get every alert over API v2, with external labels', async () => {
    await opened(EXTERNAL);
    await house.fire('gate');
    await house.clock.advance(1_000);
    expect(house.posted).toMatchObject([
      { url: 'http://am-1:9093/am/api/v2/alerts' },
      { url: 'http://am-2:9093/am/api/v2/alerts' },
    ]);
    expect(house.posted[0]?.body).toEqual([
      {
        labels: { alertname: 'CameraDown', camera: 'gate', site: 'north' },
        annotations: { summary: 'gate' },
        startsAt: '2026-01-01T00:00:00Z',
        endsAt: '2026-01-01T00:04:00Z',
        generatorURL: 'http://watch/graph',
      },
    ]);
  });

  it('that are down do not hold anything up, and what could not be sent is counted', async () => {
    await opened(EXTERNAL);
    house.answer = 0;
    for (let i = 0; i < 5; i++) await house.fire(`camera-${i}`);
    await house.pass(10 * MINUTE);
    const { alertmanagers } = await house.status();
    expect(alertmanagers).toHaveLength(2);
    expect(alertmanagers[0]?.lastError).toContain('connection refused');
    expect(alertmanagers[0]?.dropped).toBeGreaterThan(0);
    house.answer = 200;
    await house.pass(2 * MINUTE);
    expect(house.posted.length).toBeGreaterThan(0);
  });
});

describe('days of trouble', () => {
  it.each([1, 2, 3, 4])(
    'seed %d: nothing is told twice, and in the end the receiver knows how things are',
    async (seed) => {
      await opened(ROUTED, seed);
      const random = seededRandom(seed * 7_919);
      const cameras = Array.from({ length: 8 }, (_, i) => `camera-${i}`);
      const pick = (): string => cameras[Math.floor(random() * cameras.length)] ?? '';
      for (let step = 0; step < 300; step++) {
        const what = random();
        if (what < 0.35) await house.fire(pick());
        else if (what < 0.7) await house.resolve(pick());
        else if (what < 0.8) house.answer = [0, 200, 500, 200][Math.floor(random() * 4)] ?? 200;
        else if (what < 0.83) await house.crash(random() * 90_000);
        await house.pass(Math.ceil(random() * 12) * MINUTE);
      }
      house.answer = 200;
      await house.pass(30 * MINUTE);

      const byGroup = new Map<string, Told[]>();
      for (const told of house.told) byGroup.set(told.groupKey, [...(byGroup.get(told.groupKey) ?? []), told]);
      for (const list of byGroup.values()) {
        for (const [i, told] of list.entries()) {
          const before = list[i - 1];
          if (!before) continue;
          const isNews =
            told.firing.some((camera) => !before.firing.includes(camera)) ||
            told.resolved.some((camera) => !before.resolved.includes(camera)) ||
            (told.status === 'resolved' && before.status === 'firing');
          const waited = told.atMs - before.atMs;
          expect(isNews || waited >= 4 * HOUR, `told the same after ${waited / MINUTE} min`).toBe(true);
          expect(waited).toBeGreaterThanOrEqual(0);
        }
        const last = list.at(-1);
        expect([...(last?.firing ?? [])].sort()).toEqual(house.firing());
      }
      expect(byGroup.size).toBe(1);
      expect(house.told.length).toBeGreaterThan(20);
    },
  );
});
