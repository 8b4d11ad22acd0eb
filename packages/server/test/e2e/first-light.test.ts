import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startMetricsTarget } from './metrics-target.ts';
import { cleanUp, eventually, instantQuery, runVedette, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

afterEach(cleanUp);

describe('a new user', () => {
  it('gets charts of this machine without a configuration', async () => {
    const vedette = await startVedette();
    expect(vedette.output()).toContain('watches');
    const cpu = await eventually(async () => {
      const samples = await instantQuery(vedette.url, 'sum(rate(node_cpu_seconds_total{job="host"}[1m]))');
      expect(samples).toHaveLength(1);
      return Number(samples[0]?.value[1]);
    });
    expect(cpu).toBeGreaterThan(0);
    const { dashboards } = (await (await fetch(`${vedette.url}/api/vedette/dashboards`)).json()) as {
      dashboards: { uid: string }[];
    };
    expect(dashboards.map(({ uid }) => uid)).toContain('vedette-host');
    const rules = (await (await fetch(`${vedette.url}/api/v1/rules`)).json()) as { data: { groups: unknown[] } };
    expect(rules.data.groups.length).toBeGreaterThan(0);
    const page = await fetch(`${vedette.url}/d/vedette-host`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<div id="root"');
    expect(await vedette.stop()).toBe(0);
  });

  it('runs a plain prometheus.yml with its rule files, and a stopped target pages and then resolves', async () => {
    const receiver = await startWebhookReceiver();
    const target = await startMetricsTarget('# TYPE camera_fps gauge\ncamera_fps{camera_id="cam-1"} 25\n');
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'rules'));
    writeFileSync(
      join(folder, 'rules', 'cameras.yml'),
      `groups:
  - name: cameras
    interval: 1s
    rules:
      - record: site:camera_fps:avg
        expr: avg(camera_fps)
      - alert: CameraServiceDown
        expr: up{job="cameras"} == 0
        for: 1s
        labels: { severity: critical }
        annotations:
          summary: 'Target {{ $labels.instance }} is down ({{ $value }})'
`,
    );
    const vedette = await startVedette({
      folder,
      config: `global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [rules/*.yml]
alerting:
  route: { receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h }
  receivers:
    - name: hook
      webhook_configs: [{ url: '${receiver.url}' }]
scrape_configs:
  - job_name: cameras
    static_configs: [{ targets: ['${target.address}'] }]
`,
    });
    await eventually(async () => {
      expect((await instantQuery(vedette.url, 'site:camera_fps:avg'))[0]?.value[1]).toBe('25');
    });
    expect(receiver.messages).toEqual([]);

    await target.stop();
    const firing = await eventually(() => {
      expect(receiver.messages.length).toBeGreaterThan(0);
      return receiver.messages[0];
    });
    expect(firing).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'hook',
      groupLabels: { alertname: 'CameraServiceDown' },
    });
    expect(firing?.alerts[0]?.annotations.summary).toBe(`Target ${target.address} is down (0)`);

    await target.start();
    const resolved = await eventually(() => {
      expect(receiver.messages.at(-1)?.status).toBe('resolved');
      return receiver.messages.at(-1);
    });
    expect(resolved?.alerts[0]?.fingerprint).toBe(firing?.alerts[0]?.fingerprint);
    expect(receiver.messages).toHaveLength(2);
    receiver.close();
    await target.stop();
  });

  it('reloads by signal and by HTTP, and a bad file changes nothing and says why', async () => {
    const target = await startMetricsTarget('a 1\n');
    const config = (job: string): string =>
      `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: ${job}\n    static_configs: [{ targets: ['${target.address}'] }]\n`;
    const folder = temporaryFolder();
    const vedette = await startVedette({ folder, config: config('one') });
    const jobs = async (): Promise<string[]> =>
      (await instantQuery(vedette.url, 'count by (job) (up{job=~"one|two"} == 1)')).map(
        ({ metric }) => metric.job ?? '',
      );
    await eventually(async () => expect(await jobs()).toEqual(['one']));

    writeFileSync(join(folder, 'vedette.yaml'), 'global: { scrape_interval: 1s }\nscrape_configs:\n  - job_nam: two\n');
    const refused = await fetch(`${vedette.url}/-/reload`, { method: 'POST' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(/vedette\.yaml:3:5: .*job_nam.*did you mean "job_name"/);
    expect(await jobs()).toEqual(['one']);

    writeFileSync(join(folder, 'vedette.yaml'), config('two'));
    process.kill(vedette.pid, 'SIGHUP');
    await eventually(async () => expect(await jobs()).toEqual(['two']));
    await target.stop();
  });
});

describe('a stop', () => {
  it('waits a moment for a receiver that is down, not for ever, and loses no sample', async () => {
    const vedette = await startVedette({
      config: `global: { scrape_interval: 1s, evaluation_interval: 1s }
catalog: { rules: true }
alerting:
  route: { receiver: dead, group_wait: 0s }
  receivers: [{ name: dead, webhook_configs: [{ url: 'http://127.0.0.1:1/hook' }] }]
`,
    });
    await eventually(async () => {
      const failed = await instantQuery(vedette.url, 'ALERTS{alertname="Watchdog",alertstate="firing"}');
      expect(failed).toHaveLength(1);
    });
    const before = performance.now();
    expect(await vedette.stop()).toBe(0);
    // The deadline of a stop is 20 s; reaching it would mean that accepted samples were given up.
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(vedette.output()).not.toContain('not written');
  });
});

describe('a mistake', () => {
  it('in the configuration stops the start with file, line, column and remedy', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'vedette.yaml'), 'scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n');
    for (const args of [
      ['serve', '--data', join(folder, 'data')],
      ['check', 'config', 'vedette.yaml'],
    ]) {
      const { code, output } = await runVedette(args, folder);
      expect(code).toBe(1);
      expect(output).toMatch(/vedette\.yaml:3:5: .*scrape_intervall.*did you mean "scrape_interval"/);
    }
  });

  it('a port in use, a data folder in use, a public address without users: each start says what to do', async () => {
    const folder = temporaryFolder();
    const first = await startVedette({ folder });
    const other = temporaryFolder();
    const port = await runVedette(['serve', '--data', join(other, 'data'), '--listen', new URL(first.url).host], other);
    expect(port).toMatchObject({ code: 1 });
    expect(port.output).toMatch(/already in use.*--listen/s);
    const data = await runVedette(['serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0'], other);
    expect(data).toMatchObject({ code: 1 });
    expect(data.output).toMatch(/in use|another/i);
    expect(data.output).toContain('--data');
    const open = await runVedette(['serve', '--data', join(other, 'data'), '--listen', '0.0.0.0:0'], other);
    expect(open).toMatchObject({ code: 1 });
    expect(open.output).toContain('basic_auth_users');
    expect((await fetch(`${first.url}/-/healthy`)).status).toBe(200);
  });

  it('secrets of the configuration are never printed', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'vedette.yaml'),
      "scrape_configs:\n  - job_name: a\n    basic_auth: { username: u, password: hunter2 }\n    static_configs: [{ targets: ['127.0.0.1:1'] }]\n",
    );
    const printed = await runVedette(['config', 'print', '--config', 'vedette.yaml'], folder);
    expect(printed.code).toBe(0);
    expect(printed.output).toContain('scrape_interval');
    expect(printed.output).toContain('<secret>');
    expect(printed.output).not.toContain('hunter2');
  });
});
