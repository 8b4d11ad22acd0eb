import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuleReport } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { DoctorHouse, complaints } from '../support/doctor-house.ts';

const seeds = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared'), 'seed-samples');
const isThere = existsSync(seeds);
if (!isThere) process.stdout.write('shared/seed-samples absent: the seeds’ rules were not examined\n');
const read = (name: string): string => readFileSync(join(seeds, name), 'utf8');

/** What the exporters of the guides send while all is well, by the tables of metrics in the guides. */
function analyticsPlatform(): DoctorHouse {
  const house = new DoctorHouse();
  const s = { scrapeMs: 10_000 };
  const at = { job: 'its-analytics-service', instance: 'analytics:8000' };
  for (const camera_id of ['1', '2']) {
    const one = { ...at, method: 'detect', camera_id };
    house.counter('analytics_requests_total', { ...one, status: '200' }, 20, s);
    house.counter('analytics_errors_total', { ...one, error_type: 'timeout' }, 0.05, s);
    house.histogram('analytics_request_duration_seconds', one, [0.01, 0.05, 0.1, 0.25], s);
    house.counter('analytics_frames_processed_total', { ...at, camera_id, model_version: 'v3' }, 45, s);
  }
  house.gauge('analytics_queue_depth', at, 120, s);
  house.gauge('gpu_utilization_percent', { job: 'gpu', instance: 'gpu:9835', device_id: '0' }, 75, s);
  house.gauge('ml_model_drift_score', { ...at, model_name: 'yolo' }, 0.05, s);
  house.gauge('ml_model_accuracy', { ...at, model_name: 'yolo', model_version: 'v3' }, 0.955, s);
  house.gauge('cache_hit_rate', { ...at, cache_level: 'l1', cache_type: 'frames' }, 88, {
    ...s,
    help: 'Cache hit rate percentage',
  });
  house.gauge('db_connection_pool_active', at, 20, s);
  house.gauge('db_connection_pool_max', at, 50, s);
  const pod = { job: 'cadvisor', instance: 'node1', container: 'analytics-service', pod: 'a-1' };
  house.gauge('container_memory_usage_bytes', pod, 1e9, s);
  house.gauge('container_spec_memory_limit_bytes', pod, 4e9, s);
  house.feed('up', at, () => 1, s);
  return house;
}

function videoSystem(): DoctorHouse {
  const house = new DoctorHouse();
  const recorder = { job: 'camera-exporter', instance: 'recorder:8000' };
  for (const camera_id of ['cam1', 'cam2']) {
    const camera = { ...recorder, camera_id };
    house.gauge('camera_connection_status', camera, 1);
    house.gauge('camera_fps', camera, 26);
    house.counter('camera_frames_dropped_total', camera, 0.1);
    house.counter('camera_frames_received_total', camera, 26);
    house.gauge('stream_latency_ms', { job: 'streaming', instance: 'stream:9200', camera_id, protocol: 'webrtc' }, 300);
  }
  const host = { job: 'host', instance: 'nvr1:9200' };
  for (const mount_point of ['/', '/video']) {
    house.gauge('disk_space_free_bytes', { ...host, mount_point }, 4e11);
    house.gauge('disk_space_used_bytes', { ...host, mount_point }, 6e11);
  }
  house.histogram('disk_io_latency_ms', { ...host, device: 'sda', operation: 'read' }, [1, 10, 100, 500]);
  house.counter('webrtc_connection_failures_total', { job: 'streaming', instance: 'stream:9200' }, 0.01);
  house.counter('webrtc_connections_attempts_total', { job: 'streaming', instance: 'stream:9200' }, 1);
  const node = { job: 'node-exporter', instance: 'nvr1:9100' };
  house.feed('up', node, () => 1);
  house.counter('node_cpu_seconds_total', { ...node, cpu: '0', mode: 'idle' }, 0.7);
  house.counter('node_cpu_seconds_total', { ...node, cpu: '0', mode: 'user' }, 0.3);
  house.gauge('node_memory_MemTotal_bytes', node, 32e9);
  house.gauge('node_memory_MemAvailable_bytes', node, 16e9);
  const api = { job: 'api', instance: 'api:8080', method: 'GET', endpoint: '/cameras' };
  house.counter('http_requests_total', { ...api, status: '200' }, 50);
  house.counter('http_requests_total', { ...api, status: '500' }, 0.1);
  house.histogram('http_request_duration_seconds', api, [0.1, 0.5, 1, 5]);
  return house;
}

const byName = (reports: readonly RuleReport[], name: string): RuleReport => {
  const report = reports.find((one) => one.name === name);
  if (!report) throw new Error(`no rule ${name}`);
  return report;
};

describe.skipIf(!isThere)('the broken rules of the guides', () => {
  it('of the analytics platform are found, mended, and no others', async () => {
    const reports = await analyticsPlatform().reports(
      read('s0-alert-rules.configmap.yaml'),
      's0-alert-rules.configmap.yaml',
    );
    expect(reports.filter(({ verdict }) => verdict !== 'sound').map((one) => [one.name, ...complaints(one)])).toEqual([
      ['AnalyticsErrorRateHigh', 'error labels-never-match'],
      ['CacheHitRateLow', 'error percentage-against-ratio'],
    ]);
    expect(byName(reports, 'AnalyticsErrorRateHigh').repair).toMatchObject({
      query: 'sum(rate(analytics_errors_total[5m])) / sum(rate(analytics_requests_total[5m])) > 0.01',
      verdict: 'sound',
    });
    expect(byName(reports, 'CacheHitRateLow').repair).toMatchObject({
      query: 'cache_hit_rate / 100 < 0.70',
      verdict: 'sound',
    });
  });

  it('of the video system are found, mended, and no others', async () => {
    const reports = await videoSystem().reports(read('s4-alert_rules.yml'), 's4-alert_rules.yml');
    expect(reports.filter(({ verdict }) => verdict !== 'sound').map((one) => [one.name, ...complaints(one)])).toEqual([
      ['HighFrameDropRate', 'error rate-as-ratio'],
      ['DiskSpaceCritical', 'error unknown-metric'],
      ['DiskSpaceWarning', 'error unknown-metric'],
      ['HighDiskLatency', 'error no-le'],
      ['WebRTCConnectionFailures', 'error unknown-metric'],
      ['SlowAPIResponses', 'error no-le'],
    ]);
    const repairs = reports.flatMap(({ repair }) => (repair ? [[repair.query, repair.verdict]] : []));
    expect(repairs).toEqual([
      [
        'rate(camera_frames_dropped_total[5m]) / (rate(camera_frames_dropped_total[5m]) + rate(camera_frames_received_total[5m])) > 0.05',
        'sound',
      ],
      ['(disk_space_free_bytes / (disk_space_free_bytes + disk_space_used_bytes)) < 0.1', 'sound'],
      ['(disk_space_free_bytes / (disk_space_free_bytes + disk_space_used_bytes)) < 0.2', 'sound'],
      ['histogram_quantile(0.99, sum by (le, instance) (rate(disk_io_latency_ms_bucket[5m]))) > 100', 'sound'],
      ['rate(webrtc_connection_failures_total[5m]) /\nrate(webrtc_connections_attempts_total[5m]) > 0.1', 'sound'],
      ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 1', 'sound'],
    ]);
  });

  it('come with diffs that change the lines of the rule and nothing else', async () => {
    const text = read('s0-alert-rules.configmap.yaml');
    const reports = await analyticsPlatform().reports(text, 's0-alert-rules.configmap.yaml');
    const { repair } = byName(reports, 'CacheHitRateLow');
    const changed = (repair?.diff ?? '').split('\n').filter((line) => /^[-+](?![-+])/.test(line));
    expect(changed).toEqual(['-        expr: cache_hit_rate < 0.70', '+        expr: cache_hit_rate / 100 < 0.70']);
  });
});

describe.skipIf(!isThere)('the other rules of the guides', () => {
  it('are sound where their metrics exist, recorded or not', async () => {
    const house = new DoctorHouse();
    for (const code of ['200', '500'])
      house.counter(
        'http_requests_total',
        { job: 'api-gateway', instance: 'a', method: 'GET', code },
        code === '200' ? 50 : 0.01,
      );
    house.gauge('sli:ml_inference_latency:p99_5m', {}, 0.4);
    house.gauge('sli:gpu_utilization:avg5m', {}, 0.6);
    const recording = house.groups(read('s2-recording-rules.yaml'), 's2-recording-rules.yaml');
    const excerpt = `groups:\n- name: burn\n  rules:\n${read('s2-alerting-rules-fast-burn.excerpt.yaml')}`;
    const texts = [
      read('s2-recording-rules.yaml'),
      read('s2-alerting-rules-platform-critical.yaml'),
      read('s2-alerting-rules-ml-pipeline.yaml'),
      excerpt,
    ];
    for (const text of texts) {
      const reports = await house.reports(text, 's2.yml', {}, recording);
      expect(reports.map((one) => [one.name, one.verdict, ...complaints(one)])).toEqual(
        reports.map(({ name }) => [name, 'sound']),
      );
    }
  });
});
