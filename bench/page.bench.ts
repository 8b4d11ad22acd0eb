// Size of the first page, and how soon a dashboard of eight panels is drawn, in a real headless Chromium.
// npx tsx bench/page.bench.ts [--browser /usr/bin/chromium]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { inTemporaryFolder, startServer } from './process.ts';
import { startReport, valueOf } from './report.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const RUNS = 5;

const QUERIES = [
  'sum by (mode) (rate(node_cpu_seconds_total{job="host"}[1m]))',
  'node_memory_MemAvailable_bytes',
  'node_load1',
  'sum by (device) (rate(node_network_receive_bytes_total[1m]))',
  'sum by (device) (rate(node_disk_written_bytes_total[1m]))',
  'node_filesystem_avail_bytes',
  'rate(node_context_switches_total[1m])',
  'histogram_quantile(0.99, sum by (le) (rate(vedette_http_request_duration_seconds_bucket[1m])))',
];

const report = startReport();
await inTemporaryFolder(async (folder) => {
  const panels = QUERIES.map((expr, i) => ({
    id: i + 1,
    title: `Panel ${i + 1}`,
    type: 'timeseries',
    gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 6, w: 12, h: 6 },
    targets: [{ refId: 'A', expr }],
  }));
  writeFileSync(
    join(folder, 'eight.json'),
    JSON.stringify({ uid: 'eight', title: 'Eight panels', panels, time: { from: 'now-15m', to: 'now' } }),
  );
  const server = await startServer(
    folder,
    'dashboards: { paths: [eight.json] }\nhost_collector: { scrape_interval: 1s }\n',
  );
  await sleep(20_000);
  const browser = await chromium.launch({
    executablePath: valueOf(process.argv, '--browser') ?? '/usr/bin/chromium',
    args: ARGUMENTS,
  });
  const drawn: number[] = [];
  let pageBytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const context = await browser.newContext({ viewport: { width: 1_600, height: 1_000 } });
    const page = await context.newPage();
    let bytes = 0;
    const reads: Promise<void>[] = [];
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (path.startsWith('/api/')) return;
      reads.push(
        response.body().then((body) => {
          bytes += gzipSync(body).length;
        }),
      );
    });
    const started = performance.now();
    await page.goto(`${server.url}/d/eight?from=now-15m&to=now`);
    // Asked from outside: the page's own security policy forbids evaluating text inside it.
    while ((await page.locator('canvas').count()) < QUERIES.length) await sleep(5);
    drawn.push(performance.now() - started);
    await Promise.all(reads);
    pageBytes = bytes;
    await context.close();
  }
  drawn.sort((a, b) => a - b);
  report.row('page', 'initial-gzip', pageBytes / 1_024, 'KiB');
  report.row('dashboard-8-panels', 'drawn-median', drawn[Math.floor(drawn.length / 2)] ?? Number.NaN, 'ms');
  report.row('dashboard-8-panels', 'drawn-max', drawn.at(-1) ?? Number.NaN, 'ms');
  await browser.close();
  await server.stop();
});
report.finish();
