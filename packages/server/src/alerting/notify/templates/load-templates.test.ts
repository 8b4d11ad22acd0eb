import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { Labels } from '../../../model/labels.ts';
import { createNotification } from '../notification.ts';
import { loadNotificationTemplates } from './load-templates.ts';

const clock = new VirtualClock(Date.UTC(2026, 0, 1, 13));

const alert = (camera: string, resolved: boolean, severity = 'critical') => ({
  labels: Labels.fromObject({ alertname: 'CameraDown', camera, severity }),
  annotations: { summary: `${camera} is <down>` },
  value: 0,
  startsAtMs: Date.UTC(2026, 0, 1, 12),
  endsAtMs: Date.UTC(2026, 0, 1, 12, 5),
  resolved,
  generatorUrl: 'http://watch/graph',
  fingerprint: '0',
});
const message = createNotification({
  receiver: 'on call',
  alerts: [alert('gate', false), alert('roof', true, 'info')],
  groupKey: '{}:{}',
  groupLabels: Labels.fromObject({ alertname: 'CameraDown' }),
  routeLabels: {},
  externalUrl: 'http://watch',
});

/** Names that Alertmanager's defaults have, and that users' templates and our kinds call. */
const NAMES = `__alertmanager __alertmanagerURL __subject __description __text_alert_list __text_alert_list_markdown
  slack.default.title slack.default.username slack.default.fallback slack.default.callbackid slack.default.pretext
  slack.default.titlelink slack.default.iconemoji slack.default.iconurl slack.default.text slack.default.footer slack.default.color
  pagerduty.default.description pagerduty.default.client pagerduty.default.clientURL pagerduty.default.instances
  opsgenie.default.message opsgenie.default.description opsgenie.default.source
  wechat.default.message wechat.default.to_user wechat.default.to_party wechat.default.to_tag wechat.default.agent_id
  victorops.default.state_message victorops.default.entity_display_name victorops.default.monitoring_tool
  pushover.default.title pushover.default.message pushover.default.url sns.default.subject sns.default.message
  telegram.default.message discord.default.content discord.default.title discord.default.message webex.default.message
  msteams.default.summary msteams.default.title msteams.default.text msteamsv2.default.title msteamsv2.default.text
  jira.default.summary jira.default.description jira.default.priority
  rocketchat.default.title rocketchat.default.alias rocketchat.default.titlelink rocketchat.default.emoji
  rocketchat.default.iconurl rocketchat.default.text mattermost.default.color mattermost.default.username
  mattermost.default.title mattermost.default.titlelink mattermost.default.fallback mattermost.default.text
  email.default.subject email.default.html`
  .trim()
  .split(/\s+/);

describe('the default templates', () => {
  it.each(NAMES)('have %s', async (name) => {
    const { text } = (await loadNotificationTemplates([], clock)).of(message);
    const dot = /alert_list|instances/.test(name) ? '.Alerts' : '.';
    const made = text(`{{ template "${name}" ${dot} }}`);
    expect(made).not.toContain('<no value>');
  });

  it('tell who, what and how many, firing and over', async () => {
    const { text } = (await loadNotificationTemplates([], clock)).of(message);
    expect(text('{{ template "__subject" . }}')).toBe('FIRING 1: CameraDown');
    expect(text('{{ template "__alertmanagerURL" . }}')).toBe('http://watch/alerts?receiver=on+call');
    expect(text('{{ template "jira.default.priority" . }}')).toBe('High');
    const words = text('{{ template "telegram.default.message" . }}');
    expect(words).toMatch(/^Firing now:\nalertname: CameraDown\ncamera: gate\n/);
    expect(words).toContain('summary: gate is <down>\nsource: http://watch/graph\n');
    expect(words).toMatch(/Over:\nalertname: CameraDown\ncamera: roof\n/);
  });

  it('in HTML nothing of the alerts is markup', async () => {
    const { html } = (await loadNotificationTemplates([], clock)).of(message);
    const made = html('{{ template "email.default.html" . }}');
    expect(made).toContain('gate is &lt;down&gt;');
    expect(made).toContain('href="http://watch/alerts?receiver=on+call"');
    expect(made).not.toContain('ZgotmplZ');
    expect(made.match(/<table/g)?.length).toBe(made.match(/<\/table>/g)?.length);
  });
});

describe("a user's files", () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-templates-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('replace the defaults, in the order of globs and names; folders and empty globs are left out', async () => {
    mkdirSync(join(folder, 'sub.tmpl'));
    write(
      'a.tmpl',
      '{{ define "__alertmanager" }}A{{ end }}{{ define "own" }}own {{ template "__alertmanager" . }}{{ end }}',
    );
    write('b.tmpl', '{{ define "__alertmanager" }}B{{ end }}');
    const templates = await loadNotificationTemplates([join(folder, '*.tmpl'), '/nope/*.tmpl'], clock);
    expect(templates.text('{{ template "own" . }} {{ template "slack.default.username" . }}', message)).toBe('own B B');
    expect(templates.text('{{ since (index .Alerts 0).StartsAt }}', message)).toBe('1h0m0s');
  });

  it('that are no templates are refused with file, line and column', async () => {
    const file = write('broken.txt', 'line one\n{{ define "x" }}{{ if }}{{ end }}');
    await expect(loadNotificationTemplates([file], clock)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/broken\.txt:2:\d+: /) as string,
    });
    const unknown = write('unknown.txt', '{{ nope }}');
    await expect(loadNotificationTemplates([unknown], clock)).rejects.toThrow(/unknown\.txt:1:\d+: .*nope/);
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be read are named', async () => {
    const file = write('hidden.txt', 'x');
    chmodSync(file, 0);
    await expect(loadNotificationTemplates([file], clock)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('settings are checked by name', async () => {
    const templates = await loadNotificationTemplates([], clock);
    expect(() => templates.check({ title: 'fine {{ .Status }}', text: '{{ .Status', none: undefined })).toThrow(
      /^text: /,
    );
    expect(() => templates.check({ title: '{{ template "later" . }}' })).not.toThrow();
  });
});
