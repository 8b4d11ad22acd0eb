import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../base/yaml-source.ts';
import { RECEIVER_KINDS } from '../notify/registry.ts';
import { eachRoute } from '../route/match-routes.ts';
import { parseAlertmanagerFile } from './alertmanager-file.ts';
import type { MatcherMode } from './parse-matchers.ts';

function load(text: string, matchers?: MatcherMode) {
  return parseAlertmanagerFile(text, '/etc/am/am.yml', { kinds: RECEIVER_KINDS, matchers });
}

/** `line: path: message` of each fault. */
function faults(text: string, matchers?: MatcherMode): readonly string[] {
  try {
    load(text, matchers);
    return [];
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
  }
}

const RECEIVERS = `
receivers:
  - name: a
  - name: b
`;

describe('an Alertmanager file', () => {
  it('inherits everything but matchers, continue and time intervals', () => {
    const { config } = load(`
route:
  receiver: a
  group_by: [x]
  group_wait: 5s
  labels: {team: one, tier: low}
  routes:
    - matchers: [s="1"]
      repeat_interval: 1h
      continue: true
      mute_time_intervals: [night]
      labels: {team: two}
      routes:
        - receiver: b
          match: {z: "9"}
    - group_by: ['...']
      routes:
        - matchers: [s="2"]
        - group_by: []
time_intervals: [{name: night, time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}]}]}]
${RECEIVERS}`);
    const [, first, inner, all, below, none] = [...eachRoute(config.route)];
    expect(config.route).toMatchObject({
      groupIntervalMs: 300_000,
      repeatIntervalMs: 4 * 3_600_000,
      key: '{}',
      id: '{}',
    });
    expect(first).toMatchObject({ receiver: 'a', groupBy: ['x'], groupWaitMs: 5_000, repeatIntervalMs: 3_600_000 });
    expect(first).toMatchObject({ continue: true, muteTimeIntervals: ['night'], labels: { team: 'two', tier: 'low' } });
    expect(inner).toMatchObject({ receiver: 'b', continue: false, muteTimeIntervals: [], repeatIntervalMs: 3_600_000 });
    expect(inner).toMatchObject({ key: '{}/{s="1"}/{z="9"}', id: '{}/{s="1"}/0/{z="9"}/0', labels: { team: 'two' } });
    expect(all).toMatchObject({ groupByAll: true, groupBy: [] });
    expect(below).toMatchObject({ groupByAll: true });
    expect(none).toMatchObject({ groupByAll: false, groupBy: [] });
  });

  it('writes keys as Alertmanager does: sorted matchers, match_re anchored inside', () => {
    const { config } = load(`
route:
  receiver: a
  routes:
    - match_re: {service: a|b}
      match: {zone: x, area: y}
      matchers: ['b!="q"', '"odd name"="1"']
${RECEIVERS}`);
    expect(config.route.routes[0]?.key).toBe('{}/{area="y",b!="q","odd name"="1",service=~"^(?:a|b)$",zone="x"}');
  });

  it('match_re matches the whole value', () => {
    const { config } = load(`{route: {receiver: a, routes: [{match_re: {s: foo|bar}}]}, receivers: [{name: a}]}`);
    const [matcher] = config.route.routes[0]?.matchers ?? [];
    expect(['foo', 'bar', 'foobar', 'xfoo', ''].map((value) => matcher?.matches(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each<[what: string, text: string, expected: readonly string[]]>([
    ['nothing', '', ['1: : no route provided in config']],
    ['no route', RECEIVERS, ['2: : no routes provided']],
    ['a root without receiver', `route: {}\n${RECEIVERS}`, ['1: route: root route must specify a default receiver']],
    [
      'a root with matchers',
      `route:\n  receiver: a\n  match: {x: y}\n  matchers: [x=y]\n${RECEIVERS}`,
      [
        '3: route.match: root route must not have any matchers',
        '4: route.matchers: root route must not have any matchers',
      ],
    ],
    [
      'a root that is muted',
      `time_intervals: [{name: n}]\nroute:\n  receiver: a\n  mute_time_intervals: [n]\n  active_time_intervals: [n]\n${RECEIVERS}`,
      [
        '4: route.mute_time_intervals: root route must not have any mute time intervals',
        '5: route.active_time_intervals: root route must not have any active time intervals',
      ],
    ],
    [
      'a root that continues',
      `route:\n  receiver: a\n  continue: true\n${RECEIVERS}`,
      ['3: route.continue: cannot have continue in root route'],
    ],
    [
      'no group_interval',
      `route:\n  receiver: a\n  group_interval: 0s\n${RECEIVERS}`,
      ['3: route.group_interval: group_interval cannot be zero'],
    ],
    [
      'no repeat_interval',
      `route:\n  receiver: a\n  repeat_interval: 0s\n${RECEIVERS}`,
      ['3: route.repeat_interval: repeat_interval cannot be zero'],
    ],
    [
      'a label twice',
      `route:\n  receiver: a\n  group_by: [x, x]\n${RECEIVERS}`,
      ['3: route.group_by: duplicated label "x" in group_by'],
    ],
    [
      'all labels and one',
      `route:\n  receiver: a\n  group_by: ['...', x]\n${RECEIVERS}`,
      ['3: route.group_by: cannot have wildcard group_by (`...`) and other labels at the same time'],
    ],
    [
      'a receiver that is not there',
      `route:\n  receiver: a\n  routes:\n    - receiver: c\n${RECEIVERS}`,
      ['4: route.routes[0].receiver: undefined receiver "c" used in route'],
    ],
    [
      'a receiver twice',
      `route: {receiver: a}\n${RECEIVERS}  - name: a\n`,
      ['6: receivers[2].name: notification config name "a" is not unique'],
    ],
    [
      'a receiver without name',
      `route: {receiver: a}\n${RECEIVERS}  - {}\n`,
      ['6: receivers[2].name: missing name in receiver'],
    ],
    [
      'an interval that is not there',
      `route:\n  receiver: a\n  routes:\n    - mute_time_intervals: [q]\n${RECEIVERS}`,
      ['4: route.routes[0].mute_time_intervals[0]: undefined time interval "q" used in route'],
    ],
    [
      'an interval twice',
      `route: {receiver: a}\nmute_time_intervals: [{name: n}]\ntime_intervals: [{name: n}]\n${RECEIVERS}`,
      ['3: time_intervals[0].name: time interval "n" is not unique'],
    ],
    [
      'an interval without name',
      `route: {receiver: a}\ntime_intervals:\n  - {}\n${RECEIVERS}`,
      ['3: time_intervals[0].name: missing name in time interval'],
    ],
    [
      'an odd name in match',
      `route:\n  receiver: a\n  routes:\n    - match: {"a-b": c}\n${RECEIVERS}`,
      ['4: route.routes[0].match.a-b: invalid label name "a-b"'],
    ],
    [
      'an expression that is none',
      `route:\n  receiver: a\n  routes:\n    - match_re: {a: }\n${RECEIVERS}`,
      ['4: route.routes[0].match_re.a: invalid regexp value: it is empty; write "" for the empty text'],
    ],
    [
      'a wrong matcher',
      `route:\n  receiver: a\n  routes:\n    - matchers: [a]\n${RECEIVERS}`,
      ['4: route.routes[0].matchers[0]: bad matcher format: a'],
    ],
    [
      'a misspelt key deep in the tree',
      `route:\n  receiver: a\n  routes:\n    - recever: a\n${RECEIVERS}`,
      ['4: route.routes[0].recever: unknown key "recever"'],
    ],
    [
      'a smarthost without port',
      `global:\n  smtp_smarthost: mail\nroute: {receiver: a}\n${RECEIVERS}`,
      ['2: global.smtp_smarthost: address mail: missing port in address; write it as mail.example:587'],
    ],
    [
      'a placeholder for an address',
      `global:\n  slack_api_url: YOUR_URL\nroute: {receiver: a}\n${RECEIVERS}`,
      ['2: global.slack_api_url: unsupported scheme "" for URL; write it as https://host/path'],
    ],
  ])('%s is refused at its place', (_, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it.each([
    ['times: [{start_time: "9:00", end_time: "10:00"}]', "couldn't parse timestamp 9:00, invalid format"],
    ['times: [{start_time: "10:00", end_time: "10:00"}]', 'start time cannot be equal or greater than end time'],
    ['times: [{start_time: "10:00"}]', 'both start and end times must be provided'],
    ['times: [{start_time: "24:01", end_time: "24:00"}]', "couldn't parse timestamp 24:01, invalid format"],
    ['weekdays: [saturday:sunday]', 'start day cannot be before end day'],
    ['weekdays: [mon]', 'mon is not a valid weekday'],
    ['days_of_month: ["0"]', '0 is not a valid day of the month: out of range'],
    ['days_of_month: ["32"]', '32 is not a valid day of the month: out of range'],
    ['days_of_month: ["-3:3"]', 'end day must be negative if start day is negative'],
    ['days_of_month: ["20:10"]', 'end day 10 is always before start day 20'],
    ['days_of_month: ["1:2:3"]', "couldn't parse range 1:2:3, invalid format"],
    ['months: [june:may]', 'end month may is before start month june'],
    ['months: [juni]', 'juni is not a valid month'],
    ['years: ["2030:2020"]', 'end year 2020 is before start year 2030'],
    ['location: Mars/Base', 'unknown time zone Mars/Base'],
  ])('the interval %s is refused', (written, message) => {
    const found = faults(
      `route: {receiver: a}\ntime_intervals: [{name: n, time_intervals: [{${written}}]}]\n${RECEIVERS}`,
    );
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  it('intervals are read with names, numbers and zones as Alertmanager writes them', () => {
    const { config } = load(`
route: {receiver: a}
mute_time_intervals: [{name: old}]
time_intervals:
  - name: new
    time_intervals:
      - times: [{start_time: "00:00", end_time: "24:00"}]
        weekdays: [Monday:friday, sunday]
        days_of_month: ["1:5", "-3:-1", "1:-1"]
        months: [january:3, December]
        years: [2026, "2030:2031"]
        location: Europe/Berlin
      - weekdays: []
${RECEIVERS}`);
    expect(config.timeIntervals.map(({ name }) => name)).toEqual(['old', 'new']);
    expect(config.timeIntervals[1]?.intervals[0]).toEqual({
      times: [{ from: 0, to: 1440 }],
      weekdays: [
        { from: 1, to: 5 },
        { from: 0, to: 0 },
      ],
      daysOfMonth: [
        { from: 1, to: 5 },
        { from: -3, to: -1 },
        { from: 1, to: -1 },
      ],
      months: [
        { from: 1, to: 3 },
        { from: 12, to: 12 },
      ],
      years: [
        { from: 2026, to: 2026 },
        { from: 2030, to: 2031 },
      ],
      location: 'Europe/Berlin',
    });
    // A list that is there but empty never holds.
    expect(config.timeIntervals[1]?.intervals[1]?.weekdays).toEqual([{ from: 1, to: 0 }]);
  });

  it('inhibition takes matchers of all spellings', () => {
    const { config } = load(`
route: {receiver: a}
inhibit_rules:
  - name: down
    source_match: {alertname: NodeDown}
    source_matchers: [severity="critical"]
    target_match_re: {alertname: Camera.*}
    equal: [instance, instance]
${RECEIVERS}`);
    expect(config.inhibitRules).toMatchObject([
      {
        name: 'down',
        source: [{ name: 'alertname' }, { name: 'severity' }],
        target: [{ value: '^(?:Camera.*)$' }],
        equal: ['instance'],
      },
    ]);
  });

  it('names beyond ASCII need another mode than the classic one', () => {
    const text = `route: {receiver: a, group_by: [größe]}\n${RECEIVERS}`;
    expect(faults(text)).toEqual([]);
    expect(faults(text, 'classic')).toEqual(['1: route.group_by: invalid label name "größe" in group_by list']);
  });

  it('globs of templates count from its folder', () => {
    expect(load(`route: {receiver: a}\ntemplates: [t/*.tmpl, /x/*.tmpl]\n${RECEIVERS}`).config.templates).toEqual([
      '/etc/am/t/*.tmpl',
      '/x/*.tmpl',
    ]);
  });

  it('global settings have the defaults of Alertmanager, and empty ones are not set', () => {
    const { global } = load(
      `global: {smtp_from: "", smtp_auth_password: ""}\nroute: {receiver: a}\n${RECEIVERS}`,
    ).config;
    expect(global).toMatchObject({ resolve_timeout: 300_000, smtp_hello: 'localhost', smtp_require_tls: true });
    expect(Object.keys(global)).not.toContain('smtp_from');
    expect(Object.keys(global)).not.toContain('smtp_auth_password');
  });

  it('shows itself without secrets', () => {
    const { original } = load(`
global: {opsgenie_api_key: canary-1, slack_api_url: 'https://hooks.example/canary-2'}
route: {receiver: a, routes: [{match: {token: visible}}]}
receivers:
  - name: a
    webhook_configs: [{url: 'http://u:canary-3@h/', http_config: {basic_auth: {username: shown, password: canary-4}}}]
`).config;
    expect(original).not.toContain('canary');
    expect(original).toContain('visible');
    expect(original).toContain('shown');
    expect(original).toContain('url: <secret>');
  });

  it('warns of what has no effect, and of matchers that only the older way reads', () => {
    const { warnings } = load(`
route:
  receiver: a
  routes:
    - matchers: ['a=~\\d+']
tracing: {endpoint: x}
${RECEIVERS}`);
    expect(warnings.map(({ line, message }) => `${line}: ${message.slice(0, 40)}`)).toEqual([
      '6: tracing has no effect in this version',
      "5: is read in Alertmanager's older way, whi",
    ]);
  });

  it('any change of a file is read or refused at a place, never a crash', () => {
    const good = `
global: {smtp_smarthost: 'a:25', resolve_timeout: 1m, http_config: {proxy_url: 'http://p:1'}}
route: {receiver: a, group_by: ['...'], routes: [{matchers: ['s=~"1|2"', t!=x], continue: true, mute_time_intervals: [n]}]}
inhibit_rules: [{source_match: {a: b}, target_match_re: {c: d.*}, equal: [e]}]
time_intervals: [{name: n, time_intervals: [{times: [{start_time: '01:00', end_time: '24:00'}], weekdays: [monday:friday], days_of_month: ['-3:-1'], location: Europe/Berlin}]}]
templates: [x/*.tmpl]
receivers: [{name: a, webhook_configs: [{url: 'http://h/', max_alerts: 3}]}]
`;
    const piece = fc.constantFrom(...'{}[]:,"\'-|&*!%@#~ \n\t0aé\\', 'null', '...', '<<: *a', '-1', '1e9', '__proto__');
    const edit = fc.record({ at: fc.nat({ max: good.length }), remove: fc.nat({ max: 12 }), insert: piece });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const text = edits.reduce(
          (so, { at, remove, insert }) => so.slice(0, at) + insert + so.slice(at + remove),
          good,
        );
        faults(text);
      }),
      { numRuns: 300 },
    );
  });
});
