import { describe, expect, it } from 'vitest';
import { Labels } from '../../../model/labels.ts';
import { BUILTINS, TemplateSet } from '../../../template/index.ts';
import { fingerprint } from '../../fingerprint.ts';
import { type GroupAlert, createNotification, truncated } from '../notification.ts';
import { NotificationTemplates } from './notification-templates.ts';

function alert(camera: string, resolved = false): GroupAlert {
  const labels = Labels.fromObject({ alertname: 'CameraDown', camera, area: 'yard' });
  return {
    labels,
    annotations: { summary: `${camera} is down` },
    value: 0,
    startsAtMs: Date.UTC(2026, 0, 1, 12),
    endsAtMs: Date.UTC(2026, 0, 1, 12, 5),
    resolved,
    generatorUrl: 'http://watch/graph',
    fingerprint: fingerprint(labels),
  };
}

const message = createNotification({
  receiver: 'pager',
  alerts: [alert('roof', true), alert('gate'), alert('dock')],
  groupKey: '{}:{alertname="CameraDown"}',
  groupLabels: Labels.fromObject({ alertname: 'CameraDown' }),
  routeLabels: { team: 'north' },
  externalUrl: 'http://watch',
});

const set = new TemplateSet({ functions: BUILTINS });
set.add(
  'title.tmpl',
  '{{ define "title" }}[{{ .Status }}:{{ .Alerts.Firing | len }}] {{ .GroupLabels.alertname }}{{ end }}',
);
const templates = new NotificationTemplates(set);

describe("a notification in Alertmanager's words", () => {
  it.each([
    ['plain {text}', 'plain {text}'],
    ['{{ template "title" . }}', '[firing:2] CameraDown'],
    ['{{ range .Alerts }}{{ .Labels.camera }}={{ .Status }} {{ end }}', 'dock=firing gate=firing roof=resolved '],
    ['{{ range .Alerts.Resolved }}{{ .Annotations.summary }}{{ end }}', 'roof is down'],
    ['{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}', 'alertname=CameraDown area=yard '],
    ['{{ .CommonLabels.Names }} {{ .CommonLabels.SortedPairs.Values }}', '[alertname area] [CameraDown yard]'],
    ['{{ (.CommonLabels.Remove .GroupLabels.Names).Names }}', '[area]'],
    [
      '{{ .CommonAnnotations }} {{ .RouteLabels.team }} {{ .Receiver }} {{ .ExternalURL }}',
      ' north pager http://watch',
    ],
    ['{{ (index .Alerts 0).StartsAt }}', '2026-01-01 12:00:00 +0000 UTC'],
    ['{{ (index .Alerts 0).EndsAt.Format "2006" }}', '0001'],
    ['{{ (index .Alerts 0).Fingerprint }} {{ .GroupKey }}', `${alert('dock').fingerprint} {}:{alertname="CameraDown"}`],
  ])('%s', (text, expected) => {
    expect(templates.text(text, message)).toBe(expected);
  });

  it('what is left out is counted, and what is common is common to the rest', () => {
    const one = truncated(message, 1);
    expect(templates.text('{{ .TruncatedAlerts }} {{ .CommonLabels.camera }}', one)).toBe('2 dock');
    expect(truncated(message, 0)).toBe(message);
    expect(truncated(message, 3).truncatedAlerts).toBe(0);
  });
});
