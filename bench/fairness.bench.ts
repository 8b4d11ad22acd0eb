// What a heavy query does to everybody else: 1,000 targets scraped every 5 s and 200 rules evaluated as often, first alone, then while
// the heaviest panel runs in a loop. Latency of a one-camera query, lateness of rules, missed scrapes. With --targets 10000 --interval 15
// half a million series.
// npx tsx bench/fairness.bench.ts [--seconds 60] [--heavy 2] [--targets 1000] [--interval 5] [--json FILE] [--compare FILE]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BenchServer,
  endProcess,
  inTemporaryFolder,
  queryValue,
  startFleet,
  startServer,
  usage,
} from './process.ts';
import { startReport, valueOf } from './report.ts';

const FLEET_PORT = 19_879;
const SETTLE_SECONDS = 90;
const HEAVY = 'histogram_quantile(0.95, sum by (site, le) (rate(camera_inference_duration_seconds_bucket[5m])))';
const CHEAP = 'camera_fps{camera_id="cam-0421"}';

const report = startReport();
const seconds = Number(valueOf(process.argv, '--seconds') ?? 60);
const heavy = Number(valueOf(process.argv, '--heavy') ?? 2);
const targets = Number(valueOf(process.argv, '--targets') ?? 1_000);
const interval = Number(valueOf(process.argv, '--interval') ?? 5);

await inTemporaryFolder(async (folder) => {
  const fleet = startFleet(['serve', String(FLEET_PORT), '--cameras', String(targets)]);
  try {
    await sleep(2_000);
    const groups = Array.from({ length: targets }, (_, i) => ({
      targets: [`127.0.0.1:${FLEET_PORT}`],
      labels: { __metrics_path__: `/camera/${i}/metrics`, instance: `cam-${String(i).padStart(4, '0')}` },
    }));
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify(groups));
    writeFileSync(join(folder, 'rules.yml'), rules());
    const server = await startServer(
      folder,
      `global: { scrape_interval: ${interval}s, scrape_timeout: 4s, evaluation_interval: ${interval}s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: camera
    honor_labels: true
    file_sd_configs: [{ files: [fleet.json] }]
`,
    );
    await sleep(SETTLE_SECONDS * 1_000);
    await measure(server, 'alone', 0);
    await measure(server, `beside-${heavy}-heavy`, heavy);
    await server.stop();
  } finally {
    await endProcess(fleet);
  }
});
report.finish();

async function measure(server: BenchServer, name: string, loops: number): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  const before = await counters(server);
  const usedBefore = usage(server.pid);
  const heavyTimes: number[] = [];
  const heavyLoops = Array.from({ length: loops }, async () => {
    while (performance.now() < until) heavyTimes.push(await ask(server, HEAVY, 3_600));
  });
  const times: number[] = [];
  while (performance.now() < until) {
    times.push(await ask(server, CHEAP, 3_600));
    await sleep(20);
  }
  await Promise.all(heavyLoops);
  const after = await counters(server);
  const used = usage(server.pid);
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  report.row(name, 'one-camera-median', at(0.5), 'ms');
  report.row(name, 'one-camera-p99', at(0.99), 'ms');
  report.row(name, 'one-camera-max', at(1), 'ms');
  report.row(name, 'heavy-queries', heavyTimes.length / seconds, 'per s');
  report.row(name, 'scrapes-missed', after.missed - before.missed, 'scrapes');
  report.row(name, 'rule-iterations-missed', after.ruleMissed - before.ruleMissed, 'iterations');
  report.row(name, 'rule-lateness-p99', after.lateness * 1_000, 'ms');
  report.row(name, 'scrapes-of-due', (after.scrapes - before.scrapes) / ((targets * seconds) / interval), 'of due');
  report.row(name, 'series', after.series, 'series');
  report.row(name, 'cpu', (used.cpuSeconds - usedBefore.cpuSeconds) / seconds, 'cores');
  report.row(name, 'resident', used.residentBytes / 2 ** 20, 'MiB');
  report.row(name, 'scrape-duration-p99', after.scrapeP99 * 1_000, 'ms');
}

async function counters(server: BenchServer): Promise<{
  readonly missed: number;
  readonly ruleMissed: number;
  readonly lateness: number;
  readonly scrapeP99: number;
  readonly scrapes: number;
  readonly series: number;
}> {
  const window = `${Math.floor(seconds)}s`;
  return {
    missed: await queryValue(server.url, 'sum(vedette_scrapes_missed_total)'),
    scrapes: await queryValue(server.url, 'sum(vedette_scrapes_total)'),
    series: await queryValue(server.url, 'sum(vedette_active_series)'),
    ruleMissed: await queryValue(server.url, 'sum(vedette_rule_group_iterations_missed_total)'),
    lateness: await queryValue(
      server.url,
      `histogram_quantile(0.99, sum by (le) (increase(vedette_rule_group_lateness_seconds_bucket[${window}])))`,
    ),
    scrapeP99: await queryValue(
      server.url,
      `quantile(0.99, max_over_time(scrape_duration_seconds{job="camera"}[${window}]))`,
    ),
  };
}

async function ask(server: BenchServer, query: string, rangeSeconds: number): Promise<number> {
  const end = Math.floor(Date.now() / 1_000);
  const parameters = new URLSearchParams({
    query,
    start: String(end - rangeSeconds),
    end: String(end),
    step: '15',
    nocache: '1',
  });
  const before = performance.now();
  const response = await fetch(`${server.url}/api/v1/query_range?${parameters}`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${query}: ${response.status}`);
  return performance.now() - before;
}

function rules(): string {
  const metrics = ['camera_frames_received_total', 'camera_frames_dropped_total', 'camera_bytes_received_total'];
  const alerts = Array.from(
    { length: 199 },
    (_, i) =>
      `  - alert: bench_${i}\n    expr: sum by (site) (rate(${metrics[i % metrics.length]}{camera_id=~"cam-0${i % 10}.*"}[1m])) < 0\n`,
  );
  return `groups:
- name: bench
  interval: ${interval}s
  rules:
  - record: bench:sum:rate1m
    expr: sum(rate(camera_frames_received_total[1m]))
${alerts.join('')}`;
}
