/** Files of our own that are good as they are, with as many keys as fit. */

export const OWN_CONFIG = `global:
  scrape_interval: 15s
  evaluation_interval: 30s
  external_labels: { site: north }
scrape_configs:
  - job_name: cams
    scrape_interval: 5s
    metrics_path: /m
    params: { a: [b, c] }
    basic_auth: { username: u, password: p }
    static_configs:
      - targets: ['127.0.0.1:9100', 'cam-2:80']
        labels: { room: "a" }
    relabel_configs: &rules
      - source_labels: [__address__]
        regex: '(.*):\\d+'
        target_label: host
        replacement: $1
      - { action: labeldrop, regex: tmp_.* }
    metric_relabel_configs: *rules
  - job_name: files
    file_sd_configs: [{ files: ['targets/*.yml'], refresh_interval: 1m }]
    sample_limit: 10000
    tls_config: { insecure_skip_verify: true, min_version: TLS12 }
  - job_name: consul
    consul_sd_configs: [{ server: 'localhost:8500', services: [a] }]
  - job_name: pods
    kubernetes_sd_configs: [{ role: pod, namespaces: { names: [default] } }]
rule_files: ['rules/*.yml']
remote_write:
  - url: http://127.0.0.1:9999/write
    queue_config: { max_shards: 5 }
    write_relabel_configs: [{ source_labels: [a], action: keep, regex: b }]
remote_read: [{ url: http://127.0.0.1/read }]
otlp: { promote_resource_attributes: [service.name] }
tracing: { endpoint: 'localhost:4317' }
alerting:
  route:
    receiver: hook
    group_by: [alertname]
    repeat_interval: 1h
  receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]
storage: { retention: 30d }
query: { timeout: 1m, max_samples: 1000000 }
http: { listen: '127.0.0.1:0' }
`;

export const OWN_RULES = [
  `groups:
  - name: cameras
    interval: 15s
    limit: 10
    labels: { team: video }
    rules:
      - record: cameras:down
        expr: count(camera_up == 0)
        labels: { site: north }
      - alert: CameraDown
        expr: |
          camera_up == 0
            and on (camera) camera_known
        for: 2m
        keep_firing_for: 1m
        labels: { severity: '{{ if gt $value 1.0 }}page{{ else }}ticket{{ end }}' }
        annotations:
          summary: '{{ $labels.camera | title }} is down: {{ printf "%.2f" $value }} {{ humanizeDuration 90 }}'
          list: '{{ range query "up" }}{{ .Labels.job }} {{ end }}{{ reReplaceAll "(a*)b" "$1" "aab" }}'
`,
  `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: a }
spec:
  groups:
    - name: g
      rules: [{ record: a, expr: b }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c }
data:
  a.yml: |
    groups:
      - name: h
        rules:
          - alert: A
            expr: up == 0
`,
];

export const OWN_DASHBOARD = JSON.stringify({
  uid: 'cams',
  title: 'Cameras',
  schemaVersion: 36,
  refresh: '10s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'camera', type: 'query', query: 'label_values(camera_fps, camera)', multi: true, includeAll: true },
      { name: 'step', type: 'interval', query: '1m,5m', current: { value: '1m' } },
      { name: 'ds', type: 'datasource', query: 'prometheus' },
    ],
  },
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'FPS of $camera',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      repeat: 'camera',
      targets: [
        {
          refId: 'A',
          expr: 'rate(camera_frames_total{camera=~"$camera"}[$__rate_interval])',
          legendFormat: '{{camera}}',
        },
      ],
      fieldConfig: {
        defaults: {
          unit: 'short',
          thresholds: {
            mode: 'absolute',
            steps: [
              { color: 'red', value: null },
              { color: 'green', value: 10 },
            ],
          },
        },
        overrides: [],
      },
    },
    {
      id: 2,
      type: 'row',
      collapsed: true,
      title: 'More',
      panels: [{ id: 3, type: 'stat', targets: [{ expr: 'up' }] }],
    },
    { type: 'graph', datasource: '-- Mixed --', targets: [{ expr: 'sum(up) by (job)' }], yaxes: [{ format: 'bytes' }] },
    {
      type: 'table',
      transformations: [{ id: 'organize', options: {} }],
      targets: [{ expr: 'topk(5, up)', instant: true, format: 'table' }],
    },
    { type: 'text', options: { content: '# Hi', mode: 'markdown' } },
  ],
});
