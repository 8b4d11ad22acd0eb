/** A name with an empty template: settings refer to it, and people may define it. */
const EMPTY = [
  '__description',
  'discord.default.content',
  'mattermost.default.iconurl',
  'mattermost.default.iconemoji',
  'rocketchat.default.emoji',
  'rocketchat.default.iconurl',
  'rocketchat.default.text',
  'slack.default.callbackid',
  'slack.default.footer',
  'slack.default.iconemoji',
  'slack.default.iconurl',
  'slack.default.pretext',
  'slack.default.text',
  'wechat.default.agent_id',
  'wechat.default.to_party',
  'wechat.default.to_tag',
  'wechat.default.to_user',
];

/** Names that say what another template says. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  __subject: [
    'discord.default.title',
    'email.default.subject',
    'jira.default.summary',
    'mattermost.default.title',
    'msteams.default.summary',
    'msteams.default.title',
    'msteamsv2.default.title',
    'opsgenie.default.message',
    'pagerduty.default.description',
    'pushover.default.title',
    'rocketchat.default.title',
    'slack.default.title',
    'sns.default.subject',
    'victorops.default.entity_display_name',
  ],
  __alertmanager: [
    'mattermost.default.username',
    'pagerduty.default.client',
    'rocketchat.default.alias',
    'slack.default.username',
    'victorops.default.monitoring_tool',
  ],
  __alertmanagerURL: [
    'mattermost.default.titlelink',
    'opsgenie.default.source',
    'pagerduty.default.clientURL',
    'pushover.default.url',
    'rocketchat.default.titlelink',
    'slack.default.titlelink',
  ],
  __color: ['mattermost.default.color', 'slack.default.color'],
  __fallback: ['mattermost.default.fallback', 'slack.default.fallback'],
  __text_summary: [
    'opsgenie.default.description',
    'pushover.default.message',
    'sns.default.message',
    'victorops.default.state_message',
    'webex.default.message',
  ],
  __text_alerts: ['discord.default.message', 'telegram.default.message'],
  __markdown_alerts: [
    'jira.default.description',
    'mattermost.default.text',
    'msteams.default.text',
    'msteamsv2.default.text',
  ],
};

/** What the others are made of. Users' templates refer to the names with two underscores as well. */
const PARTS = String.raw`
{{- define "__alertmanager" }}Vedette{{ end }}
{{- define "__alertmanagerURL" }}{{ .ExternalURL }}/alerts?receiver={{ .Receiver | urlquery }}{{ end }}

{{- define "__subject" -}}
{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .Alerts.Firing | len }}{{ end }}:
{{- with .GroupLabels.SortedPairs.Values }} {{ join " " . }}{{ end }}
{{- with (.CommonLabels.Remove .GroupLabels.Names).SortedPairs.Values }} ({{ join " " . }}){{ end }}
{{- end }}

{{- define "__color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}
{{- define "__fallback" }}{{ template "__subject" . }} - {{ template "__alertmanagerURL" . }}{{ end }}

{{- define "__text_alert_list" -}}
{{ range . }}
{{- range .Labels.SortedPairs }}{{ .Name }}: {{ .Value }}
{{ end }}
{{- range .Annotations.SortedPairs }}{{ .Name }}: {{ .Value }}
{{ end }}
{{- with .GeneratorURL }}source: {{ . }}
{{ end }}
{{ end }}
{{- end }}

{{- define "__text_alert_list_markdown" -}}
{{ range . }}
{{ range .Labels.SortedPairs }}- **{{ .Name }}**: {{ .Value }}
{{ end }}
{{- range .Annotations.SortedPairs }}- {{ .Name }}: {{ .Value }}
{{ end }}
{{- with .GeneratorURL }}- source: {{ . }}
{{ end }}
{{- end }}
{{- end }}

{{- define "__text_alerts" -}}
{{ with .Alerts.Firing }}Firing now:
{{ template "__text_alert_list" . }}{{ end }}
{{- with .Alerts.Resolved }}Over:
{{ template "__text_alert_list" . }}{{ end }}
{{- end }}

{{- define "__markdown_alerts" -}}
{{ with .Alerts.Firing }}# Firing now
{{ template "__text_alert_list_markdown" . }}{{ end }}
{{- with .Alerts.Resolved }}# Over
{{ template "__text_alert_list_markdown" . }}{{ end }}
{{- end }}

{{- define "__text_summary" -}}
{{ with .CommonAnnotations.SortedPairs.Values }}{{ join " " . }}
{{ end }}{{ template "__text_alerts" . }}
{{- end }}

{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{- define "wechat.default.message" -}}
{{ template "__subject" . }}
{{ template "__text_summary" . }}{{ template "__alertmanagerURL" . }}
{{- end }}

{{- define "__jira_priority" -}}
{{ $found := "" }}
{{- range . }}
{{- $severity := .Labels.severity }}
{{- if eq $severity "critical" }}{{ $found = "High" }}
{{- else if and (eq $severity "warning") (ne $found "High") }}{{ $found = "Medium" }}
{{- else if and (eq $severity "info") (eq $found "") }}{{ $found = "Low" }}
{{- end }}
{{- end }}
{{- $found }}
{{- end }}

{{- define "jira.default.priority" -}}
{{ if .Alerts.Firing }}{{ template "__jira_priority" .Alerts.Firing }}{{ else }}{{ template "__jira_priority" .Alerts.Resolved }}{{ end }}
{{- end }}
`;

/** Under Alertmanager's names, in words of our own: what receivers say where the file says nothing. */
export const DEFAULT_TEMPLATES = [
  PARTS,
  ...EMPTY.map((name) => `{{ define "${name}" }}{{ end }}`),
  ...Object.entries(SAME).flatMap(([source, names]) =>
    names.map((name) => `{{ define "${name}" }}{{ template "${source}" . }}{{ end }}`),
  ),
].join('');
