import { afterEach, describe, expect, it } from 'vitest';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let house: AlertingHouse;
afterEach(async () => house.stop());

async function opened(file: string): Promise<AlertingHouse> {
  house = new AlertingHouse(file);
  await house.start();
  return house;
}

const minutes = (atMs: number): number => (atMs - Date.UTC(2026, 0, 1)) / MINUTE;

/** `minute receiver status cameras` of each notification. */
function told(): readonly string[] {
  return house.told.map(({ atMs, url, status, firing, resolved }) => {
    const ended = resolved.length > 0 ? ` -${resolved.join(',')}` : '';
    return `${minutes(atMs)} ${url.replace(/^http:\/\/(.*)\/$/, '$1')} ${status} ${firing.join(',')}${ended}`;
  });
}

function receivers(...names: readonly string[]): string {
  return `receivers:\n${names.map((name) => `  - {name: ${name}, webhook_configs: [{url: 'http://${name}/'}]}`).join('\n')}\n`;
}

describe('an alert that takes several routes', () => {
  const FILE = `
route:
  receiver: default
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    - {receiver: archive, continue: true, group_wait: 0s, group_by: []}
    - receiver: pager
      match: {severity: critical}
      group_by: [camera]
      group_wait: 10s
    - receiver: mail
      match_re: {severity: warn|info}
${receivers('default', 'archive', 'pager', 'mail')}`;

  it('is told on each, with the grouping and the timing of each', async () => {
    await opened(FILE);
    await house.fire('gate', { severity: 'critical' });
    await house.fire('roof', { severity: 'warn' });
    await house.fire('yard', { severity: 'warning' });
    await house.pass(2 * MINUTE);
    expect(
      told()
        .filter((line) => !line.includes('archive'))
        .sort(),
    ).toEqual([`${10 / 60} pager firing gate`, '0.5 mail firing roof']);
    // The archive takes all; what came in the same moment is one message or follows at its interval.
    await house.pass(5 * MINUTE);
    expect(house.told.filter(({ url }) => url === 'http://archive/').at(-1)?.firing).toEqual(['gate', 'roof', 'yard']);
    expect(house.told.some(({ url }) => url === 'http://default/')).toBe(false);
  });

  it('each group has the key of its route', async () => {
    await opened(FILE);
    await house.fire('gate', { severity: 'critical' });
    await house.pass(MINUTE);
    expect(house.told.map(({ groupKey }) => groupKey).sort()).toEqual([
      '{}/{severity="critical"}:{camera="gate"}',
      '{}/{}:{}',
    ]);
  });

  it('the tree shows the groups where they are', async () => {
    await opened(FILE);
    await house.fire('gate', { severity: 'critical' });
    await house.fire('roof', { severity: 'warn' });
    await house.pass(MINUTE);
    const { source, root } = await house.routes();
    expect(source).toBe('alertmanager');
    expect(root).toMatchObject({ receiver: 'default', groups: 0, alerts: 0, groupBy: ['alertname'], groupWait: '30s' });
    expect(root?.routes.map(({ receiver, matchers, groups, alerts }) => [receiver, matchers, groups, alerts])).toEqual([
      ['archive', [], 1, 2],
      ['pager', ['severity="critical"'], 1, 1],
      ['mail', ['severity=~"^(?:warn|info)$"'], 1, 1],
    ]);
  });

  it('a reload with another timing keeps its groups, one with another receiver sorts anew', async () => {
    await opened(FILE);
    await house.fire('gate', { severity: 'critical' });
    await house.pass(MINUTE);
    await house.apply(FILE.replace('repeat_interval: 4h', 'repeat_interval: 1h'));
    await house.pass(HOUR);
    const before = house.told.length;
    expect(before).toBe(2);
    await house.pass(10 * MINUTE);
    expect(house.told.length).toBe(4);
    await house.apply(FILE.replace('receiver: pager', 'receiver: default'));
    await house.pass(MINUTE);
    expect(told().at(-1)).toMatch(/ default firing gate$/);
  });
});

describe('inhibition', () => {
  const FILE = `
route: {receiver: ops, group_by: [alertname], group_wait: 30s, group_interval: 1m, repeat_interval: 4h}
inhibit_rules:
  - source_match: {severity: critical}
    target_match: {severity: warning}
    equal: [zone]
${receivers('ops')}`;

  it('keeps the target quiet while its source fires; it is told once the source has ended', async () => {
    await opened(FILE);
    await house.fire('gate', { alertname: 'Down', severity: 'critical', zone: 'a' });
    await house.fire('lens', { alertname: 'Blurred', severity: 'warning', zone: 'a' });
    await house.fire('roof', { alertname: 'Blurred', severity: 'warning', zone: 'b' });
    await house.pass(10 * MINUTE);
    expect(told()).toEqual(['0.5 ops firing gate', '0.5 ops firing roof']);
    await house.resolve('gate');
    await house.pass(3 * MINUTE);
    expect(told().slice(2)).toEqual(['10.5 ops resolved  -gate', '10.5 ops firing lens,roof']);
  });

  it('of an alert that was told takes it out of the group without telling that it ended', async () => {
    await opened(FILE);
    await house.fire('lens', { alertname: 'Blurred', severity: 'warning', zone: 'a' });
    await house.fire('roof', { alertname: 'Blurred', severity: 'warning', zone: 'b' });
    await house.pass(2 * MINUTE);
    await house.fire('gate', { alertname: 'Down', severity: 'critical', zone: 'a' });
    await house.pass(10 * MINUTE);
    expect(told()).toEqual(['0.5 ops firing lens,roof', '2.5 ops firing gate']);
  });

  it('ends by a reload that takes the rule away', async () => {
    await opened(FILE);
    await house.fire('gate', { alertname: 'Down', severity: 'critical', zone: 'a' });
    await house.fire('lens', { alertname: 'Blurred', severity: 'warning', zone: 'a' });
    await house.pass(5 * MINUTE);
    expect((await house.routes()).inhibitRules).toEqual([
      {
        name: null,
        source: ['severity="critical"'],
        target: ['severity="warning"'],
        equal: ['zone'],
        firingSources: 1,
      },
    ]);
    await house.apply(FILE.replace(/inhibit_rules:[^]*?receivers/, 'receivers'));
    await house.pass(2 * MINUTE);
    expect(told().slice(1)).toEqual(['5.5 ops firing lens']);
  });
});

describe('time intervals', () => {
  const FILE = (route: string) => `
route:
  receiver: ops
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
  routes:
    - {receiver: ops, group_by: [alertname], ${route}}
time_intervals:
  - name: early
    time_intervals: [{times: [{start_time: "00:00", end_time: "01:00"}]}]
${receivers('ops')}`;

  it('mute a route, and what still fires afterwards is told then', async () => {
    await opened(FILE('mute_time_intervals: [early]'));
    await house.fire('gate');
    await house.pass(30 * MINUTE);
    expect((await house.routes()).root?.routes[0]?.mutedBy).toBe('the route is muted during "early"');
    await house.pass(40 * MINUTE);
    expect(told()).toEqual(['60.5 ops firing gate']);
  });

  it('count as handled: an alert that fired and ended inside is never told', async () => {
    await opened(FILE('mute_time_intervals: [early]'));
    await house.fire('gate');
    await house.pass(10 * MINUTE);
    await house.resolve('gate');
    await house.pass(2 * HOUR);
    expect(told()).toEqual([]);
    expect(await house.status()).toMatchObject({ groupsTotal: 0 });
  });

  it('that are active ones let it speak only inside', async () => {
    await opened(FILE('active_time_intervals: [early]'));
    await house.fire('gate');
    await house.pass(50 * MINUTE);
    await house.pass(20 * MINUTE);
    await house.fire('roof', { alertname: 'Other' });
    await house.pass(20 * HOUR);
    expect(told()).toEqual(['0.5 ops firing gate']);
    await house.pass(4 * HOUR);
    expect(told().slice(1).sort()).toEqual(['1440.5 ops firing gate', '1440.5 ops firing roof']);
  });
});

describe('silences', () => {
  it('mute alerts that match for as long as they hold', async () => {
    await opened(`route: {receiver: ops, group_by: [alertname], group_interval: 1m}\n${receivers('ops')}`);
    const silences = house.room.alertmanager.silences();
    const now = house.clock.now();
    const silence = await silences.set(
      {
        matchers: [createMatcher('camera', '=', 'gate')],
        startsAtMs: now,
        endsAtMs: now + 2 * HOUR,
        createdBy: 'ada',
        user: undefined,
        comment: 'maintenance',
        annotations: {},
      },
      now,
    );
    await house.fire('gate');
    await house.fire('roof');
    await house.pass(3 * MINUTE);
    await silences.expire(silence, house.clock.now());
    await house.pass(2 * MINUTE);
    expect(told()).toEqual(['0.5 ops firing roof', '3.5 ops firing gate,roof']);
  });
});

describe('timing as in Alertmanager', () => {
  const FILE = (timing: string) => `route: {receiver: ops, group_by: [alertname], ${timing}}\n${receivers('ops')}`;

  it('repeat_interval is rounded up to a flush after it', async () => {
    await opened(FILE('group_wait: 0s, group_interval: 4m, repeat_interval: 10m'));
    await house.fire('gate');
    await house.pass(40 * MINUTE);
    expect(house.told.map(({ atMs }) => minutes(atMs))).toEqual([0, 12, 24, 36]);
  });

  it('group_interval ends the attempts of one flush, but not before 10 s', async () => {
    await opened(FILE('group_wait: 0s, group_interval: 1s, repeat_interval: 10m'));
    house.answer = 503;
    await house.fire('gate');
    await house.clock.advance(9_900);
    const attempts = house.attempts;
    // Half a second and growing: one flush alone.
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(9);
  });

  it('a group that lost its alerts keeps its rhythm until the maintenance every 30 s', async () => {
    await opened(FILE('group_wait: 2s, group_interval: 20s, repeat_interval: 1h'));
    await house.fire('gate');
    await house.clock.advance(5_000);
    await house.resolve('gate');
    await house.clock.advance(20_000);
    // Told resolved at 22 s; fires again at 25 s, in the group that still is: not before its flush at 42 s.
    await house.fire('gate');
    await house.clock.advance(25_000);
    expect(house.told.map(({ atMs, status }) => [(atMs - Date.UTC(2026, 0, 1)) / 1_000, status])).toEqual([
      [2, 'firing'],
      [22, 'resolved'],
      [42, 'firing'],
    ]);
    await house.resolve('gate');
    await house.clock.advance(50_000);
    // Told resolved at 62 s and taken away at 90 s: now group_wait counts again.
    await house.fire('gate');
    await house.clock.advance(3_000);
    expect(house.told.slice(3).map(({ atMs, status }) => [(atMs - Date.UTC(2026, 0, 1)) / 1_000, status])).toEqual([
      [62, 'resolved'],
      [102, 'firing'],
    ]);
  });

  it('the log is kept for 120 h', async () => {
    await opened(FILE('group_wait: 0s, group_interval: 5m, repeat_interval: 1h'));
    await house.fire('gate');
    await house.pass(MINUTE);
    await house.resolve('gate');
    await house.pass(10 * MINUTE);
    expect(house.told).toHaveLength(2);
    await house.clock.advance(119 * HOUR);
    expect(house.state.size('notification-log')).toBe(1);
    await house.clock.advance(2 * HOUR);
    expect(house.state.size('notification-log')).toBe(0);
  });
});

describe('many alerts', () => {
  it("20,000 with group_by ['...'] are all told", async () => {
    await opened(`route: {receiver: ops, group_by: ['...'], group_wait: 1s, group_interval: 5m}\n${receivers('ops')}`);
    const now = house.clock.now();
    const count = 20_000;
    const alerts = Array.from({ length: count }, (_, i) => ({
      labels: Labels.fromObject({ alertname: 'CameraDown', camera: `camera-${i}` }),
      annotations: {},
      startsAtMs: now,
      endsAtMs: now + HOUR,
      resolved: false,
      generatorUrl: '',
    }));
    await house.room.sink.receive(alerts, now);
    expect((await house.status()).groupsTotal).toBe(count);
    await house.clock.advance(2_000);
    expect(new Set(house.told.flatMap(({ firing }) => firing)).size).toBe(count);
    expect(house.logged.filter((line) => line.includes('too many alert groups'))).toEqual([]);
  });
});
