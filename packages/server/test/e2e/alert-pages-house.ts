import { writeFileSync } from 'node:fs';
import { type MetricsTarget, startMetricsTarget } from './metrics-target.ts';
import { type Running, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

export interface AlertPagesHouse {
  readonly vedette: Running;
  readonly target: MetricsTarget;
  close(): Promise<void>;
}

/** What the cameras say; the switch of the second is down as well. */
export function cameraPage(down: readonly string[]): string {
  const cameras = [
    ['c1', 'north', 'sw1'],
    ['c2', 'north', 'sw2'],
    ['c3', 'south', 'sw3'],
    ['c4', 'south', 'sw3'],
  ];
  return [
    ...cameras.map(
      ([camera = '', site, switchName]) =>
        `camera_up{camera="${camera}",site="${site}",switch="${switchName}"} ${down.includes(camera) ? 0 : 1}`,
    ),
    'switch_up{site="north",switch="sw1"} 1',
    'switch_up{site="north",switch="sw2"} 0',
    'camera_temperature_celsius{camera="c4",site="south"} 71',
    'camera_temperature_celsius{camera="c1",site="north"} 41',
    'disk_free_ratio{recorder="nvr1",site="north"} 0.12',
    '# TYPE write_seconds histogram',
    ...['0.1', '1', '+Inf'].map((le, i) => `write_seconds_bucket{recorder="nvr1",le="${le}"} ${(i + 1) * 10}`),
    'write_seconds_sum{recorder="nvr1"} 12',
    'write_seconds_count{recorder="nvr1"} 30',
    '',
  ].join('\n');
}

const RULES = `groups:
  - name: cameras
    interval: 1s
    rules:
      - alert: CameraDown
        expr: camera_up == 0
        labels: { severity: critical }
        annotations: { summary: 'Camera {{ $labels.camera }} at {{ $labels.site }} gives no picture' }
      - alert: SwitchDown
        expr: switch_up == 0
        labels: { severity: critical }
        annotations: { summary: 'Switch {{ $labels.switch }} does not answer' }
      - alert: CameraHot
        expr: camera_temperature_celsius > 60
        labels: { severity: warning }
        annotations: { summary: '{{ $labels.camera }} is {{ $value }} degrees warm' }
      - alert: CameraHot
        expr: camera_temperature_celsius > 90
        labels: { severity: critical }
      - alert: DiskLow
        expr: disk_free_ratio < 0.2
        for: 1h
        labels: { severity: warning }
      - alert: SlowWrites
        expr: histogram_quantile(0.95, write_seconds) > 1
        labels: { severity: warning }
`;

const alertmanager = (url: string): string => `route:
  receiver: team
  group_by: [alertname, site]
  group_wait: 1s
  group_interval: 2s
  routes:
    - { receiver: pager, matchers: ['severity="critical"'] }
    - { receiver: facility, matchers: [alertname="CameraHot"], mute_time_intervals: [around the clock] }
inhibit_rules:
  - { source_matchers: [alertname="SwitchDown"], target_matchers: [alertname="CameraDown"], equal: [site, switch] }
time_intervals:
  - { name: around the clock, time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] }
receivers:
  - { name: team, webhook_configs: [{ url: '${url}' }] }
  - { name: pager, webhook_configs: [{ url: '${url}' }] }
  - { name: facility, webhook_configs: [{ url: '${url}' }] }
`;

/** A server with alerts of every kind: firing, pending, silenced, inhibited, muted by the hour. */
export async function openAlertPagesHouse(): Promise<AlertPagesHouse> {
  const receiver = await startWebhookReceiver();
  const target = await startMetricsTarget(cameraPage(['c1', 'c2', 'c3']));
  const folder = temporaryFolder();
  writeFileSync(`${folder}/rules.yml`, RULES);
  writeFileSync(`${folder}/alertmanager.yml`, alertmanager(receiver.url));
  const vedette = await startVedette({
    folder,
    config: `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
host_collector: { enabled: false }
scrape_configs:
  - job_name: cameras
    static_configs: [{ targets: ['${target.address}'] }]
alerting: { config_file: alertmanager.yml }
`,
  });
  const silenced = await fetch(`${vedette.url}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'camera', value: 'c3', isRegex: false }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 7_200_000).toISOString(),
      createdBy: 'mara',
      comment: 'the lens is being changed',
    }),
  });
  if (!silenced.ok) throw new Error(await silenced.text());
  return {
    vedette,
    target,
    close: async () => {
      await vedette.stop();
      await target.stop();
      receiver.close();
    },
  };
}
