import { afterEach, describe, expect, it } from 'vitest';
import { isVedetteError } from '../../src/base/errors.ts';
import { RulesHouse } from '../support/rules-house.ts';

const DOWN = `
groups:
  - name: cameras
    interval: 15s
    rules:
      - record: cameras:down
        expr: count(camera_up == 0)
      - alert: CameraDown
        expr: camera_up == 0
        for: 2m
        labels: { severity: page }
        annotations: { summary: '{{ $labels.camera }} at {{ $externalLabels.site }} is down ({{ $value }})' }
`;
const UP = { __name__: 'camera_up', camera: 'gate' };
const MINUTE = 60_000;

interface AlertJson {
  readonly state: string;
  readonly activeAt: string;
  readonly value: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly keepFiringSince?: string;
}

let house: RulesHouse;
afterEach(async () => house.stop());

async function alerts(): Promise<readonly AlertJson[]> {
  return ((await house.get('/api/v1/alerts')).body as { data: { alerts: AlertJson[] } }).data.alerts;
}

interface RuleJson {
  readonly name: string;
  readonly health: string;
  readonly state?: string;
  readonly lastError?: string;
  readonly alerts?: readonly AlertJson[];
}

async function rulesOf(query = ''): Promise<readonly { readonly name: string; readonly rules: readonly RuleJson[] }[]> {
  return (
    (await house.get(`/api/v1/rules${query}`)).body as { data: { groups: { name: string; rules: RuleJson[] }[] } }
  ).data.groups;
}

const sent = () => house.received.flatMap(({ atMs, alerts: list }) => list.map((alert) => ({ atMs, ...alert })));

describe('an alert', () => {
  it('is pending, then firing, sent and repeated, resolved and forgotten', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 1, MINUTE);
    expect(await alerts()).toEqual([]);
    await house.feed(UP, 0, MINUTE);
    expect(await alerts()).toMatchObject([
      { state: 'pending', labels: { alertname: 'CameraDown', camera: 'gate', severity: 'page' }, value: '0e+00' },
    ]);
    expect(await house.query('ALERTS')).toEqual([
      ['ALERTS{alertname="CameraDown", alertstate="pending", camera="gate", severity="page"}', 1],
    ]);
    expect(house.received).toEqual([]);
    await house.feed(UP, 0, 2 * MINUTE);
    expect(await alerts()).toMatchObject([{ state: 'firing', annotations: { summary: 'gate at north is down (0)' } }]);
    // The pending series ended with a stale marker.
    expect(await house.query('ALERTS')).toEqual([
      ['ALERTS{alertname="CameraDown", alertstate="firing", camera="gate", severity="page"}', 1],
    ]);
    expect(await house.query('cameras:down')).toEqual([['cameras:down', 1]]);
    const [first] = sent();
    expect(first).toMatchObject({
      resolved: false,
      generatorUrl: 'http://watch.example/graph?g0.expr=camera_up+%3D%3D+0&g0.tab=1',
      endsAtMs: (first?.atMs ?? 0) + 4 * MINUTE,
      startsAtMs: first?.atMs,
    });
    await house.feed(UP, 0, 3 * MINUTE);
    const firing = sent();
    // Repeated with the same beginning, at the first evaluation that is more than a minute later.
    expect(firing.slice(1).map(({ atMs }, i) => atMs - (firing[i]?.atMs ?? 0))).toEqual(
      firing.slice(1).map(() => MINUTE + 15_000),
    );
    expect(new Set(firing.map(({ startsAtMs }) => startsAtMs)).size).toBe(1);
    house.received.length = 0;
    await house.feed(UP, 1, 20 * MINUTE);
    const resolved = sent();
    expect(resolved.every((alert) => alert.resolved)).toBe(true);
    // Told again and again for 15 minutes, then forgotten.
    expect(resolved.length).toBe(13);
    expect(await alerts()).toEqual([]);
    expect(await house.query('ALERTS')).toEqual([]);
    expect(await house.query('cameras:down')).toEqual([]);
    expect(house.state.size('rule-alerts')).toBe(0);
  });

  it('that comes back while pending waits its `for` anew', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    for (let i = 0; i < 5; i++) {
      await house.feed(UP, 0, 1.5 * MINUTE);
      await house.feed(UP, 1, 0.5 * MINUTE);
    }
    expect(house.received).toEqual([]);
  });

  it('keeps firing for keep_firing_for after its last value', async () => {
    house = new RulesHouse();
    await house.start(DOWN.replace('for: 2m', 'keep_firing_for: 3m'));
    await house.feed(UP, 0, MINUTE);
    await house.feed(UP, 1, 2 * MINUTE);
    expect(await alerts()).toMatchObject([{ state: 'firing', keepFiringSince: expect.any(String) }]);
    await house.feed(UP, 1, 2 * MINUTE);
    expect(await alerts()).toEqual([]);
  });

  it('can be built from the ALERTS of an earlier rule of its group, in the same evaluation', async () => {
    house = new RulesHouse();
    await house.start(
      `groups:\n  - name: g\n    rules:\n      - { alert: A, expr: camera_up == 0 }\n      - { alert: B, expr: 'count(ALERTS{alertname="A",alertstate="firing"})' }\n`,
    );
    await house.feed(UP, 0, 30_000);
    expect((await alerts()).map(({ labels }) => labels.alertname)).toEqual(['A', 'B']);
  });

  it('with a failing template goes out with the error as text', async () => {
    house = new RulesHouse();
    await house.start(
      `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: camera_up == 0\n        annotations: { s: '{{ query "none" | first | value }}', ok: '{{ with query "camera_up" }}{{ . | first | label "camera" }}{{ end }}' }\n`,
    );
    await house.feed(UP, 0, 30_000);
    const [alert] = await alerts();
    expect(alert?.annotations.s).toMatch(/^<error expanding template: .*first\(\) called on vector with no elements/);
    expect(alert?.annotations.ok).toBe('gate');
  });
});

describe('a rule that fails', () => {
  const BROKEN = `
groups:
  - name: g
    rules:
      - { record: twice, expr: 'label_replace(camera_up, "camera", "same", "", "")' }
      - { record: fine, expr: count(camera_up) }
      - { alert: Same, expr: camera_up == 0, labels: { camera: one } }
  - name: limited
    limit: 1
    rules:
      - { record: copy, expr: camera_up }
      - { alert: Each, expr: camera_up == 0 }
`;

  it('says why, and the others go on', async () => {
    house = new RulesHouse();
    await house.start(BROKEN);
    const other = house.feed({ ...UP, camera: 'roof' }, 0, 15_000);
    await house.feed(UP, 0, 15_000);
    await other;
    await house.clock.advance(45_000);
    const [first, second] = await rulesOf();
    expect(first?.rules).toMatchObject([
      { health: 'err', lastError: expect.stringMatching(/same label/) },
      { health: 'ok' },
      { health: 'err', lastError: expect.stringContaining('two alerts have the same labels'), state: 'inactive' },
    ]);
    expect(second?.rules).toMatchObject([
      { health: 'err', lastError: expect.stringContaining('exceeded limit of 1 with 2') },
      { health: 'err', lastError: expect.stringContaining('exceeded limit of 1 with 2') },
    ]);
    expect(await house.query('fine')).toEqual([['fine', 2]]);
    expect(await house.registry.metrics()).toMatch(/vedette_rule_evaluation_failures_total\{rule_group=".*;g"\} [1-9]/);
  });

  it('because the store is full still sends its alerts', async () => {
    house = new RulesHouse();
    await house.start(DOWN.replace('for: 2m', 'for: 0s'));
    house.sinkError = new Error('disk full');
    await house.feed(UP, 0, MINUTE);
    expect(sent()).not.toEqual([]);
    expect((await rulesOf())[0]?.rules.map(({ health, lastError }) => [health, lastError])).toEqual([
      ['err', 'disk full'],
      ['err', 'disk full'],
    ]);
  });
});

describe('after kill -9', () => {
  it('a firing alert goes on with the same beginning, without a new wait', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    const [before] = await alerts();
    const startsAtMs = sent()[0]?.startsAtMs;
    expect(before?.state).toBe('firing');
    await house.crash(30_000);
    await house.feed(UP, 0, 30_000);
    expect(await alerts()).toMatchObject([{ state: 'firing', activeAt: before?.activeAt }]);
    expect(sent().every((alert) => !alert.resolved && alert.startsAtMs === startsAtMs)).toBe(true);
    expect(sent().length).toBeGreaterThan(0);
  });

  it('a firing alert is held while the first answers are still empty, and resolved when it really ended', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    // Longer than the look-back: the store answers with nothing at first.
    await house.crash(10 * MINUTE);
    await house.clock.advance(30_000);
    expect(await alerts()).toMatchObject([{ state: 'firing' }]);
    // Whoever is told knows that nobody has seen it since, and hears at once when somebody has.
    expect(sent().at(-1)).toMatchObject({ resolved: false, isUnconfirmed: true });
    await house.feed(UP, 0, 20_000);
    expect(sent().at(-1)?.isUnconfirmed).toBeUndefined();
    await house.feed(UP, 1, 2 * MINUTE);
    expect(await alerts()).toEqual([]);
    expect(sent().at(-1)).toMatchObject({ resolved: true });
  });

  it('an alert that ended shortly before is told as ended again', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    await house.feed(UP, 1, MINUTE);
    await house.crash(15_000);
    await house.feed(UP, 1, 30_000);
    expect(sent()).toMatchObject([{ resolved: true }]);
  });

  it('a long pending alert keeps its time, less the outage, and waits at least the grace period', async () => {
    house = new RulesHouse();
    await house.start(DOWN.replace('for: 2m', 'for: 30m'));
    await house.feed(UP, 0, 15 * MINUTE);
    const [before] = await alerts();
    await house.crash(4 * MINUTE);
    await house.feed(UP, 0, MINUTE);
    const [after] = await alerts();
    const shift = Date.parse(after?.activeAt ?? '') - Date.parse(before?.activeAt ?? '');
    expect(shift).toBeGreaterThanOrEqual(4 * MINUTE);
    expect(shift).toBeLessThanOrEqual(5.5 * MINUTE);
    await house.feed(UP, 0, 16 * MINUTE);
    expect(await alerts()).toMatchObject([{ state: 'firing' }]);
  });

  it('everything starts anew when the outage was longer than tolerated', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    await house.crash(2 * 60 * MINUTE);
    await house.feed(UP, 0, MINUTE);
    expect(await alerts()).toMatchObject([{ state: 'pending' }]);
  });

  it('state is written when it changes, not at every evaluation', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    const { writes } = house.state;
    await house.feed(UP, 0, 10 * MINUTE);
    // Heartbeats only, one a minute.
    expect(house.state.writes - writes).toBeLessThanOrEqual(11);
  });
});

describe('the life of alerts', () => {
  it('is told to who keeps the history, each change once', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, MINUTE);
    expect(house.lives).toEqual(['pending CameraDown gate']);
    await house.feed(UP, 0, 3 * MINUTE);
    await house.feed(UP, 1, MINUTE);
    await house.feed(UP, 0, MINUTE);
    await house.feed(UP, 1, MINUTE);
    expect(house.lives).toEqual([
      'pending CameraDown gate',
      'firing CameraDown gate',
      'resolved CameraDown gate',
      'pending CameraDown gate',
      'resolved CameraDown gate',
    ]);
  });

  it('ends with the rule: a reload that takes it away tells so once, and leaves what stays alone', async () => {
    house = new RulesHouse();
    const both = `${DOWN}      - alert: StillDown\n        expr: camera_up == 0\n`;
    await house.start(both);
    await house.feed(UP, 0, 5 * MINUTE);
    house.lives.length = 0;
    house.write(both.replace('alert: CameraDown', 'alert: CameraDark'));
    await house.rules.apply(house.settings());
    expect(house.lives).toEqual(['resolved CameraDown gate']);
    await house.feed(UP, 0, MINUTE);
    expect(house.lives).toEqual(['resolved CameraDown gate', 'pending CameraDark gate']);
    house.write('groups: []');
    await house.rules.apply(house.settings());
    expect(house.lives.slice(2).toSorted()).toEqual(['resolved CameraDark gate', 'resolved StillDown gate']);
  });

  it('a history that fails keeps nobody from being told', async () => {
    house = new RulesHouse();
    house.lifeError = new Error('full');
    await house.start(DOWN);
    await house.feed(UP, 0, 4 * MINUTE);
    expect(sent()[0]).toMatchObject({ resolved: false, value: 0 });
  });
});

describe('a reload', () => {
  it('keeps the state of groups and rules that did not change', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    const [before] = await alerts();
    house.write(DOWN.replace('cameras:down', 'cameras:dark').replace('summary:', 'text:'));
    await house.rules.apply(house.settings());
    expect(await alerts()).toMatchObject([{ state: 'firing', activeAt: before?.activeAt }]);
    await house.feed(UP, 0, 30_000);
    expect(await alerts()).toMatchObject([
      { state: 'firing', activeAt: before?.activeAt, annotations: { text: expect.any(String) } },
    ]);
    // The renamed record ended, its successor lives.
    expect(await house.query('cameras:down')).toEqual([]);
    expect(await house.query('cameras:dark')).toEqual([['cameras:dark', 1]]);
  });

  it('with a bad file changes nothing and says what is wrong', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, MINUTE);
    house.write(DOWN.replace('camera_up == 0\n        for', 'camera_up ==\n        for'));
    const error = await house.rules.apply(house.settings()).catch((thrown: unknown) => thrown);
    expect(isVedetteError(error, 'RULE_INVALID')).toBe(true);
    expect(String(error)).toMatch(/rules\.yml:9:\d+: groups\[0\]\.rules\[1\]\.expr: /);
    await house.feed(UP, 0, 2 * MINUTE);
    expect(await alerts()).toMatchObject([{ state: 'firing' }]);
  });

  it('that removes a group ends its series and forgets its alerts', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, 5 * MINUTE);
    house.write('groups: []\n');
    await house.rules.apply(house.settings());
    await house.clock.advance(1);
    expect(await house.query('ALERTS')).toEqual([]);
    expect(await rulesOf()).toEqual([]);
    expect(house.state.size('rule-alerts')).toBe(0);
    expect(await house.registry.metrics()).not.toContain(';cameras"');
  });
});

describe('the schedule', () => {
  it('counts evaluations that were left out because one took too long', async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    house.queryDelayMs = 25_000;
    await house.clock.advance(5 * MINUTE);
    const [, missed = '0'] =
      /vedette_rule_group_iterations_missed_total\{[^}]*\} (\d+)/.exec(await house.registry.metrics()) ?? [];
    expect(Number(missed)).toBeGreaterThan(5);
  });

  it('asks and writes at the time before query_offset', async () => {
    house = new RulesHouse();
    await house.start('groups:\n  - name: g\n    query_offset: 1m\n    rules: [{ record: late, expr: time() }]\n');
    await house.clock.advance(2 * MINUTE);
    const [[, value] = ['', 0]] = await house.query('timestamp(late)');
    expect(house.clock.now() / 1000 - value).toBeGreaterThanOrEqual(60);
    expect(house.clock.now() / 1000 - value).toBeLessThanOrEqual(75);
  });
});

describe('/api/v1/rules', () => {
  it("answers in Prometheus's shape", async () => {
    house = new RulesHouse();
    await house.start(DOWN);
    await house.feed(UP, 0, MINUTE);
    const { body } = await house.get('/api/v1/rules');
    expect(body).toEqual({
      status: 'success',
      data: {
        groups: [
          {
            name: 'cameras',
            file: `${house.folder}/rules.yml`,
            interval: 15,
            limit: 0,
            evaluationTime: expect.any(Number),
            lastEvaluation: expect.stringMatching(/^2026-01-01T00:/),
            evaluations: expect.any(Number),
            missedEvaluations: 0,
            rules: [
              {
                name: 'cameras:down',
                query: 'count(camera_up == 0)',
                labels: {},
                health: 'ok',
                evaluationTime: expect.any(Number),
                lastEvaluation: expect.any(String),
                type: 'recording',
              },
              {
                state: 'pending',
                name: 'CameraDown',
                query: 'camera_up == 0',
                duration: 120,
                keepFiringFor: 0,
                labels: { severity: 'page' },
                annotations: { summary: '{{ $labels.camera }} at {{ $externalLabels.site }} is down ({{ $value }})' },
                alerts: [
                  {
                    labels: { alertname: 'CameraDown', camera: 'gate', severity: 'page' },
                    annotations: { summary: 'gate at north is down (0)' },
                    state: 'pending',
                    activeAt: expect.any(String),
                    value: '0e+00',
                  },
                ],
                health: 'ok',
                evaluationTime: expect.any(Number),
                lastEvaluation: expect.any(String),
                type: 'alerting',
              },
            ],
          },
        ],
      },
    });
  });

  it.each([
    ['?type=alert', ['CameraDown']],
    ['?type=record', ['cameras:down']],
    ['?rule_name[]=CameraDown', ['CameraDown']],
    ['?rule_name[]=CameraDown&rule_name[]=cameras:down', ['cameras:down', 'CameraDown']],
    ['?match[]={severity="page"}', ['CameraDown']],
    ['?match[]={severity="none"}&match[]={severity=~"p.*e"}', ['CameraDown']],
    ['?match[]={severity="none"}', []],
    ['?rule_group[]=other', []],
    ['?file[]=nowhere.yml', []],
  ])('%s filters', async (query, names) => {
    house = new RulesHouse();
    await house.start(DOWN);
    expect((await rulesOf(query)).flatMap(({ rules }) => rules.map(({ name }) => name))).toEqual(names);
  });

  it('pages through groups, leaves out alerts on request, and refuses what it does not know', async () => {
    house = new RulesHouse();
    await house.start(DOWN + DOWN.replace('groups:\n', '').replace('name: cameras', 'name: second'));
    const first = (await house.get('/api/v1/rules?group_limit=1')).body as {
      data: { groups: unknown[]; groupNextToken: string };
    };
    expect(first.data.groups).toMatchObject([{ name: 'cameras' }]);
    const next = await house.get(`/api/v1/rules?group_limit=1&group_next_token=${first.data.groupNextToken}`);
    expect(next.body).toMatchObject({ data: { groups: [{ name: 'second' }] } });
    expect(next.body).not.toHaveProperty('data.groupNextToken');
    await house.feed(UP, 0, MINUTE);
    expect((await rulesOf('?exclude_alerts=true'))[0]?.rules[1]).toMatchObject({ alerts: [] });
    for (const query of ['?type=other', '?group_limit=0', '?match[]=up{', '?group_next_token=x']) {
      expect(await house.get(`/api/v1/rules${query}`)).toMatchObject({
        status: 400,
        body: { status: 'error', errorType: 'bad_data' },
      });
    }
  });
});
