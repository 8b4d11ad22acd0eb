// 1,000 targets × 50 series scraped every 5 s. npx tsx bench/fleet-scrape.bench.ts [--seconds 120] [--targets 1000]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, inTemporaryFolder, queryValue, startFleet, startServer, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

const INTERVAL_SECONDS = 5;
const SETTLE_MS = 20_000;
const FLEET_PORT = 19_877;

const report = startReport();
const seconds = Number(valueOf(process.argv, '--seconds') ?? 120);
const targets = Number(valueOf(process.argv, '--targets') ?? 1_000);

await inTemporaryFolder(async (folder) => {
  const fleet = startFleet(['serve', String(FLEET_PORT), '--cameras', String(targets)]);
  try {
    await sleep(2_000);
    const groups = Array.from({ length: targets }, (_, i) => ({
      targets: [`127.0.0.1:${FLEET_PORT}`],
      labels: { __metrics_path__: `/camera/${i}/metrics`, instance: `cam-${String(i).padStart(4, '0')}` },
    }));
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify(groups));
    const server = await startServer(
      folder,
      `global: { scrape_interval: ${INTERVAL_SECONDS}s, scrape_timeout: 4s }
scrape_configs:
  - job_name: camera
    honor_labels: true
    file_sd_configs: [{ files: [fleet.json] }]
`,
    );
    await sleep(SETTLE_MS);
    const before = usage(server.pid);
    await sleep(seconds * 1_000);
    const after = usage(server.pid);
    report.row('fleet-scrape', 'cpu', (after.cpuSeconds - before.cpuSeconds) / seconds, 'cores');
    report.row('fleet-scrape', 'resident', after.residentBytes / 2 ** 20, 'MiB');
    report.row('fleet-scrape', 'peak', after.peakBytes / 2 ** 20, 'MiB');
    const window = Math.floor(seconds / 2);
    const scrapes = await queryValue(
      server.url,
      `sum(count_over_time(scrape_duration_seconds{job="camera"}[${window}s]))`,
    );
    const failed = await queryValue(
      server.url,
      `sum(count_over_time((scrape_samples_scraped{job="camera"} == 0)[${window}s:5s])) or vector(0)`,
    );
    report.row('fleet-scrape', 'scrapes-done', scrapes / ((targets * window) / INTERVAL_SECONDS), 'of due');
    report.row('fleet-scrape', 'scrapes-failed', failed, 'scrapes');
    report.row(
      'fleet-scrape',
      'samples',
      await queryValue(server.url, `sum(rate(vedette_samples_appended_total[1m]))`),
      'per s',
    );
    await server.stop();
  } finally {
    await endProcess(fleet);
  }
});
report.finish();
