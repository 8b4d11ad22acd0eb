import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { parseAlertmanagerFile } from '../config/alertmanager-file.ts';
import type { AlertmanagerConfig } from '../config/model.ts';
import { RECEIVER_KINDS } from '../notify/registry.ts';
import { countRoutes } from './match-routes.ts';
import { routePath } from './route-path.ts';

function configOf(route: string, more = ''): AlertmanagerConfig {
  const names = [...new Set(route.match(/receiver: (\w+)/g) ?? [])].map((found) => `{name: ${found.slice(10)}}`);
  return parseAlertmanagerFile(`route:${route}\nreceivers: [${names.join(', ')}]\n${more}`, 'am.yml', {
    kinds: RECEIVER_KINDS,
  }).config;
}

const NOON = unixMs(Date.parse('2026-03-02T12:00:00Z'));

function receivers(config: AlertmanagerConfig, labels: Record<string, string>): readonly string[] {
  return routePath(config, Labels.fromObject(labels), NOON).map(({ receiver }) => receiver);
}

const TREE = configOf(`
  receiver: root
  group_by: [alertname]
  routes:
    - match: {team: a}
      receiver: a
      routes:
        - match: {severity: critical}
          receiver: apager
          continue: true
        - match_re: {severity: critical|high}
          receiver: alog
    - match: {team: b}
      receiver: b
      continue: true
    - matchers: ['site=~"n.*"']
      receiver: north
    - matchers: ['owner=""']
      receiver: nobody
    - matchers: ['owner!=""', 'owner!~"x.*"']
      receiver: owned
`);

describe('the routes an alert takes', () => {
  it.each<[what: string, labels: Record<string, string>, expected: readonly string[]]>([
    [
      'the deepest that match, and siblings after one that continues',
      { team: 'a', severity: 'critical' },
      ['apager', 'alog'],
    ],
    ['the parent, when nothing below it matches', { team: 'a', severity: 'low' }, ['a']],
    ['the sibling after a branch that continues', { team: 'b', site: 'north' }, ['b', 'north']],
    [
      'no sibling after a branch whose inner route continued',
      { team: 'a', severity: 'critical', site: 'n' },
      ['apager', 'alog'],
    ],
    ['a label that is not there matches as the empty text', { team: 'c' }, ['nobody']],
    ['and does not match as one that is not empty', { owner: 'me' }, ['owned']],
    ['expressions match the whole value', { site: 'in', owner: 'x1' }, ['root']],
  ])('%s', (_, labels, expected) => {
    expect(receivers(TREE, labels)).toEqual(expected);
  });

  it('continue of an inner route does not reach beyond its parent', () => {
    const config = configOf(`
  receiver: root
  routes:
    - match: {x: '1'}
      receiver: one
      routes:
        - receiver: inner
          continue: true
    - receiver: other
`);
    expect(receivers(config, { x: '1' })).toEqual(['inner']);
  });

  it('the path names every route on the way, the group and its key', () => {
    const [step] = routePath(TREE, Labels.fromObject({ alertname: 'A "b"', team: 'a', severity: 'high' }), NOON);
    expect(step?.trail.map(({ receiver }) => receiver)).toEqual(['root', 'a', 'alog']);
    expect(step?.groupLabels.toObject()).toEqual({ alertname: 'A "b"' });
    expect(step?.groupKey).toBe('{}/{team="a"}/{severity=~"^(?:critical|high)$"}:{alertname="A \\"b\\""}');
  });

  it('a label of group_by that the alert does not have is not in the group', () => {
    const config = configOf('\n  receiver: root\n  group_by: [alertname, zone]');
    const [step] = routePath(config, Labels.fromObject({ alertname: 'A', other: 'x' }), NOON);
    expect(step?.groupKey).toBe('{}:{alertname="A"}');
  });

  it('without group_by all alerts are one group, with ... each label set is its own', () => {
    const labels = Labels.fromObject({ alertname: 'A', camera: '1' });
    expect(routePath(configOf('\n  receiver: root'), labels, NOON)[0]?.groupKey).toBe('{}:{}');
    expect(routePath(configOf("\n  receiver: root\n  group_by: ['...']"), labels, NOON)[0]?.groupKey).toBe(
      '{}:{alertname="A", camera="1"}',
    );
  });

  it('says what mutes a route at the moment, and only that route', () => {
    const config = configOf(
      `
  receiver: root
  routes:
    - receiver: day
      mute_time_intervals: [noon]
      continue: true
    - receiver: night
      active_time_intervals: [night]
      continue: true
    - receiver: both
      active_time_intervals: [night, noon]
`,
      `
time_intervals:
  - {name: noon, time_intervals: [{times: [{start_time: "11:00", end_time: "13:00"}]}]}
  - {name: night, time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}]}]}
`,
    );
    const path = routePath(config, Labels.EMPTY, NOON);
    expect(path.map(({ receiver, mutedBy }) => [receiver, mutedBy?.by, mutedBy?.ids])).toEqual([
      ['day', 'mute-time-interval', ['noon']],
      ['night', 'active-time-interval', ['night']],
      ['both', undefined, undefined],
    ]);
  });

  it('routes are counted with those below', () => {
    expect(countRoutes(TREE.route)).toBe(8);
  });
});
