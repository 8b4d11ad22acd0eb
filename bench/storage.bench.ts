// What the tables and the log before them cost without the rest: appends of remote-write size and of scrape size, moving samples into
// the tables, opening with an hour of the fleet stored, with and without a log to read again, loading series, reading samples. Data is seeded; `--samples N` (default 36 M) sets the hour's size.
// UV_THREADPOOL_SIZE=16 npx tsx --conditions=vedette-source bench/storage.bench.ts [--samples N] [--json FILE] [--compare FILE]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../packages/server/src/base/clock.ts';
import { silentLogger } from '../packages/server/src/base/logger.ts';
import { seededRandom } from '../packages/server/src/base/random.ts';
import { ChdbDatabase, sql, tableSizes } from '../packages/server/src/clickhouse/index.ts';
import { seriesIdCandidate } from '../packages/server/src/metrics/store/series-id.ts';
import { TableStore } from '../packages/server/src/metrics/store/table-store.ts';
import type { RefColumns } from '../packages/server/src/metrics/store/sample-records.ts';
import { Labels } from '../packages/server/src/model/labels.ts';
import { startReport, valueOf } from './report.ts';

const SERIES = 50_000;
const METRICS = 50;
const STEP_MS = 5_000;
const report = startReport();
const samplesMax = Number(valueOf(process.argv, '--samples') ?? 36_000_000);
const clock = new SystemClock();
const random = seededRandom(1);
const folder = mkdtempSync(join(tmpdir(), 'vedette-storage-bench-'));

const labels = Array.from({ length: SERIES }, (_, i) =>
  Labels.fromObject({
    __name__: `fleet_metric_${i % METRICS}_total`,
    instance: `10.0.${Math.floor(i / METRICS / 250)}.${Math.floor(i / METRICS) % 250}:9100`,
    job: 'cameras',
    site: `site-${Math.floor(i / METRICS) % 40}`,
    camera_id: `camera-${Math.floor(i / METRICS)}`,
  }),
);
const byId = new Map<number, Labels>();
const ids = labels.map((set) => {
  let attempt = 0;
  while (byId.has(seriesIdCandidate(set, attempt))) attempt++;
  const id = seriesIdCandidate(set, attempt);
  byId.set(id, set);
  return id;
});

/** Refs are places in `ids`, plus one. */
const refs = Uint32Array.from({ length: SERIES }, (_, i) => i + 1);
/** Counters that grow by something random. */
const totals = new Float64Array(SERIES);

function round(timestampMs: number): RefColumns {
  for (let i = 0; i < SERIES; i++) totals[i] = (totals[i] as number) + Math.floor(random() * 1_000);
  return { length: SERIES, ref: refs, timestampMs: new Float64Array(SERIES).fill(timestampMs), value: totals.slice() };
}

function part(all: RefColumns, from: number, to: number): RefColumns {
  return {
    length: to - from,
    ref: all.ref.slice(from, to),
    timestampMs: all.timestampMs.slice(from, to),
    value: all.value.slice(from, to),
  };
}

async function open(): Promise<{ database: ChdbDatabase; tables: TableStore }> {
  const database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
  await database.start();
  const labelsOf = (id: number): Labels | undefined => byId.get(id);
  const series = { id: (ref: number) => ids[ref - 1] ?? 0, labels: (ref: number) => labels[ref - 1] ?? Labels.EMPTY };
  const options = { retentionMs: 3650 * 86_400_000, diskHeadroomBytes: 0, logPath: join(folder, 'wal') };
  const tables = new TableStore({ database, clock, logger: silentLogger, series, labelsOf }, options);
  await tables.start();
  return { database, tables };
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
const rss = (): number => Math.round(process.memoryUsage().rss / 1e6);
const endless = new AbortController().signal;

let opened = performance.now();
let { database, tables } = await open();
report.row('open-empty', 'wall', performance.now() - opened, 'ms');
report.row('open-empty', 'rss', rss(), 'MB');

// Remote-write: 8 senders, each waiting for its acknowledgement before the next 10 000 samples.
const startMs = Math.floor(clock.now() / 86_400_000) * 86_400_000 - 86_400_000;
const rounds = Math.ceil(samplesMax / SERIES);
const waits: number[] = [];
let next = 0;
let written = 0;
const before = cpuSeconds();
const began = performance.now();
const queue: RefColumns[] = [];
async function sender(): Promise<void> {
  for (;;) {
    if (queue.length === 0) {
      if (next >= rounds) return;
      const all = round(startMs + next++ * STEP_MS);
      for (let at = 0; at < SERIES; at += 10_000) {
        queue.push(part(all, at, at + 10_000));
      }
    }
    const next10k = queue.shift();
    if (!next10k) continue;
    const sent = performance.now();
    await tables.append(next10k);
    waits.push(performance.now() - sent);
    written += next10k.length;
  }
}
await Promise.all(Array.from({ length: 8 }, sender));
const wallMs = performance.now() - began;
await tables.flush();
waits.sort((a, b) => a - b);
report.row('remote-write', 'samples', written, 'samples');
report.row('remote-write', 'rate', Math.round(written / (wallMs / 1000)), 'samples/s');
report.row('remote-write', 'cpu', ((cpuSeconds() - before) / written) * 1e6, 's per million samples');
report.row('remote-write', 'acknowledged p50', quantile(waits, 0.5), 'ms');
report.row('remote-write', 'acknowledged p99', quantile(waits, 0.99), 'ms');
report.row('remote-write', 'rss', rss(), 'MB');
await tables.stop(endless);
await database.stop(endless);

// Three million samples left in the log, as kill -9 leaves them.
({ database, tables } = await open());
for (let i = 0; i < 60; i++) await tables.append(round(startMs + (rounds + i) * STEP_MS));
await tables.stop(AbortSignal.abort());
await database.stop(endless);
opened = performance.now();
({ database, tables } = await open());
let replayed = 0;
const replaying = performance.now();
await tables.replay({ series: (id) => (byId.has(id) ? 1 : 0), samples: (rows) => void (replayed += rows.length) });
report.row('replay', 'samples', replayed, 'samples');
report.row('replay', 'wall', performance.now() - replaying, 'ms');
const moving = cpuSeconds();
await tables.flush();
report.row('flush', 'cpu', ((cpuSeconds() - moving) / replayed) * 1e6, 's per million samples');
await tables.stop(endless);
await database.stop(endless);

opened = performance.now();
({ database, tables } = await open());
report.row('open-stored', 'wall', performance.now() - opened, 'ms');
let loaded = 0;
const loading = performance.now();
for await (const block of tables.loadSeries()) loaded += block.length;
report.row('load-series', 'series', loaded, 'series');
report.row('load-series', 'wall', performance.now() - loading, 'ms');
report.row('load-series', 'ready', performance.now() - opened, 'ms');
for (const size of await tableSizes(database)) {
  report.row(`table-${size.name}`, 'bytes', size.bytesOnDisk, 'B');
  report.row(`table-${size.name}`, 'parts', size.parts, 'parts');
}

async function read(name: string, wanted: readonly number[], fromMs: number, toMs: number): Promise<void> {
  const walls: number[] = [];
  let samples = 0;
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    samples = 0;
    for await (const block of tables.readSamples({ ids: wanted, startMs: fromMs, endMs: toMs }))
      samples += block.length;
    walls.push(performance.now() - started);
  }
  report.row(name, 'samples', samples, 'samples');
  report.row(name, 'wall', Math.min(...walls), 'ms');
}
const endMs = startMs + rounds * STEP_MS;
await read('read-1-series', ids.slice(7, 8), startMs, endMs);
await read(
  'read-1000-series-of-1-metric',
  ids.filter((_, i) => i % METRICS === 7),
  startMs,
  endMs,
);
await read('read-100-series-of-50-metrics', ids.slice(0, 100), startMs, endMs);
await read('read-50000-series-last-minute', ids, endMs - 60_000, endMs);

// Scrapes: 10 000 samples a second, acknowledged when queued.
const scrapeCpu = cpuSeconds();
const scrapeSeconds = 10;
for (let second = 0; second < scrapeSeconds; second++) {
  const all = round(endMs + second * 1_000);
  await tables.append(part(all, 0, 10_000), { acknowledge: 'queued' });
  await clock.sleep(1_000);
}
report.row('scrape-10k-per-s', 'cpu', ((cpuSeconds() - scrapeCpu) / scrapeSeconds) * 100, '% of a core');
report.row('scrape-10k-per-s', 'rss', rss(), 'MB');
const idleCpu = cpuSeconds();
await clock.sleep(10_000);
report.row('idle', 'cpu', ((cpuSeconds() - idleCpu) / 10) * 100, '% of a core');
await database.exec(sql`SYSTEM JEMALLOC PURGE`);
report.row('idle', 'rss', rss(), 'MB');

await tables.stop(endless);
await database.stop(endless);
rmSync(folder, { recursive: true, force: true });
report.finish();
