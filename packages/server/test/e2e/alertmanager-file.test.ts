import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AlertingRoutes } from '@vedette/wire/http';
import { afterEach, describe, expect, it } from 'vitest';
import { RECEIVER_KINDS, parseAlertmanagerFile } from '../../src/alerting/index.ts';
import { problemsOf } from '../../src/base/yaml-source.ts';
import { cleanUp, eventually, programOrNotice, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const amtool = programOrNotice('/usr/bin/amtool', 'the comparison with amtool check-config');

afterEach(cleanUp);

const RULES = `groups:
  - name: g
    interval: 1s
    rules:
      - { alert: CameraDown, expr: vector(1), labels: { severity: critical, site: north } }
      - { alert: LensDirty, expr: vector(1), labels: { severity: warning, site: north } }
      - { alert: DiskFull, expr: vector(1), labels: { severity: warning, site: south } }
`;

describe('vedette serve --alertmanager', () => {
  it('routes and inhibits as the file says; a reload with a broken file is refused and changes nothing', async () => {
    const hook = await startWebhookReceiver();
    const folder = temporaryFolder();
    const file = join(folder, 'alertmanager.yml');
    const text = (critical: string) => `
route:
  receiver: default
  group_by: [alertname]
  group_wait: 0s
  routes: [{matchers: ['severity="critical"'], receiver: ${critical}}]
inhibit_rules: [{source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [site]}]
receivers:
  - {name: default, webhook_configs: [{url: '${hook.url}'}]}
  - {name: pager, webhook_configs: [{url: '${hook.url}'}]}
  - {name: desk, webhook_configs: [{url: '${hook.url}'}]}
`;
    writeFileSync(file, text('pager'));
    writeFileSync(join(folder, 'rules.yml'), RULES);
    try {
      const vedette = await startVedette({
        folder,
        config: 'rule_files: [rules.yml]\n',
        args: ['--alertmanager', file],
      });
      const heard = () => hook.messages.map(({ receiver, groupKey }) => `${receiver} ${groupKey}`).sort();
      await eventually(() =>
        expect(heard()).toEqual([
          'default {}:{alertname="DiskFull"}',
          'pager {}/{severity="critical"}:{alertname="CameraDown"}',
        ]),
      );
      const routes = async (): Promise<AlertingRoutes> =>
        (await fetch(`${vedette.url}/api/vedette/alerting/routes`)).json() as Promise<AlertingRoutes>;
      expect(await routes()).toMatchObject({
        source: 'alertmanager',
        root: { groups: 2, alerts: 2, routes: [{ receiver: 'pager', groups: 1, alerts: 1 }] },
        inhibitRules: [{ firingSources: 1 }],
      });

      writeFileSync(file, text('nobody'));
      const refused = await fetch(`${vedette.url}/-/reload`, { method: 'POST' });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain(
        'alertmanager.yml:6:48: route.routes[0].receiver: undefined receiver "nobody" used in route; declare it under receivers',
      );
      expect((await routes()).root?.routes[0]?.receiver).toBe('pager');

      writeFileSync(file, text('desk'));
      expect((await fetch(`${vedette.url}/-/reload`, { method: 'POST' })).status).toBe(200);
      await eventually(() => expect(heard()).toContain('desk {}/{severity="critical"}:{alertname="CameraDown"}'));
    } finally {
      hook.close();
    }
  });
});

const TAIL = 'receivers: [{name: a}, {name: b}]\n';
const interval = (written: string): string =>
  `route: {receiver: a}\ntime_intervals: [{name: n, time_intervals: [{${written}}]}]\n${TAIL}`;
const route = (written: string): string => `route: {receiver: a, routes: [{${written}}]}\n${TAIL}`;
const root = (written: string): string => `route: {receiver: a, ${written}}\n${TAIL}`;

/** Files that 0.25 and the newest Alertmanager decide alike. */
const FILES: readonly string[] = [
  TAIL,
  `route: {}\n${TAIL}`,
  root('match: {a: b}'),
  root('continue: true'),
  root('group_interval: 0s'),
  root('repeat_interval: 0s'),
  root('group_wait: 0s'),
  root('group_by: [x, x]'),
  root("group_by: ['...']"),
  root('mute_time_intervals: [n]'),
  root('active_time_intervals: [n]'),
  route('receiver: c'),
  route('receiver: b, match_re: {a: "b|c"}'),
  route('match: {"a-b": c}'),
  route('match_re: {a: "("}'),
  route('matchers: [a]'),
  route('matchers: ["a=b", "c=~d.*", "{e!=\\"f\\",g!~\\"h\\"}"]'),
  route('matchers: ["a=\\"b"]'),
  route('mute_time_intervals: [n]'),
  route('active_time_intervals: [n]'),
  `route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n`,
  `route: {receiver: a}\nreceivers: [{name: a}, {}]\n`,
  `route: {receiver: a}\ntime_intervals: [{name: n}, {name: n}]\n${TAIL}`,
  `route: {receiver: a}\nmute_time_intervals: [{name: n}, {name: n}]\n${TAIL}`,
  `route: {receiver: a}\ntime_intervals: [{}]\n${TAIL}`,
  `route: {receiver: a}\nmute_time_intervals: [{}]\n${TAIL}`,
  `route: {receiver: a}\ninhibit_rules: [{source_match: {a: b}, target_match_re: {c: d}, equal: [e]}]\n${TAIL}`,
  `route: {receiver: a}\ninhibit_rules: [{source_match: {"a-b": c}}]\n${TAIL}`,
  interval('times: [{start_time: "08:00", end_time: "24:00"}]'),
  interval('times: [{start_time: "8:00", end_time: "10:00"}]'),
  interval('times: [{start_time: "10:00", end_time: "10:00"}]'),
  interval('times: [{start_time: "10:00"}]'),
  interval('weekdays: [monday:friday, Sunday]'),
  interval('weekdays: [saturday:sunday]'),
  interval('weekdays: [mon]'),
  interval('days_of_month: ["1:5", "-3:-1", "1:-1"]'),
  interval('days_of_month: ["0"]'),
  interval('days_of_month: ["32"]'),
  interval('days_of_month: ["-3:3"]'),
  interval('days_of_month: ["20:10"]'),
  interval('days_of_month: ["1:2:3"]'),
  interval('months: [january:march, "12"]'),
  interval('months: [june:may]'),
  interval('months: [juni]'),
  interval('years: ["2026:2030"]'),
  interval('years: ["2030:2026"]'),
  interval('location: Europe/Berlin'),
  interval('location: Mars/Base'),
];

describe.runIf(amtool !== undefined)('amtool check-config', () => {
  it('decides each file as Vedette does, with the same words', async () => {
    const folder = temporaryFolder();
    const different: string[] = [];
    for (const [i, text] of FILES.entries()) {
      const path = join(folder, `${i}.yml`);
      writeFileSync(path, text);
      const theirs = await verdictOfAmtool(path);
      const ours = verdict(text);
      const agrees = theirs === undefined ? ours.length === 0 : ours.some((message) => theirs.includes(message));
      if (!agrees)
        different.push(`${text}  amtool: ${theirs ?? 'accepted'}\n  Vedette: ${ours.join('; ') || 'accepted'}`);
    }
    expect(different).toEqual([]);
  });
});

/** What it says of a file; undefined when it accepts it. */
async function verdictOfAmtool(path: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(amtool ?? '', ['check-config', path]);
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return `${stdout}${stderr}`;
  }
}

/** Messages up to our remedy. */
function verdict(text: string): readonly string[] {
  try {
    parseAlertmanagerFile(text, 'alertmanager.yml', { kinds: RECEIVER_KINDS });
    return [];
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return problems.map(({ message }) => message.replace(/; write (?:it as|a name) .*$/, ''));
  }
}
