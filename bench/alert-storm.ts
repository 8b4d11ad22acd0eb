/** A fleet in trouble: alerts of 50 sites and four kinds, and an Alertmanager file that puts 20,000 of them into 4,578 groups. */

export interface StormAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
}

/** As POST /api/v2/alerts takes it. */
export function stormAlert(i: number): StormAlert {
  return {
    labels: {
      alertname: `Camera${['Offline', 'Frozen', 'Dark', 'Slow'][i % 4]}`,
      camera_id: `cam-${String(i).padStart(5, '0')}`,
      site: `site-${i % 50}`,
      severity: ['critical', 'warning', 'info'][i % 3] ?? '',
      job: 'camera',
    },
    annotations: { summary: `Camera ${i} needs somebody`, runbook_url: 'https://example.org/runbooks/camera' },
    generatorURL: 'http://127.0.0.1:9090/graph',
  };
}

export function stormConfiguration(port: number, groupWait = '5s'): string {
  return `route:
  receiver: team
  group_by: [alertname, site]
  group_wait: ${groupWait}
  group_interval: 1m
  repeat_interval: 4h
  routes:
    - { matchers: ['severity="critical"'], receiver: pager, continue: true }
    - { matchers: ['site=~"site-1.*"'], receiver: team, group_by: ['...'] }
inhibit_rules:
  - { source_matchers: ['alertname="CameraOffline"'], target_matchers: ['alertname="CameraSlow"'], equal: [site] }
receivers:
  - { name: team, webhook_configs: [{ url: 'http://127.0.0.1:${port}/team' }] }
  - { name: pager, webhook_configs: [{ url: 'http://127.0.0.1:${port}/pager' }] }
`;
}
