import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Labels } from '../../src/model/labels.ts';
import { RulesHouse } from '../support/rules-house.ts';

/**
 * The cases of Prometheus's alert generator specification, on a clock of their own. Its rules lie beside the repository on machines
 * that have them; what is fed and expected follows from the specification's text.
 */
const file = resolve(
  dirname(fileURLToPath(import.meta.url)),
  '../../../../../shared/conformance/alert-generator/rules.yaml',
);
const isThere = existsSync(file);
if (!isThere) process.stdout.write('shared/conformance/alert-generator absent: its cases were not run\n');

const SECOND = 1_000;
const MINUTE = 60_000;
const INTERVAL = 30 * SECOND;
const RESEND = MINUTE;
/** The delay is over after it, not at its end: with an evaluation each 30 s an alert is told again at the next one, as by Prometheus. */
const RHYTHM = RESEND + 30_000;

let house: RulesHouse;
afterEach(async () => house?.stop());

async function open(): Promise<void> {
  house = new RulesHouse();
  await house.start(readFileSync(file, 'utf8'));
}

type Series = Readonly<Record<string, string>>;
const input = (group: string, rule: string, extra: Series = {}): Series => ({
  __name__: 'alert_generator_test_suite',
  alertname: rule,
  rulegroup: group,
  ...extra,
});

/** Gives each series its value every 15 s. */
async function feed(values: readonly (readonly [Series, number])[], ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 15 * SECOND) {
    for (const [labels, value] of values) house.store.add(Labels.fromObject(labels), house.clock.now(), value);
    await house.clock.advance(15 * SECOND);
  }
}

/** Alerts handed on, of one rule. */
function sent(alertname: string) {
  return house.received.flatMap(({ atMs, alerts }) =>
    alerts.filter(({ labels }) => labels.get('alertname') === alertname).map((alert) => ({ atMs, ...alert })),
  );
}

interface AlertJson {
  readonly state: string;
  readonly activeAt: string;
  readonly value: string;
  readonly labels: Series;
  readonly annotations: Series;
}
interface RuleJson {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly lastError?: string;
  readonly duration: number;
  readonly alerts: readonly AlertJson[];
}

/** The rule as /api/v1/rules shows it; /api/v1/alerts must list the same alerts. */
async function shown(name: string): Promise<RuleJson> {
  const { groups } = (
    (await house.get('/api/v1/rules')).body as { data: { groups: { interval: number; rules: RuleJson[] }[] } }
  ).data;
  expect(groups.every(({ interval }) => interval === 30)).toBe(true);
  const rule = groups.flatMap(({ rules }) => rules).find((candidate) => candidate.name === name);
  if (!rule) throw new Error(`no rule ${name}`);
  const all = ((await house.get('/api/v1/alerts')).body as { data: { alerts: AlertJson[] } }).data.alerts;
  expect(all.filter(({ labels }) => labels.alertname === name)).toEqual(rule.alerts);
  expect(rule).toMatchObject({ health: 'ok' });
  expect(rule.lastError ?? '').toBe('');
  return rule;
}

/** Alert states that the series ALERTS has now. */
async function states(alertname: string): Promise<readonly string[]> {
  const found = await house.query(`ALERTS{alertname="${alertname}"}`);
  expect(found.every(([, value]) => value === 1)).toBe(true);
  return found.map(([labels]) => /alertstate="(\w+)"/.exec(labels)?.[1] ?? '');
}

describe.skipIf(!isThere)('the alert generator specification', () => {
  it('pending, firing, resolved: states, series, what is sent, when and until when', async () => {
    const [group, rule] = ['PendingAndFiringAndResolved', 'PendingAndFiringAndResolved_SimpleAlert'];
    const series = input(group, rule, { variant: 'one' });
    await open();
    await feed([[series, 9]], 2 * MINUTE);
    expect(await shown(rule)).toMatchObject({ state: 'inactive', duration: 360, alerts: [] });
    // Not long enough: it never fires, and nobody hears of it.
    await feed([[series, 11]], 5 * MINUTE);
    expect(await shown(rule)).toMatchObject({ state: 'pending', alerts: [{ state: 'pending', value: '1.1e+01' }] });
    expect(await states(rule)).toEqual(['pending']);
    await feed([[series, 9]], MINUTE);
    expect(await shown(rule)).toMatchObject({ state: 'inactive' });
    expect(await states(rule)).toEqual([]);
    expect(sent(rule)).toEqual([]);
    // Long enough: with its first value past `for` it fires.
    await feed([[series, 15]], 9 * MINUTE);
    const firing = await shown(rule);
    expect(firing).toMatchObject({ state: 'firing' });
    expect(firing.alerts).toMatchObject([
      {
        labels: { alertname: rule, foo: 'bar', rulegroup: group, variant: 'one' },
        annotations: { description: 'SimpleAlert is firing', summary: 'The value is 15 15' },
      },
    ]);
    expect(await states(rule)).toEqual(['firing']);
    const first = sent(rule);
    const firedAtMs = first[0]?.atMs ?? 0;
    expect(firedAtMs).toBe(Date.parse(firing.alerts[0]?.activeAt ?? '') + 6 * MINUTE);
    expect(first.map(({ atMs }) => (atMs - firedAtMs) / RHYTHM)).toEqual(first.map((_, i) => i));
    for (const alert of first) {
      expect(alert).toMatchObject({ resolved: false, startsAtMs: firedAtMs, endsAtMs: alert.atMs + 4 * RESEND });
      expect(alert.generatorUrl).toMatch(/^http:\/\/watch\.example\/graph\?g0\.expr=/);
    }
    // It ends: told at once, again and again for 15 minutes, and then no more.
    house.received.length = 0;
    await feed([[series, 9]], 20 * MINUTE);
    expect(await shown(rule)).toMatchObject({ state: 'inactive', alerts: [] });
    expect(await states(rule)).toEqual([]);
    const ended = sent(rule);
    const resolvedAtMs = ended[0]?.atMs ?? 0;
    expect(
      ended.every(
        ({ resolved, startsAtMs, endsAtMs }) => resolved && startsAtMs === firedAtMs && endsAtMs === resolvedAtMs,
      ),
    ).toBe(true);
    expect(ended.map(({ atMs }) => (atMs - resolvedAtMs) / RHYTHM)).toEqual(ended.map((_, i) => i));
    const lastMs = (ended.at(-1)?.atMs ?? 0) - resolvedAtMs;
    expect(lastMs).toBeGreaterThanOrEqual(14 * MINUTE);
    expect(lastMs).toBeLessThanOrEqual(15 * MINUTE);
  });

  it('an alert that is active again is told as ended no more', async () => {
    const [group, rule] = ['PendingAndFiringAndResolved', 'PendingAndFiringAndResolved_SimpleAlert'];
    const series = input(group, rule);
    await open();
    await feed([[series, 11]], 8 * MINUTE);
    await feed([[series, 9]], 3 * MINUTE);
    house.received.length = 0;
    await feed([[series, 11]], 5 * MINUTE);
    expect(await shown(rule)).toMatchObject({ state: 'pending' });
    expect(sent(rule)).toEqual([]);
  });

  it('pending, then gone; and one that never was', async () => {
    const group = 'PendingAndResolved_AlwaysInactive';
    const [pending, never] = [`${group}_PendingAlert`, `${group}_InactiveAlert`];
    const values = (value: number) =>
      [
        [input(group, pending), value],
        [input(group, never), value],
      ] as const;
    await open();
    await feed(values(5), MINUTE);
    await feed(values(11), 2.5 * MINUTE);
    expect(await shown(pending)).toMatchObject({ state: 'pending' });
    expect(await shown(never)).toMatchObject({ state: 'inactive', alerts: [] });
    await feed(values(9), 5 * MINUTE);
    expect(await shown(pending)).toMatchObject({ state: 'inactive', alerts: [] });
    expect(await states(pending)).toEqual([]);
    expect(await house.query(`count_over_time(ALERTS{alertname="${never}"}[20m])`)).toEqual([]);
    expect(house.received).toEqual([]);
  });

  it('no `for` fires at once, a `for` below the interval at the next evaluation; templates give what they should', async () => {
    const group = 'ZeroFor_SmallFor';
    const [zero, small] = [`${group}_ZeroFor`, `${group}_SmallFor`];
    const template = (id: number) =>
      [
        { __name__: 'alert_generator_test_suite', rulegroup: group, for: 'template', id: String(id) },
        id * 100,
      ] as const;
    const ask = [template(3), template(1), template(2)];
    await open();
    await feed([...ask, [input(group, zero), 5], [input(group, small), 5]], MINUTE);
    await feed([...ask, [input(group, zero), 11], [input(group, small), 15]], 2 * MINUTE);
    const [zeroFirst, smallFirst] = [sent(zero)[0], sent(small)[0]];
    const zeroAlert = (await shown(zero)).alerts[0];
    const smallAlert = (await shown(small)).alerts[0];
    expect(zeroFirst?.atMs).toBe(Date.parse(zeroAlert?.activeAt ?? ''));
    expect((smallFirst?.atMs ?? 0) - Date.parse(smallAlert?.activeAt ?? '')).toBe(INTERVAL);
    // Never pending: the series has no such sample.
    expect(await house.query(`count_over_time(ALERTS{alertname="${zero}",alertstate="pending"}[10m])`)).toEqual([]);
    expect(zeroAlert?.annotations).toEqual({
      description: 'This should immediately fire',
      template_query_test: 'Args are: foo bar 99. first_id:1,1:100,2:200,3:300,',
      template_test: '1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC',
    });
    expect(smallAlert?.annotations).toEqual({
      description: 'This should fire after an interval',
      template_test: 'This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .',
    });
    expect(smallAlert?.labels).toEqual({ alertname: small, ba_dum: 'tss', rulegroup: group });
  });

  it('new alerts join those that fire, and a later rule sees them in the same evaluation', async () => {
    const group = 'NewAlerts_OrderCheck';
    const [one, two] = [`${group}_Rule1`, `${group}_Rule2`];
    const variant = (name: string, value: number) => [input(group, one, { variant: name }), value] as const;
    await open();
    await feed([variant('one', 11)], 5 * MINUTE);
    expect((await shown(one)).alerts).toHaveLength(1);
    expect((await shown(two)).alerts).toEqual([]);
    await feed([variant('one', 11), variant('two', 11)], 2.5 * MINUTE);
    expect((await shown(one)).alerts.map(({ state }) => state).sort()).toEqual(['firing', 'pending']);
    expect((await shown(two)).alerts).toEqual([]);
    await feed([variant('one', 11), variant('two', 11)], 2 * MINUTE);
    const second = sent(one).find(({ labels }) => labels.get('variant') === 'two');
    const [follower] = (await shown(two)).alerts;
    // Both rules of the group were evaluated at one moment, and the second saw what the first had just written.
    expect(Date.parse(follower?.activeAt ?? '')).toBe(second?.atMs);
    expect(sent(two)[0]?.atMs).toBe(second?.atMs);
    expect(follower).toMatchObject({
      labels: { alertname: two, ba_dum: 'tss', foo: 'baz', rulegroup: group },
      annotations: { description: `Based on ALERTS. Old alertname was ${one}. foo was bar.` },
    });
    await feed([variant('one', 9), variant('two', 11)], MINUTE);
    expect((await shown(two)).alerts).toEqual([]);
    expect(sent(two).at(-1)).toMatchObject({ resolved: true });
  });

  it('two results with the same labels make the rule fail, without alerts and series', async () => {
    const [group, rule] = ['PendingAndFiringAndResolved', 'PendingAndFiringAndResolved_SimpleAlert'];
    await open();
    const twins = ['a', 'b'].map((foo) => [input(group, rule, { foo }), 11] as const);
    await feed(twins, 8 * MINUTE);
    const { groups } = ((await house.get('/api/v1/rules')).body as { data: { groups: { rules: RuleJson[] }[] } }).data;
    const failed = groups.flatMap(({ rules }) => rules).find(({ name }) => name === rule);
    expect(failed).toMatchObject({ health: 'err', state: 'inactive', alerts: [] });
    expect(failed?.lastError).toContain('same labels');
    expect(await states(rule)).toEqual([]);
    expect(house.received).toEqual([]);
  });
});
