import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/alerting/history/event.ts';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Thursday. */
const START = Date.UTC(2026, 0, 1);

const hook = (name: string) => ({ name, webhook_configs: [{ url: `http://${name}/hook` }] });
const RECEIVERS = ['routes', 'sre', 'boss', 'ana', 'ben', 'sms'].map(hook);
const ROUTE = { receiver: 'routes', group_by: ['alertname'], group_wait: '30s', repeat_interval: '4h' };

const LEVELS = [
  { delay: '0s', targets: [{ receiver: 'sre' }], repeat: '10m' },
  { delay: '15m', targets: [{ receiver: 'boss' }], repeat: '1h' },
];

const policy = (more: object = {}) => ({
  route: ROUTE,
  receivers: RECEIVERS,
  escalation: { policies: [{ name: 'critical', matchers: ['severity="critical"'], levels: LEVELS }], ...more },
});

let house: AlertingHouse;
let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
  await house.stop();
});

async function opened(config: object): Promise<AlertingHouse> {
  house = new AlertingHouse(config);
  await house.start();
  return house;
}

const CRITICAL = { severity: 'critical' };

/** What was told outside of the routes: minutes since the start, to whom, what. */
function escalated(): readonly (readonly [number, string, string])[] {
  return house.told
    .filter(({ groupKey }) => groupKey.startsWith('escalation/'))
    .map(({ atMs, url, status }) => [Math.round((atMs - START) / MINUTE), new URL(url).hostname, status] as const);
}

async function request(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object | string) {
  app = Fastify();
  await app.register(house.room.plugin);
  const headers = typeof payload === 'string' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  await app.close();
  return answer;
}

describe('a policy', () => {
  it('tells level after level, repeats the highest one told, and tells the end to all who were told', async () => {
    await opened(policy());
    await house.fire('gate', CRITICAL);
    await house.pass(80 * MINUTE);
    await house.resolve('gate');
    await house.pass(2 * HOUR);
    expect(escalated()).toEqual([
      [0, 'sre', 'firing'],
      [10, 'sre', 'firing'],
      [15, 'boss', 'firing'],
      [75, 'boss', 'firing'],
      [80, 'sre', 'resolved'],
      [80, 'boss', 'resolved'],
    ]);
  });

  it('leaves alone what it does not match', async () => {
    await opened(policy());
    await house.fire('gate', { severity: 'warning' });
    await house.pass(HOUR);
    expect(escalated()).toEqual([]);
  });

  it('stops at an acknowledgement, but for levels that want the end', async () => {
    const levels = [...LEVELS, { delay: '30m', until: 'resolved', targets: [{ receiver: 'sms' }] }];
    await opened(policy({ policies: [{ name: 'critical', matchers: ['severity="critical"'], levels }] }));
    await house.fire('gate', CRITICAL);
    await house.pass(5 * MINUTE);
    const answer = await request('POST', '/api/vedette/alerting/acknowledgements', {
      matchers: ['camera="gate"'],
      by: 'ana',
    });
    expect(answer.statusCode).toBe(201);
    await house.pass(2 * HOUR);
    expect(escalated()).toEqual([
      [0, 'sre', 'firing'],
      [30, 'sms', 'firing'],
    ]);
  });

  it('begins anew when something joins that nobody looks after, and when an acknowledgement expires', async () => {
    await opened(policy());
    await house.fire('gate', CRITICAL);
    await house.pass(MINUTE);
    await request('POST', '/api/vedette/alerting/acknowledgements', { matchers: ['camera="gate"'], for: '2h' });
    await house.pass(59 * MINUTE);
    await house.fire('roof', CRITICAL);
    await house.pass(MINUTE);
    await request('POST', '/api/vedette/alerting/acknowledgements', { matchers: ['camera="roof"'] });
    await house.pass(80 * MINUTE);
    expect(escalated()).toEqual([
      [0, 'sre', 'firing'],
      [60, 'sre', 'firing'],
      [121, 'sre', 'firing'],
      [131, 'sre', 'firing'],
      [136, 'boss', 'firing'],
    ]);
  });

  it('goes on after kill -9 where it was: nothing is lost, nothing told twice', async () => {
    for (const downMs of [0, 3 * MINUTE, 12 * MINUTE]) {
      await opened(policy());
      await house.fire('gate', CRITICAL);
      await house.pass(7 * MINUTE);
      await house.crash(downMs);
      await house.pass(30 * MINUTE);
      await house.resolve('gate');
      await house.pass(5 * MINUTE);
      const told = escalated();
      expect(told.filter(([, who, what]) => who === 'sre' && what === 'resolved')).toHaveLength(1);
      expect(told.filter(([, who, what]) => who === 'boss' && what === 'firing')).toHaveLength(1);
      expect(told.filter(([at]) => at === 0)).toHaveLength(1);
      const repeats = told.filter(([at, who]) => who === 'sre' && at > 0 && at < 20);
      expect(repeats.map(([at]) => at)).toEqual(downMs < 5 * MINUTE ? [10] : []);
      await house.stop();
    }
  });

  it('tells an alert that ended while Vedette was down as ended', async () => {
    await opened(policy());
    await house.fire('gate', CRITICAL);
    await house.pass(2 * MINUTE);
    house.forget('gate');
    await house.crash(MINUTE);
    await house.pass(10 * MINUTE);
    expect(escalated().map(([, who, what]) => [who, what])).toEqual([
      ['sre', 'firing'],
      ['sre', 'resolved'],
    ]);
  });

  it('runs for two weeks without forgetting a repeat', async () => {
    await opened(policy());
    await house.fire('gate', CRITICAL);
    await house.pass(14 * DAY);
    const boss = escalated().filter(([, who]) => who === 'boss');
    expect(boss).toHaveLength(14 * 24);
    expect(new Set(boss.map(([at]) => at % 60))).toEqual(new Set([15]));
  });

  it('tries a receiver that is down again, and tells it once when it is back', async () => {
    await opened(policy());
    house.answer = 500;
    await house.fire('gate', CRITICAL);
    await house.pass(6 * MINUTE);
    expect(escalated()).toEqual([]);
    house.answer = 200;
    await house.pass(3 * MINUTE);
    expect(escalated()).toHaveLength(1);
  });
});

describe('on call', () => {
  const on_call = {
    people: ['ana', 'ben'].map((name) => ({ name, receiver: name })),
    schedules: [
      {
        name: 'duty',
        time_zone: 'Europe/Berlin',
        layers: [{ name: 'days', people: ['ana', 'ben'], rotation: 'daily', start: '2025-12-31', handoff: '09:00' }],
      },
    ],
  };

  it('tells whoever is on duty at that moment, and the end to both', async () => {
    const levels = [{ targets: [{ schedule: 'duty' }], repeat: '12h' }];
    await opened({ ...policy({ policies: [{ name: 'all', levels }] }), on_call });
    await house.fire('gate', CRITICAL);
    await house.pass(13 * HOUR);
    await house.resolve('gate');
    await house.pass(MINUTE);
    expect(escalated()).toEqual([
      [0, 'ana', 'firing'],
      [720, 'ben', 'firing'],
      [780, 'ana', 'resolved'],
      [780, 'ben', 'resolved'],
    ]);
    const { onCall } = (await request('GET', '/api/vedette/alerting/escalation')).json();
    expect(onCall).toEqual([
      { schedule: 'duty', person: 'ben', receiver: 'ben', because: 'days', until: '2026-01-02T08:00:00Z' },
    ]);
  });

  it('says so when nobody is, and tells as soon as somebody is', async () => {
    const late = structuredClone(on_call);
    Object.assign(late.schedules[0]?.layers[0] ?? {}, { start: '2026-01-01', handoff: '01:10' });
    await opened({
      ...policy({ policies: [{ name: 'all', levels: [{ targets: [{ schedule: 'duty' }] }] }] }),
      on_call: late,
    });
    await house.fire('gate', CRITICAL);
    await house.pass(20 * MINUTE);
    expect(escalated()).toEqual([[10, 'ana', 'firing']]);
    expect(house.logged).toContain('an escalation has nobody to tell: nobody is on call; it is tried again');
  });
});

describe('severity', () => {
  const raise = (more: object) => ({
    route: ROUTE,
    receivers: RECEIVERS,
    escalation: { raise: [{ name: 'worse', matchers: ['severity="warning"'], to: 'critical', ...more }] },
  });
  const raised = () =>
    house.posted
      .flatMap(({ body }) => (body as { alerts: { status: string; labels: Record<string, string> }[] }).alerts)
      .filter(({ labels }) => labels['raised_by'] !== undefined)
      .map(({ status, labels }) => [status, labels['severity'], labels['raised_from'], labels['camera']]);

  it('is raised by age, unless somebody looks after it', async () => {
    await opened(raise({ after: '30m' }));
    await house.fire('gate', { severity: 'warning' });
    await house.fire('roof', { severity: 'warning', alertname: 'Fps' });
    await house.pass(10 * MINUTE);
    await request('POST', '/api/vedette/alerting/acknowledgements', { matchers: ['camera="roof"'] });
    await house.pass(40 * MINUTE);
    await house.resolve('gate');
    await house.pass(10 * MINUTE);
    expect(raised().filter(([, , , camera]) => camera === 'roof')).toEqual([]);
    expect(raised()).toContainEqual(['firing', 'critical', 'warning', 'gate']);
    expect(raised().at(-1)).toEqual(['resolved', 'critical', 'warning', 'gate']);
  });

  it('is raised by spread, once, and stays so until the last one ends', async () => {
    await opened(raise({ alerts: 3, group_by: ['site'] }));
    for (const camera of ['a', 'b', 'c']) await house.fire(camera, { severity: 'warning' });
    await house.pass(10 * MINUTE);
    await house.resolve('a');
    await house.resolve('b');
    await house.pass(10 * MINUTE);
    expect(raised().filter(([status]) => status === 'resolved')).toEqual([]);
    await house.resolve('c');
    await house.pass(10 * MINUTE);
    expect(raised().filter(([status]) => status === 'resolved')).toEqual([
      ['resolved', 'critical', 'warning', undefined],
    ]);
  });

  it('climbs from info to emergency, and each raised alert escalates as what it is', async () => {
    const step = (from: string, to: string) => ({ name: to, matchers: [`severity="${from}"`], to, after: '30m' });
    await opened({
      route: ROUTE,
      receivers: RECEIVERS,
      escalation: {
        raise: [step('info', 'warning'), step('warning', 'critical'), step('critical', 'emergency')],
        policies: [{ name: 'boss', matchers: ['severity="emergency"'], levels: [{ targets: [{ receiver: 'boss' }] }] }],
      },
    });
    await house.fire('gate', { severity: 'info' });
    await house.pass(3 * HOUR);
    expect(escalated()).toEqual([[90, 'boss', 'firing']]);
    await house.resolve('gate');
    await house.pass(30 * MINUTE);
    expect(escalated().map(([, , what]) => what)).toEqual(['firing', 'resolved']);
  });
});

describe('business hours', () => {
  const office = {
    calendars: [
      {
        name: 'office',
        hours: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '08:00', to: '18:00' }],
        holidays: ['2026-01-01'],
      },
    ],
    time_zones: { north: 'Europe/Berlin' },
    hold: [{ matchers: ['severity="info"'], calendar: 'office' }],
  };

  it('hold what can wait until the morning of the site, and what ended before is not told at all', async () => {
    await opened({ route: ROUTE, receivers: RECEIVERS, business_hours: office });
    await house.fire('gate', { severity: 'info' });
    await house.fire('roof', { severity: 'info' });
    await house.pass(6 * HOUR);
    await house.resolve('roof');
    await house.pass(26 * HOUR);
    // Friday, eight in Berlin, and the group's next look after that.
    expect(house.told.map(({ atMs, firing }) => [Math.floor((atMs - START) / HOUR), firing])).toEqual([[31, ['gate']]]);
  });

  it('are in the history of what they hold', async () => {
    const events: HistoryEvent[] = [];
    const history = { record: (more: readonly HistoryEvent[]) => void events.push(...more) };
    house = new AlertingHouse({ route: ROUTE, receivers: RECEIVERS, business_hours: office }, 1, { history });
    await house.start();
    await house.fire('gate', { severity: 'info' });
    await house.pass(32 * HOUR);
    const kept = events.filter(({ state }) => state === 'muted' || state === 'unmuted');
    expect(kept.map(({ state, mute }) => [state, mute?.by, mute?.ids])).toEqual([
      ['muted', 'business-hours', ['office']],
      ['unmuted', 'business-hours', ['office']],
    ]);
  });

  it('move a level to the next opening', async () => {
    const levels = [{ delay: '1h', hours: 'office', targets: [{ receiver: 'sre' }] }];
    await opened({ ...policy({ policies: [{ name: 'low', levels }] }), business_hours: office });
    await house.fire('gate', CRITICAL);
    await house.pass(2 * DAY);
    expect(escalated()).toEqual([[31 * 60, 'sre', 'firing']]);
  });
});

describe('a backup', () => {
  const backups = [{ receiver: 'routes', backup: 'sms' }];

  it('is told when the receiver cannot be reached, once, and hears the end', async () => {
    house = new AlertingHouse({ route: ROUTE, receivers: RECEIVERS, backups });
    house.answers.set('http://routes/hook', 500);
    await house.start();
    await house.fire('gate');
    await house.pass(30 * MINUTE);
    expect(house.told.map(({ url, status }) => [new URL(url).hostname, status])).toEqual([['sms', 'firing']]);
    house.answers.clear();
    await house.pass(10 * MINUTE);
    await house.resolve('gate');
    await house.pass(10 * MINUTE);
    const told = house.told.map(({ url, status }) => [new URL(url).hostname, status]);
    expect(told.filter(([who]) => who === 'sms')).toEqual([
      ['sms', 'firing'],
      ['sms', 'resolved'],
    ]);
    expect(told.filter(([who]) => who === 'routes')).toEqual([
      ['routes', 'firing'],
      ['routes', 'resolved'],
    ]);
  });

  it('is told at once while the channel is unhealthy, and the gauge says so', async () => {
    house = new AlertingHouse({
      route: { ...ROUTE, group_by: ['alertname', 'camera'] },
      receivers: RECEIVERS,
      backups,
    });
    house.answers.set('http://routes/hook', 500);
    await house.start();
    await house.fire('gate');
    await house.pass(10 * MINUTE);
    const metrics = await house.registry.metrics();
    expect(metrics).toMatch(/vedette_notification_channel_healthy\{receiver="routes",integration="webhook"\} 0/);
    const at = house.clock.now();
    await house.fire('roof');
    await house.pass(2 * MINUTE);
    const roof = house.told.find(({ firing }) => firing.includes('roof'));
    expect((roof?.atMs ?? 0) - at).toBe(30_000);
  });

  it('stands in for a level of an escalation too', async () => {
    house = new AlertingHouse({ ...policy(), backups: [{ receiver: 'sre', backup: 'sms' }] });
    house.answers.set('http://sre/hook', 500);
    await house.start();
    await house.fire('gate', CRITICAL);
    await house.pass(14 * MINUTE);
    expect(escalated()).toEqual([[1, 'sms', 'firing']]);
  });
});

describe('an expected alert', () => {
  const expected = [{ name: 'prometheus north', matchers: ['alertname="Watchdog"'], max_age: '5m' }];
  const missing = () =>
    house.told
      .filter(({ groupKey }) => groupKey.includes('ExpectedAlertMissing'))
      .map(({ atMs, status }) => [Math.floor((atMs - START) / MINUTE), status]);

  it('pages when it stops arriving, through kill -9, and ends when it is back', async () => {
    await opened({ route: ROUTE, receivers: RECEIVERS, expected });
    await house.fire('watchdog', { alertname: 'Watchdog' });
    await house.pass(10 * MINUTE);
    expect(missing()).toEqual([]);
    house.forget('watchdog');
    await house.pass(10 * MINUTE);
    expect(missing()).toEqual([[14, 'firing']]);
    await house.crash(MINUTE);
    await house.pass(20 * MINUTE);
    expect(missing()).toHaveLength(1);
    await house.fire('watchdog', { alertname: 'Watchdog' });
    await house.pass(10 * MINUTE);
    expect(missing().map(([, status]) => status)).toEqual(['firing', 'resolved']);
  });

  it('pages when it never arrived', async () => {
    await opened({ route: ROUTE, receivers: RECEIVERS, expected });
    await house.pass(10 * MINUTE);
    expect(missing()).toHaveLength(1);
  });
});
