/** The HTML of mails: one column, colours that carry the state, nothing that a mail program would have to fetch. */
export const DEFAULT_EMAIL = `{{- define "__email_alert_list" }}
{{- range . }}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px;border-top:1px solid #d8dce2">
{{- range .Labels.SortedPairs }}
<tr><td style="padding:4px 12px 4px 0;color:#5b6472;white-space:nowrap;vertical-align:top">{{ .Name }}</td><td width="100%" style="padding:4px 0"><strong>{{ .Value }}</strong></td></tr>
{{- end }}
{{- range .Annotations.SortedPairs }}
<tr><td style="padding:4px 12px 4px 0;color:#5b6472;white-space:nowrap;vertical-align:top">{{ .Name }}</td><td width="100%" style="padding:4px 0">{{ .Value }}</td></tr>
{{- end }}
<tr><td style="padding:4px 12px 4px 0;color:#5b6472;white-space:nowrap;vertical-align:top">since</td><td width="100%" style="padding:4px 0">{{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}</td></tr>
{{- with .GeneratorURL }}
<tr><td></td><td style="padding:4px 0"><a href="{{ . }}" style="color:#2257a8">Show the expression</a></td></tr>
{{- end }}
</table>
{{- end }}
{{- end }}
{{- define "email.default.html" -}}
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ template "__subject" . }}</title>
</head>
<body style="margin:0;padding:0;background:#eef0f3;font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:1.4;color:#1d2430">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#eef0f3"><tr><td align="center" style="padding:16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff">
<tr><td style="padding:16px 20px;color:#ffffff;font-size:16px;background:{{ if eq .Status "firing" }}#b3261e{{ else }}#2e7d32{{ end }}"><strong>{{ template "__subject" . }}</strong></td></tr>
<tr><td style="padding:16px 20px">
<p style="margin:0 0 16px"><a href="{{ template "__alertmanagerURL" . }}" style="color:#2257a8">Open in {{ template "__alertmanager" . }}</a></p>
{{- with .Alerts.Firing }}
<h2 style="margin:0 0 8px;font-size:15px">Firing now: {{ len . }}</h2>
{{- template "__email_alert_list" . }}
{{- end }}
{{- with .Alerts.Resolved }}
<h2 style="margin:0 0 8px;font-size:15px">Over: {{ len . }}</h2>
{{- template "__email_alert_list" . }}
{{- end }}
</td></tr>
<tr><td style="padding:12px 20px;color:#5b6472;border-top:1px solid #d8dce2">Sent by <a href="{{ .ExternalURL }}" style="color:#5b6472">{{ template "__alertmanager" . }}</a></td></tr>
</table>
</td></tr></table>
</body>
</html>
{{- end }}
`;
