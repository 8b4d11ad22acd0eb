import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificates.ts';
import { startRealAlertmanager, startVedetteAlertmanager } from './alertmanager-process.ts';
import {
  cleanUp,
  eventually,
  freePort,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'a real Prometheus with Vedette as its Alertmanager');
const alertmanager = programOrNotice(
  '/usr/bin/prometheus-alertmanager',
  "Vedette with Debian's Alertmanager as external one",
);

afterEach(cleanUp);

/** A page of metrics whose one figure the test sets. */
async function startTarget(): Promise<{ host: string; set: (value: number) => void; close: () => void }> {
  let value = 0;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`camera_up{camera="gate"} ${value}\n`);
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', () => done());
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next) => {
      value = next;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const RULES = `groups:
  - name: cameras
    interval: 1s
    rules:
      - alert: CameraDown
        expr: camera_up == 0
        labels: { severity: critical, replica: a }
        annotations: { summary: '{{ $labels.camera }} is down' }
`;

interface ListedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly receivers: readonly { readonly name: string }[];
}

async function alertsOf(url: string): Promise<readonly ListedAlert[]> {
  return (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly ListedAlert[];
}

describe.runIf(prometheus !== undefined)('a real Prometheus', () => {
  it('finds its Alertmanager in Vedette: a rule fires, the webhook is called, the end is told', async () => {
    const hook = await startWebhookReceiver();
    const target = await startTarget();
    const vedette = await startVedetteAlertmanager({
      config: `route:
  receiver: nobody
  routes:
    - receiver: hook
      matchers: ['severity="critical"']
      group_by: [alertname]
      group_wait: 100ms
      group_interval: 1s
receivers:
  - name: nobody
  - name: hook
    webhook_configs: [{ url: '${hook.url}' }]
`,
      args: ['--web.route-prefix=/am'],
    });
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rules.yml'), RULES);
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { site: north } }
rule_files: [rules.yml]
alerting:
  alertmanagers: [{ static_configs: [{ targets: ['${new URL(vedette.url).host}'] }], path_prefix: /am }]
scrape_configs: [{ job_name: cameras, static_configs: [{ targets: ['${target.host}'] }] }]
`,
    );
    const port = await freePort();
    start(
      prometheus ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--rules.alert.resend-delay=1s',
      ],
      folder,
    );
    await eventually(() =>
      expect(hook.messages[0]).toMatchObject({
        status: 'firing',
        receiver: 'hook',
        groupLabels: { alertname: 'CameraDown' },
        alerts: [{ labels: { camera: 'gate', site: 'north' }, annotations: { summary: 'gate is down' } }],
      }),
    );
    expect(await alertsOf(vedette.url)).toMatchObject([
      { labels: { alertname: 'CameraDown', site: 'north' }, receivers: [{ name: 'hook' }] },
    ]);
    target.set(1);
    await eventually(() => expect(hook.messages.at(-1)).toMatchObject({ status: 'resolved' }));
    expect(hook.messages.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(await alertsOf(vedette.url)).toEqual([]);
    target.close();
    hook.close();
  });
});

describe.runIf(alertmanager !== undefined)("Debian's Alertmanager", () => {
  it('gets the alerts of Vedette, relabelled, over TLS with a password; and they end there', async () => {
    const hook = await startWebhookReceiver();
    const target = await startTarget();
    const folder = temporaryFolder();
    const certificate = makeCertificate({ name: 'alertmanager.test', hosts: ['localhost', '127.0.0.1'] });
    writeFileSync(join(folder, 'cert.pem'), certificate.cert);
    writeFileSync(join(folder, 'key.pem'), certificate.key);
    writeFileSync(
      join(folder, 'web.yml'),
      `basic_auth_users: { vedette: '${bcrypt.hashSync('canary-hunter2', 4)}' }
tls_server_config: { cert_file: cert.pem, key_file: key.pem }
`,
    );
    const dispatcher = new Agent({ connect: { ca: certificate.cert } });
    const headers = { authorization: `Basic ${Buffer.from('vedette:canary-hunter2').toString('base64')}` };
    const external = await startRealAlertmanager(
      alertmanager ?? '',
      {
        folder,
        config: `route: { receiver: hook, group_wait: 100ms, group_interval: 1s }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook.url}' }] }]
`,
        args: ['--web.route-prefix=/am', `--web.config.file=${join(folder, 'web.yml')}`],
      },
      async (port) => {
        const { statusCode, body } = await request(`https://127.0.0.1:${port}/am/-/ready`, { dispatcher, headers });
        await body.dump();
        return statusCode;
      },
    );
    const { host } = new URL(external.url);
    writeFileSync(join(folder, 'rules.yml'), RULES);
    writeFileSync(join(folder, 'password'), 'canary-hunter2\n');
    const vedette = await startVedette({
      folder,
      config: `global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { site: north } }
rule_files: [rules.yml]
alerting:
  alert_relabel_configs: [{ action: labeldrop, regex: replica }]
  alertmanagers:
    - static_configs: [{ targets: ['unused.invalid:1', '${host}'] }]
      scheme: https
      tls_config: { ca_file: cert.pem }
      path_prefix: am
      basic_auth: { username: vedette, password_file: password }
      relabel_configs: [{ source_labels: [__address__], regex: 'unused.*', action: drop }]
      alert_relabel_configs: [{ target_label: via, replacement: vedette }]
scrape_configs: [{ job_name: cameras, static_configs: [{ targets: ['${target.host}'] }] }]
`,
    });
    await eventually(async () => {
      const { body } = await request(`https://${host}/am/api/v2/alerts`, { dispatcher, headers });
      const [alert, ...others] = (await body.json()) as readonly ListedAlert[];
      expect(others).toEqual([]);
      expect(alert?.labels).toEqual({
        alertname: 'CameraDown',
        camera: 'gate',
        instance: target.host,
        job: 'cameras',
        severity: 'critical',
        site: 'north',
        via: 'vedette',
      });
      expect(alert?.annotations).toEqual({ summary: 'gate is down' });
    });
    await eventually(() => expect(hook.messages.map(({ status }) => status)).toEqual(['firing']));
    // Vedette's own list has neither the label that was dropped nor the one of that Alertmanager.
    const own = (await alertsOf(vedette.url))[0]?.labels ?? {};
    expect([own['replica'], own['via'], own['site']]).toEqual([undefined, undefined, 'north']);
    const named = await (await fetch(`${vedette.url}/api/v1/alertmanagers`)).json();
    expect(named).toMatchObject({ data: { activeAlertmanagers: [{ url: `https://${host}/am/api/v2/alerts` }] } });
    target.set(1);
    await eventually(() => expect(hook.messages.map(({ status }) => status)).toEqual(['firing', 'resolved']));
    expect(vedette.output()).not.toContain('canary');
    target.close();
    hook.close();
  });
});
