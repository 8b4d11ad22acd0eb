import { writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { cleanUp, eventually, freePort, runVedette, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

afterEach(cleanUp);

const PATH = '/api/vedette/alerting/acknowledgements';

it('escalates over kill -9, stops at an acknowledgement that survives one too, and says beforehand what it will do', async () => {
  const receiver = await startWebhookReceiver();
  const folder = temporaryFolder();
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  writeFileSync(
    `${folder}/rules.yml`,
    `groups:
  - name: always
    interval: 1s
    rules:
      - alert: AlwaysThere
        expr: vector(1)
        labels: { severity: critical }
`,
  );
  const config = `rule_files: [rules.yml]
alerting:
  route: { receiver: routes, group_wait: 1s }
  receivers:
    - { name: routes, webhook_configs: [{ url: '${receiver.url}' }] }
    - { name: sre, webhook_configs: [{ url: '${receiver.url}' }] }
    - { name: boss, webhook_configs: [{ url: '${receiver.url}' }] }
    - { name: ceo, webhook_configs: [{ url: '${receiver.url}' }] }
  escalation:
    policies:
      - name: critical
        matchers: [severity="critical"]
        levels:
          - targets: [{ receiver: sre }]
          - { delay: 10s, targets: [{ receiver: boss }] }
          - { delay: 50s, targets: [{ receiver: ceo }] }
`;
  const toldBy = (name: string) => receiver.messages.filter((message) => message.receiver === name);

  /** A crash between the sending and the log's entry may send twice; what is shown as told has been logged. */
  const told = (level: number) =>
    eventually(async () => {
      const overview = await (await fetch(`${url}/api/vedette/alerting/escalation`)).json();
      const { incidents } = overview as { incidents: { levels: { told: number }[] }[] };
      expect(incidents[0]?.levels[level]?.told).toBe(1);
    });

  const first = await startVedette({ folder, listen, config });
  await eventually(() => expect(toldBy('sre')).toHaveLength(1));
  const [{ receivedAtMs = 0 } = {}] = toldBy('sre');
  await told(0);
  await first.stop('SIGKILL');
  const second = await startVedette({ folder, listen, config });
  await eventually(() => expect(toldBy('boss')).toHaveLength(1));
  expect(toldBy('boss')[0]?.receivedAtMs).toBeGreaterThanOrEqual(receivedAtMs + 9_000);

  await told(1);

  const answer = await fetch(`${url}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ matchers: ['alertname="AlwaysThere"'], by: 'ana', comment: 'known' }),
  });
  expect(answer.status).toBe(201);
  await second.stop('SIGKILL');
  const third = await startVedette({ folder, listen, config });
  const { acknowledgements } = (await (await fetch(`${url}${PATH}`)).json()) as { acknowledgements: { by: string }[] };
  expect(acknowledgements.map(({ by }) => by)).toEqual(['ana']);
  const leftMs = receivedAtMs + 56_000 - Date.now();
  await new Promise((done) => {
    setTimeout(done, Math.max(0, leftMs));
  });
  expect(['sre', 'boss', 'ceo'].map((name) => toldBy(name).length)).toEqual([1, 1, 0]);

  const asked = await fetch(`${url}/api/vedette/alerting/route-test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ labels: { severity: 'critical' }, at: '2026-01-10T03:00:00Z' }),
  });
  const path = await asked.json();
  await third.stop();
  const args = ['test', 'routes', '--config', `${folder}/vedette.yaml`, '--labels', 'severity=critical'];
  const { code, output } = await runVedette([...args, '--at', '2026-01-10T03:00:00Z', '--json'], folder);
  expect(code).toBe(0);
  expect(JSON.parse(output.slice(output.indexOf('{')))).toEqual(path);
  receiver.close();
});
