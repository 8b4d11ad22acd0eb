import { writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { remoteWrite } from './remote-writer.ts';
import { cleanUp, eventually, freePort, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

afterEach(cleanUp);

const ROUNDS = 20;
const SERIES = 50;

interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly activeAt: string;
  readonly state: string;
}

interface MatrixSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

it(`killed ${ROUNDS} times at random moments: acknowledged samples are there, alerts go on, nothing is notified twice`, async () => {
  const random = seededRandom(20_261_121);
  const receiver = await startWebhookReceiver();
  const folder = temporaryFolder();
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const rules = `groups:
  - name: kill
    interval: 1s
    rules:
      - record: kill:last:max
        expr: max(kill_test)
      - alert: AlwaysThere
        expr: vector(1)
        for: 2s
        labels: { severity: info }
`;
  writeFileSync(`${folder}/rules.yml`, rules);
  const config = `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting:
  route: { receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 5s, repeat_interval: 1h }
  receivers: [{ name: hook, webhook_configs: [{ url: '${receiver.url}' }] }]
`;

  const acknowledged = new Map<string, number>();
  let sequence = 0;
  const writing = new AbortController();
  const startedMs = Date.now();
  const writer = (async () => {
    while (!writing.signal.aborted) {
      const timestampMs = startedMs + sequence;
      const batch = Array.from({ length: SERIES }, (_, i) => ({
        labels: { __name__: 'kill_test', series: String(i) },
        timestampMs,
        value: sequence * SERIES + i,
      }));
      sequence++;
      try {
        const { status } = await remoteWrite(url, batch);
        if (status === 204 || status === 200) {
          for (const { labels, value } of batch) acknowledged.set(`${labels.series}@${timestampMs}`, value);
        }
      } catch {
        // The server is being killed or started; what was not acknowledged is not promised.
        await new Promise((done) => {
          setTimeout(done, 20);
        });
      }
    }
  })();

  const activeSince = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const vedette = await startVedette({ folder, listen, config });
    await new Promise((done) => {
      setTimeout(done, 200 + random() * (round === 0 ? 8_000 : 2_500));
    });
    if (round > 0) {
      const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { data: { alerts: ActiveAlert[] } };
      const alert = data.alerts.find(({ labels }) => labels.alertname === 'AlwaysThere');
      if (alert) activeSince.add(alert.activeAt);
    }
    await vedette.stop('SIGKILL');
  }
  const vedette = await startVedette({ folder, listen, config });
  writing.abort();
  await writer;

  expect(acknowledged.size).toBeGreaterThan(SERIES * 50);
  const stored = new Map<string, number>();
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: 'kill_test[1h]' }),
  });
  const { data } = (await response.json()) as { data: { result: MatrixSeries[] } };
  for (const { metric, values } of data.result) {
    for (const [seconds, value] of values) stored.set(`${metric.series}@${Math.round(seconds * 1_000)}`, Number(value));
  }
  const lost = [...acknowledged].filter(([key, value]) => stored.get(key) !== value);
  expect(lost.slice(0, 5), `${lost.length} of ${acknowledged.size} acknowledged samples are lost`).toEqual([]);

  // The alert became active once, in the first life, and is still the same alert.
  expect(activeSince.size).toBe(1);
  await eventually(() => expect(receiver.messages.length).toBeGreaterThan(0));
  await new Promise((done) => {
    setTimeout(done, 7_000);
  });
  expect(receiver.messages.map(({ status }) => status)).toEqual(['firing']);
  process.stdout.write(`kill: ${acknowledged.size} acknowledged samples in ${ROUNDS} lives, none lost\n`);
  await vedette.stop();
  receiver.close();
});
