import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { unixMs } from '../base/clock.ts';
import { isVedetteError } from '../base/errors.ts';
import { Labels } from '../model/labels.ts';
import { RouteTests, parseLabels } from './route-tests.ts';

const folder = mkdtempSync(join(tmpdir(), 'vedette-routes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

file(
  'alertmanager.yml',
  `
route:
  receiver: chat
  group_by: [alertname, site]
  routes:
    - matchers: ['severity="critical"']
      receiver: pager
      continue: true
      mute_time_intervals: [weekend]
    - matchers: ['team="video"']
      receiver: video
      group_by: ['...']
time_intervals:
  - name: weekend
    time_intervals: [{weekdays: [saturday, sunday]}]
receivers: [{name: chat}, {name: pager}, {name: video}]
`,
);
const config = file(
  'vedette.yaml',
  `
alerting:
  config_file: alertmanager.yml
  escalation:
    raise:
      - {name: old, matchers: ['severity="warning"'], to: critical, after: 2h, alerts: 10}
    policies:
      - name: critical
        matchers: ['severity="critical"']
        levels:
          - {targets: [{schedule: duty}], repeat: 10m}
          - {delay: 15m, targets: [{receiver: chat}, {receiver: video}], until: resolved}
      - name: low
        matchers: ['severity="info"']
        levels: [{targets: [{receiver: chat}], hours: office}]
  on_call:
    people: [{name: ana, receiver: pager}]
    schedules:
      - name: duty
        time_zone: UTC
        layers:
          - {name: days, people: [ana], rotation: daily, start: 2026-01-01, hours: [{days: [monday], from: '08:00', to: '18:00'}]}
  business_hours:
    calendars:
      - {name: office, hours: [{days: [monday, tuesday, wednesday, thursday, friday], from: '08:00', to: '18:00'}]}
    hold: [{matchers: ['severity="info"'], calendar: office}]
  roll_up: {levels: [switch, site]}
  backups: [{receiver: pager, backup: chat}]
`,
);

/** A Saturday night. */
const NOW = unixMs(Date.parse('2026-01-10T22:00:00Z'));
const tests = new RouteTests({ config }, NOW);

describe('the path of an alert', () => {
  it('names every route it takes, its group, its timing, its backup', () => {
    const { routes } = tests.path('alertname=Down,severity=critical,team=video,site=north', '2026-01-12T09:00:00Z');
    expect(
      routes.map(({ receiver, path, groupKey, backup, muted }) => ({ receiver, path, groupKey, backup, muted })),
    ).toEqual([
      {
        receiver: 'pager',
        path: ['{severity="critical"}'],
        groupKey: '{}/{severity="critical"}:{alertname="Down", site="north"}',
        backup: 'chat',
        muted: [],
      },
      {
        receiver: 'video',
        path: ['{team="video"}'],
        groupKey: '{}/{team="video"}:{alertname="Down", severity="critical", site="north", team="video"}',
        backup: null,
        muted: [],
      },
    ]);
    expect(routes[0]).toMatchObject({ groupWait: '30s', groupInterval: '5m', repeatInterval: '4h' });
  });

  it('says what keeps it quiet at that moment', () => {
    const critical = tests.path('severity=critical', undefined);
    expect(critical.routes[0]?.muted.map(({ by }) => by)).toEqual(['mute-time-interval']);
    const info = tests.path('severity=info', undefined);
    expect(info.muted).toEqual([
      { by: 'business-hours', text: 'outside the hours of "office"; told from 2026-01-12 08:00 UTC' },
    ]);
  });

  it('says who is told when, with the person on call at that time, and hours waited for', () => {
    const { escalation } = tests.path('severity=critical', '2026-01-12T09:00:00Z');
    expect(escalation).toEqual([
      {
        policy: 'critical',
        levels: [
          {
            at: '2026-01-12T09:00:00Z',
            after: '0s',
            until: 'acknowledged',
            repeat: '10m',
            targets: [{ receiver: 'pager', schedule: 'duty', person: 'ana' }],
          },
          {
            at: '2026-01-12T09:15:00Z',
            after: '15m',
            until: 'resolved',
            repeat: null,
            targets: [
              { receiver: 'chat', schedule: null, person: null },
              { receiver: 'video', schedule: null, person: null },
            ],
          },
        ],
      },
    ]);
    expect(tests.path('severity=critical', undefined).escalation[0]?.levels[0]?.targets[0]).toEqual({
      receiver: null,
      schedule: 'duty',
      person: null,
    });
    expect(tests.path('severity=info', undefined).escalation[0]?.levels[0]?.at).toBe('2026-01-12T08:00:00Z');
  });

  it('says what it may be raised to, and what it hangs on', () => {
    const { raises, parents } = tests.path('severity=warning,camera=a1,switch=SW-1,site=north', undefined);
    expect(raises).toEqual([{ name: 'old', to: 'critical', at: '2026-01-11T00:00:00Z', alerts: 10 }]);
    expect(parents).toEqual([
      { level: 'switch', name: 'SW-1' },
      { level: 'site', name: 'north' },
    ]);
  });
});

describe('a file with expectations', () => {
  it('passes what comes out so, and tells line, wish and outcome of what does not', () => {
    const report = tests.run(
      file(
        'routes.test.yaml',
        `tests:
  - labels: {severity: critical}
    at: 2026-01-12T09:00:00Z
    receivers: [pager]
    muted: []
    group_by: [alertname, site]
    escalation:
      - {after: 0s, receivers: [pager]}
      - {after: 15m, receivers: [chat, video]}
    raised_to: []
  - name: quiet at the weekend
    labels: {severity: critical}
    receivers: []
    muted: [mute-time-interval]
  - name: nobody told me
    labels: {severity: warning}
    receivers: [pager]
    raised_to: [emergency]
`,
      ),
    );
    expect(report).toEqual({
      passed: 2,
      failures: [
        {
          line: 15,
          name: 'nobody told me',
          differences: [
            { what: 'receivers', expected: 'pager', got: 'chat' },
            { what: 'raised_to', expected: 'emergency', got: 'critical' },
          ],
        },
      ],
    });
  });

  it.each([
    ['tests: [{labels: {a: b}, reciever: [x]}]', /unknown key "reciever"/],
    ['tests: [{labels: {a: b}, at: tomorrow}]', /RFC 3339/],
    ['tests: [{receivers: []}]', /labels/],
  ])('is refused with its place: %s', (text, words) => {
    expect(() => tests.run(file('wrong.yaml', text))).toThrow(words);
  });
});

describe('--labels', () => {
  it('takes values with commas and quotes in quotes', () => {
    expect(parseLabels('a=b, c = "d, \\"e\\"",f=').toObject()).toEqual({ a: 'b', c: 'd, "e"' });
  });

  it('reads back whatever is written in quotes, and throws nothing but words for people', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ minLength: 1 })), (labels) => {
        const text = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`);
        expect(parseLabels(text.join(',')).equals(Labels.fromObject(labels))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseLabels(text);
        } catch (error) {
          expect(isVedetteError(error, 'QUERY_BAD_PARAMETER')).toBe(true);
        }
      }),
    );
  });
});

describe('names that are not there', () => {
  it.each([
    [
      'escalation: {policies: [{name: a, levels: [{targets: [{receiver: nobody}]}]}]}',
      /receiver "nobody" is not declared/,
    ],
    ['escalation: {policies: [{name: a, levels: [{targets: [{schedule: night}]}]}]}', /no schedule "night"/],
    ['escalation: {policies: [{name: a, levels: [{targets: [{receiver: chat}], hours: x}]}]}', /no calendar "x"/],
    ['backups: [{receiver: chat, backup: nobody}]', /receiver "nobody" is not declared/],
    ['escalation: {raise: [{name: a, to: worst, after: 1h}]}', /"worst" is none of/],
    [
      'escalation: {policies: [{name: a, levels: [{delay: 1h, targets: [{receiver: chat}]}, {targets: [{receiver: chat}]}]}]}',
      /must not go down/,
    ],
    ['expected: [{name: a, matchers: []}]', /at least one matcher/],
  ])('are refused: %s', (section, words) => {
    const wrong = file('wrong-names.yaml', `alerting:\n  config_file: alertmanager.yml\n  ${section}\n`);
    expect(() => new RouteTests({ config: wrong }, NOW)).toThrow(words);
  });
});
