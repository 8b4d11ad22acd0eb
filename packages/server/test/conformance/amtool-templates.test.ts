import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { webhookBody } from '../../src/alerting/notify/webhook/webhook.ts';
import { alert, ended, message, notifyDeps } from '../support/receiver-kit.ts';

/** Debian's, version 0.25: what came later (toJson, tz, KV that print themselves, …) has tests of its own. */
const AMTOOL = '/usr/bin/amtool';

const told = message(
  [
    alert(
      { site: 'north & "south"', severity: 'critical' },
      { annotations: { summary: 'a <b> & c', runbook: 'http://book/?a=b c' } },
    ),
    alert(
      { camera: 'roof', site: 'north & "south"', severity: 'warning' },
      { annotations: { summary: 'zwei\nZeilen' } },
    ),
    ended({ camera: 'dock', site: 'north & "south"' }),
  ],
  { externalUrl: 'https://watch.example/vedette' },
);

const FILE = `{{ define "own.title" }}[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }}{{ end }}
{{ define "own.list" -}}
{{ range . }}
*{{ .Labels.camera | title }}* {{ range .Labels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}
{{- range $name, $value := .Annotations }} {{ $name }}: {{ $value }}{{ end }}
{{- end }}
{{- end }}
{{ define "own.html" }}<p class="{{ .CommonLabels.site }}">{{ template "own.title" . }}</p>
{{ range .Alerts }}<a href="{{ .GeneratorURL }}?x={{ .Labels.camera }}">{{ .Annotations.summary }}</a>{{ end }}{{ end }}
`;

const TEXTS = [
  '{{ template "own.title" . }}',
  '{{ template "own.list" .Alerts }}',
  '{{ range .Alerts.Resolved }}{{ .Labels.camera }} {{ .Status }} {{ .EndsAt.Format "15:04:05.000" }}{{ end }}',
  '{{ (index .Alerts 0).StartsAt }} {{ (index .Alerts 0).Fingerprint }}',
  '{{ .CommonLabels.Names }} {{ .CommonLabels.Values }} {{ (.CommonLabels.Remove .GroupLabels.Names).Names }}',
  '{{ with .CommonLabels }}{{ with .Remove (stringSlice "site") }}{{ .SortedPairs.Values }}{{ end }}{{ end }}',
  '{{ reReplaceAll "(n)orth" "${1}orden" .CommonLabels.site }} {{ match "^north" .CommonLabels.site }}',
  '{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }} {{ .CommonLabels.nope }}|{{ .CommonAnnotations.nope }}',
  '{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $i }}:{{ $a.Labels.camera }}{{ end }}',
  '{{ printf "%-10s|%5d|%q|%v" "ab" (len .Alerts) .CommonLabels.site .Status }}',
  '{{- /* comment */ -}} {{ if and (eq .Status "firing") (gt (len .Alerts.Firing) 1) }}many{{ else }}one{{ end }}',
  '{{ title "don\'t panic foo_bar x-y" }} {{ safeHtml "<b>" }} {{ js .CommonLabels.site }} {{ html .CommonLabels.site }}',
  '{{ block "own.block" .Alerts }}{{ len . }}{{ end }} {{ slice "abcdef" 1 3 }} {{ index .CommonLabels "site" }}',
];

const HTML = [
  '{{ template "own.html" . }}',
  '<b title="{{ .CommonLabels.site }}">{{ .CommonLabels.site }}</b>',
  '<a href="{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}">x</a>',
  '<a href="{{ (index .Alerts 1).Annotations.runbook }}">x</a><a href="/?q={{ (index .Alerts 1).Annotations.runbook }}">y</a>',
  '{{ (index .Alerts 1).Annotations.summary | safeHtml }} {{ (index .Alerts 1).Annotations.summary | html }}',
  '<p style="color:{{ if eq .Status "firing" }}red{{ else }}green{{ end }}">{{ range .Alerts }}<i>{{ .Labels.camera }}</i>{{ end }}</p>',
  '<a href={{ .ExternalURL }}>x</a><!-- gone {{ .Status }} --><title>{{ (index .Alerts 1).Annotations.summary }}</title>',
  '<a href="{{ "javascript:alert(1)" }}">x</a>',
];

describe.skipIf(!existsSync(AMTOOL))("a user's templates come out as amtool renders them", () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-amtool-'));
  const file = join(folder, 'own.tmpl');
  const json = join(folder, 'data.json');
  writeFileSync(file, FILE);
  writeFileSync(json, JSON.stringify(webhookBody(told)));
  const amtool = (type: string, text: string): string =>
    execFileSync(AMTOOL, [
      'template',
      'render',
      `--template.glob=${file}`,
      `--template.type=${type}`,
      `--template.data=${json}`,
      `--template.text=${text}`,
    ]).toString();

  it.each(TEXTS)('text: %s', async (text) => {
    const { templates } = await notifyDeps([file]);
    expect(templates.of(told).text(text)).toBe(amtool('text', text));
  });

  it.each(HTML)('HTML: %s', async (text) => {
    const { templates } = await notifyDeps([file]);
    expect(templates.of(told).html(text)).toBe(amtool('html', text));
  });
});

it.skipIf(existsSync(AMTOOL))('amtool is not installed: templates were not compared with it', () => {
  expect(existsSync(AMTOOL)).toBe(false);
});
