import { describe, expect, it } from 'vitest';
import { VedetteError } from '../../base/errors.ts';
import { checkSource, readYaml } from '../../base/yaml-source.ts';
import { alertingConfigSchema } from './section.ts';

function check(text: string) {
  const [source] = readYaml(text, 'vedette.yaml');
  if (!source) return alertingConfigSchema.parse({});
  return checkSource(source, alertingConfigSchema);
}

function fault(text: string): string {
  try {
    check(text);
  } catch (error) {
    expect(error).toBeInstanceOf(VedetteError);
    return (error as VedetteError).message;
  }
  throw new Error('accepted');
}

const ROUTED = `
route:
  receiver: pager
receivers:
  - name: pager
    webhook_configs:
      - url: http://user:hunter2@pager.example/hook
`;

describe('the alerting section', () => {
  it('is empty by default', () => {
    expect(check('')).toMatchObject({ alertmanagers: [], receivers: [] });
  });

  it("has Alertmanager's defaults", () => {
    const { route, receivers } = check(ROUTED);
    expect(route).toMatchObject({
      group_by: [],
      group_wait: 30_000,
      group_interval: 300_000,
      repeat_interval: 14_400_000,
    });
    expect(receivers[0]).toMatchObject({ webhook_configs: [{ send_resolved: true, max_alerts: 0, timeout: 10_000 }] });
  });

  it('never shows the address of a receiver', () => {
    expect(JSON.stringify(check(ROUTED))).not.toContain('hunter2');
    expect(fault(ROUTED.replace('http://user', 'ftp://user'))).not.toContain('hunter2');
  });

  it("reads Prometheus's alertmanagers", () => {
    const { alertmanagers } = check(
      "alertmanagers:\n  - static_configs:\n      - targets: ['localhost:9093']\n    path_prefix: /am\n",
    );
    expect(alertmanagers).toMatchObject([{ scheme: 'http', path_prefix: '/am', api_version: 'v2', timeout: 10_000 }]);
  });

  it('looks at the address of an Alertmanager after its relabelling', () => {
    const { alertmanagers } = check(
      "alertmanagers:\n  - static_configs: [{ targets: ['http://am'] }]\n    relabel_configs: [{ target_label: __address__, replacement: 'am:9093' }]\n",
    );
    expect(alertmanagers).toHaveLength(1);
  });

  it.each([
    [
      ROUTED.replace('receiver: pager', 'receiver: nobody'),
      'vedette.yaml:3:3: route.receiver: receiver "nobody" is not declared',
    ],
    [`${ROUTED}  - name: pager\n`, 'receiver "pager" is declared twice'],
    [
      ROUTED.replace('receiver: pager', 'receiver: pager\n  routes: []'),
      'routes is not available here: only an Alertmanager file has it',
    ],
    [ROUTED.replace('receiver: pager', 'receiver: pager\n  group_intervall: 5m'), 'did you mean "group_interval"'],
    [ROUTED.replace('receiver: pager', 'receiver: pager\n  group_interval: 0s'), 'must be greater than zero'],
    [ROUTED.replace('receiver: pager', "receiver: pager\n  group_by: ['...', a]"), 'must stand alone'],
    [ROUTED.replace('receiver: pager', 'receiver: pager\n  group_by: [a, a]'), 'names a label twice'],
    [
      `${ROUTED}    slack_configs: [{}]\n`,
      'receivers[0].slack_configs[0].api_url: no Slack API URL nor App token set either inline or in a file',
    ],
    [`${ROUTED}inhibit_rules: []\n`, 'inhibit_rules is not available'],
    ['receivers:\n  - name: a\n', 'receivers without a route are never used'],
    ['alertmanagers:\n  - api_version: v1\n', 'only v2 exists'],
    ["alertmanagers:\n  - static_configs: [{ targets: ['http://am:9093'] }]\n", 'host:port without a scheme'],
    [
      "alertmanagers:\n  - static_configs: [{ targets: ['http://am'] }]\n    relabel_configs: [{ modulus: 18446744073709551 }]\n",
      'relabel_configs[0].modulus',
    ],
    ['alert_relabel_configs: [{ action: nothing }]\n', 'unknown relabel action "nothing"'],
    ['alertmanagers:\n  - sigv4: {}\n', 'sigv4 is not supported'],
    ['alertmanagers:\n  - { basic_auth: { username: a }, bearer_token: b }\n', 'at most one of basic_auth'],
  ])('refuses %j', (text, message) => {
    expect(fault(text)).toContain(message);
  });
});
