import type { AlertHistoryAnswer } from '@vedette/wire/http';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ClickHouseHttpServer } from '../contract/clickhouse-http-server.ts';
import { startMetricsTarget } from './metrics-target.ts';
import { type Running, cleanUp, eventually, startVedette, temporaryFolder } from './vedette-process.ts';
import { type WebhookMessage, startWebhookReceiver } from './webhook-receiver.ts';

const GROUP_INTERVAL_MS = 15_000;
const USER = { username: 'vedette', password: 'of the test' };
const server = new ClickHouseHttpServer(USER);

beforeAll(() => server.start());
afterEach(cleanUp);
afterAll(() => server.remove());

const RULES = `groups:
  - name: cameras
    interval: 1s
    rules:
      - alert: CameraDown
        expr: camera_up == 0
`;

function page(down: readonly string[]): string {
  return ['c1', 'c2', 'c3']
    .map((camera) => `camera_up{camera="${camera}"} ${down.includes(camera) ? 0 : 1}\n`)
    .join('');
}

function cameras({ alerts }: WebhookMessage): string {
  return alerts
    .map(({ status, labels }) => `${status === 'firing' ? '+' : '-'}${labels.camera}`)
    .toSorted()
    .join(' ');
}

it('two processes on one ClickHouse server tell each notification once; one that is killed is relieved within a group interval', async () => {
  const receiver = await startWebhookReceiver();
  const target = await startMetricsTarget(page([]));
  const config = (name: string): string => `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
host_collector: { enabled: false }
storage:
  url: ${server.url}
  username: ${USER.username}
  password: ${USER.password}
  database: vedette_${name}
scrape_configs:
  - job_name: cameras
    static_configs: [{ targets: ['${target.address}'] }]
alerting:
  high_availability: { name: ${name}, peer_timeout: 5s }
  route: { receiver: hook, group_by: [alertname], group_wait: 2s, group_interval: ${GROUP_INTERVAL_MS / 1000}s, repeat_interval: 1h }
  receivers: [{ name: hook, webhook_configs: [{ url: '${receiver.url}' }] }]
`;
  const folders = new Map(['one', 'two'].map((name) => [name, temporaryFolder()]));
  const open = (name: string): Promise<Running> => {
    const folder = folders.get(name) ?? '';
    writeFileSync(`${folder}/rules.yml`, RULES);
    return startVedette({ folder, config: config(name) });
  };
  const [one, two] = await Promise.all([open('one'), open('two')]);
  const firing = async ({ url }: Running): Promise<number> => {
    const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { data: { alerts: { state: string }[] } };
    return data.alerts.filter(({ state }) => state === 'firing').length;
  };
  const metric = async ({ url }: Running, name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1];
  const said = (): string[] => receiver.messages.map(cameras);

  await eventually(async () => expect(await metric(two, 'vedette_ha_position')).toBe('1'));
  target.page = page(['c1']);
  await eventually(async () => expect([await firing(one), await firing(two)]).toEqual([1, 1]));
  await eventually(() => expect(said()).toEqual(['+c1']));
  // Both have flushed again.
  await sleep(GROUP_INTERVAL_MS + 7_000);
  expect(said()).toEqual(['+c1']);

  await one.stop('SIGKILL');
  const killedMs = Date.now();
  target.page = page(['c1', 'c2']);
  await eventually(() => expect(said()).toEqual(['+c1', '+c1 +c2']), { timeoutMs: 2 * GROUP_INTERVAL_MS });
  const tookMs = (receiver.messages[1]?.receivedAtMs ?? Infinity) - killedMs;
  expect(tookMs).toBeLessThan(GROUP_INTERVAL_MS + 5_000);

  const again = await open('one');
  target.page = page(['c2']);
  await eventually(() => expect(said().slice(2)).toEqual(['+c2 -c1']), { timeoutMs: 90_000 });
  await sleep(GROUP_INTERVAL_MS + 7_000);
  expect(said()).toHaveLength(3);
  expect(await metric(two, 'vedette_ha_double_notifications_total')).toBe('0');

  // What happened is in one history, whoever is asked, each event once.
  const history = async ({ url }: Running): Promise<AlertHistoryAnswer> =>
    (
      await fetch(`${url}/api/vedette/alerting/history?filter=camera%3Dc1&limit=100`)
    ).json() as Promise<AlertHistoryAnswer>;
  const states = (answer: AlertHistoryAnswer): string[] =>
    answer.events.map(({ state, delivery }) => (delivery ? `${state} ${delivery.told}` : state)).toReversed();
  await eventually(async () =>
    // Whose word of the end is kept is open: the one that restarted holds what it remembers for a while.
    expect(states(await history(again)).toSorted()).toEqual([
      'firing',
      'notified firing',
      'notified firing',
      'notified resolved',
      'resolved',
    ]),
  );
  expect((await history(again)).events).toEqual((await history(two)).events);
  process.stdout.write(
    `high availability: the second told ${(tookMs / 1000).toFixed(1)} s after the first was killed\n`,
  );
  await Promise.all([again.stop(), two.stop()]);
  await target.stop();
  receiver.close();
});
