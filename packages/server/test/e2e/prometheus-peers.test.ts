import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const run = promisify(execFile);
const prometheus = programOrNotice('/usr/bin/prometheus', 'remote-write from a real Prometheus');
const promtool = programOrNotice('/usr/bin/promtool', 'promtool against Vedette');
const nodeExporter = programOrNotice('/usr/bin/prometheus-node-exporter', 'the comparison with a real node exporter');

afterEach(cleanUp);

describe.runIf(prometheus !== undefined && promtool !== undefined)('a real Prometheus', () => {
  it('writes to Vedette and scrapes it, and promtool gets answers', async () => {
    const vedette = await startVedette();
    const port = await freePort();
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, external_labels: { from: prometheus } }
remote_write: [{ url: '${vedette.url}/api/v1/write', queue_config: { batch_send_deadline: 1s } }]
scrape_configs:
  - job_name: vedette
    static_configs: [{ targets: ['${new URL(vedette.url).host}'] }]
  - job_name: prometheus
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`,
    );
    start(
      prometheus ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      folder,
    );
    await eventually(async () => {
      expect(await instantQuery(`http://127.0.0.1:${port}`, 'up{job="vedette"} == 1')).toHaveLength(1);
      expect(await instantQuery(vedette.url, 'up{from="prometheus"} == 1')).toHaveLength(2);
      expect((await instantQuery(vedette.url, 'prometheus_build_info{from="prometheus"}'))[0]?.value[1]).toBe('1');
    });
    const instant = await run(promtool ?? '', ['query', 'instant', vedette.url, 'up{from="prometheus",job="vedette"}']);
    expect(instant.stdout).toMatch(/up\{.*job="vedette".*\} => 1 @\[\d+/);
    const range = await run(promtool ?? '', [
      'query',
      'range',
      '--step=1s',
      vedette.url,
      'count(up{from="prometheus"})',
    ]);
    expect(range.stdout).toMatch(/2 @\[\d+/);
    const labels = await run(promtool ?? '', ['query', 'labels', vedette.url, 'job']);
    expect(labels.stdout).toContain('prometheus');
    const series = await run(promtool ?? '', ['query', 'series', '--match=up', vedette.url]);
    expect(series.stdout).toContain('job="host"');
  });
});

describe.runIf(nodeExporter !== undefined)('a real node exporter', () => {
  it('scraped beside the built-in collector shows the same figures within 5 %', async () => {
    const port = await freePort();
    start(nodeExporter ?? '', [`--web.listen-address=127.0.0.1:${port}`], temporaryFolder());
    const vedette = await startVedette({
      config: `global: { scrape_interval: 2s }
host_collector: { scrape_interval: 2s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`,
    });
    const value = async (query: string): Promise<number> => {
      const samples = await instantQuery(vedette.url, query);
      expect(samples, query).toHaveLength(1);
      return Number(samples[0]?.value[1]);
    };
    await eventually(async () => {
      expect(await value('min(count_over_time(node_load1[1m]))')).toBeGreaterThanOrEqual(8);
    });
    const expressions = [
      'sum(node_cpu_seconds_total{mode="idle",job="JOB"})',
      'sum(node_cpu_seconds_total{job="JOB"})',
      'count(node_cpu_seconds_total{job="JOB"})',
      'node_memory_MemTotal_bytes{job="JOB"}',
      'avg_over_time(node_memory_MemAvailable_bytes{job="JOB"}[15s])',
      'node_boot_time_seconds{job="JOB"}',
      'max(node_filesystem_size_bytes{job="JOB",mountpoint="/"})',
      'max(node_filesystem_avail_bytes{job="JOB",mountpoint="/"})',
      'node_load1{job="JOB"} + 1',
      'node_context_switches_total{job="JOB"}',
      'sum(node_disk_read_bytes_total{job="JOB"}) + 1',
      'sum(node_network_receive_bytes_total{job="JOB"}) + 1',
    ];
    for (const expression of expressions) {
      await eventually(
        async () => {
          const ours = await value(expression.replace('JOB', 'host'));
          const theirs = await value(expression.replace('JOB', 'node'));
          expect(
            Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 1e-9),
            `${expression}: ${ours} against ${theirs}`,
          ).toBeLessThan(0.05);
        },
        { timeoutMs: 10_000, everyMs: 500 },
      );
    }
  });
});
