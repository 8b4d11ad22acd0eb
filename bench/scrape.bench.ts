// CPU per scrape against a counting sink: no store behind it. npx tsx --conditions=vedette-source bench/scrape.bench.ts [--seconds 30] [--targets 1000]
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { SystemClock } from '../packages/server/src/base/clock.ts';
import { silentLogger } from '../packages/server/src/base/logger.ts';
import {
  receiveSections,
  openMetricsReceive,
  remoteWriteSchema,
  resolveReceive,
} from '../packages/server/src/metrics/receive/index.ts';
import type { SampleSink } from '../packages/server/src/model/ports.ts';
import { endProcess, startFleet } from './process.ts';
import { startReport, valueOf } from './report.ts';

const INTERVAL_SECONDS = 5;
const FLEET_PORT = 19_878;

const report = startReport();
const seconds = Number(valueOf(process.argv, '--seconds') ?? 30);
const targets = Number(valueOf(process.argv, '--targets') ?? 1_000);

let samples = 0;
let batches = 0;
const sink: SampleSink = {
  append: async (batch) => {
    samples += batch.seriesIndex.length;
    batches++;
    return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
  },
};

const fleet = startFleet(['serve', String(FLEET_PORT), '--cameras', String(targets)]);
try {
  await sleep(2_000);
  const sections = receiveSections.parse({
    global: { scrape_interval: `${INTERVAL_SECONDS}s`, scrape_timeout: '4s' },
    scrape_configs: [
      {
        job_name: 'camera',
        honor_labels: true,
        static_configs: Array.from({ length: targets }, (_, i) => ({
          targets: [`127.0.0.1:${FLEET_PORT}`],
          labels: { __metrics_path__: `/camera/${i}/metrics`, instance: `cam-${i}` },
        })),
      },
    ],
  });
  const receive = openMetricsReceive(
    { sink, clock: new SystemClock(), logger: silentLogger, registry: new Registry() },
    { config: resolveReceive(sections, 'vedette.yaml'), version: '0', remoteWrite: remoteWriteSchema.parse(undefined) },
  );
  await receive.start();
  // Two intervals: every series is known, and the code is compiled.
  await sleep(2 * INTERVAL_SECONDS * 1_000);
  const before = process.cpuUsage();
  const [samplesBefore, batchesBefore, startedMs] = [samples, batches, performance.now()];
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  const elapsed = (performance.now() - startedMs) / 1_000;
  const scrapes = batches - batchesBefore;
  report.row('scrape', 'cpu', (user + system) / 1e6 / elapsed, 'cores');
  report.row('scrape', 'cpu-per-scrape', (user + system) / scrapes, 'µs');
  report.row('scrape', 'scrapes', scrapes / elapsed, 'per s');
  report.row('scrape', 'samples', (samples - samplesBefore) / elapsed, 'per s');
  report.row('scrape', 'resident', process.memoryUsage().rss / 2 ** 20, 'MiB');
  await receive.stop(AbortSignal.timeout(5_000));
} finally {
  await endProcess(fleet);
}
report.finish();
