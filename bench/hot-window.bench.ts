// The metric store without HTTP: 1,000 cameras × 50 series × 1 h of 5 s samples (36 M).
// npx tsx --conditions=vedette-source bench/hot-window.bench.ts [--cameras 1000] [--steps 720] [--no-table]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { SystemClock } from '../packages/server/src/base/clock.ts';
import { silentLogger } from '../packages/server/src/base/logger.ts';
import { ChdbDatabase } from '../packages/server/src/clickhouse/index.ts';
import { HotWindow } from '../packages/server/src/metrics/store/hot-window.ts';
import { openMetricStore } from '../packages/server/src/metrics/store/index.ts';
import { Labels } from '../packages/server/src/model/labels.ts';
import { createMatcher } from '../packages/server/src/model/matcher.ts';
import type { MetricStore } from '../packages/server/src/model/ports.ts';
import { type SampleBatch, SampleBuffer } from '../packages/server/src/model/sample.ts';
import { type FleetColumns, readFleet } from './fleet-columns.ts';
import { startReport, valueOf } from './report.ts';

/** Cameras the generator makes; the fleet is as many copies of them as asked for, each with its own camera_id. */
const DISTINCT_CAMERAS = 100;
const SERIES_PER_CAMERA = 50;
const HOT_WINDOW_BYTES = 256 * 2 ** 20;

const report = startReport();
const cameras = Number(valueOf(process.argv, '--cameras') ?? 1_000);
const steps = Number(valueOf(process.argv, '--steps') ?? 720);
const fleet = await readFleet(Math.min(DISTINCT_CAMERAS, cameras), steps);
const copies = Math.ceil(cameras / fleet.cameras);
const perCopy = fleet.labels.length;
const total = perCopy * copies * steps;
const startMs = Math.floor((Date.now() - steps * fleet.stepMs) / fleet.stepMs) * fleet.stepMs;
report.row('hot-window', 'samples', total, 'samples');

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const heldMiB = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
};

codec();
if (!process.argv.includes('--no-table')) await store();
report.finish();

/** The window alone: what one sample costs to put in and to take out. */
function codec(): void {
  const hot = new HotWindow({ sizeBytes: HOT_WINDOW_BYTES, ageMs: 7_200_000 });
  for (let ref = 1; ref <= perCopy * copies; ref++) hot.addSeries(ref, -Infinity);
  const bits = new Uint32Array(fleet.values.buffer);
  let began = cpuSeconds();
  for (let step = 0; step < steps; step++) {
    const atMs = startMs + step * fleet.stepMs;
    hot.begin(step, step * fleet.stepMs);
    for (let copy = 0; copy < copies; copy++) {
      for (let series = 0; series < perCopy; series++) {
        hot.append(1 + copy * perCopy + series, atMs, fleet.values, bits, step * perCopy + series);
      }
    }
    hot.evict(step, perCopy * copies);
  }
  report.row('hot-window', 'append', ((cpuSeconds() - began) / total) * 1e9, 'ns/sample');
  report.row('hot-window', 'bytes', hot.usedBytes / hot.samples, 'bytes/sample');
  report.row('hot-window', 'memory', hot.reservedBytes / 2 ** 20, 'MiB');
  const buffer = new SampleBuffer();
  let read = 0;
  began = cpuSeconds();
  for (let ref = 1; ref <= perCopy * copies; ref++) {
    buffer.clear();
    hot.read(ref, hot.firstSlot(ref), -Infinity, Infinity, buffer);
    read += buffer.length;
  }
  report.row('hot-window', 'decode', ((cpuSeconds() - began) / read) * 1e9, 'ns/sample');
  if (read !== hot.samples) throw new Error(`read ${read} of ${hot.samples} samples`);

  const jittered = new HotWindow({ sizeBytes: HOT_WINDOW_BYTES, ageMs: 7_200_000 });
  for (let ref = 1; ref <= perCopy; ref++) jittered.addSeries(ref, -Infinity);
  began = cpuSeconds();
  for (let step = 0; step < steps; step++) {
    for (let series = 0; series < perCopy; series++) {
      const atMs = startMs + step * fleet.stepMs + (((step * 7 + series) * 2654435761) % 11);
      jittered.append(1 + series, atMs, fleet.values, bits, step * perCopy + series);
    }
  }
  report.row('hot-window', 'append-jittered', ((cpuSeconds() - began) / (perCopy * steps)) * 1e9, 'ns/sample');
  report.row('hot-window', 'bytes-jittered', jittered.usedBytes / jittered.samples, 'bytes/sample');
}

function fleetLabels(source: FleetColumns): Labels[] {
  const labels: Labels[] = [];
  for (let copy = 0; copy < copies; copy++) {
    for (const pairs of source.labels) {
      labels.push(
        Labels.fromEntries(pairs.map(([name, value]) => [name, name === 'camera_id' ? `${value}-${copy}` : value])),
      );
    }
  }
  return labels;
}

/** The whole store on an embedded database, fed as scrapes feed it: one camera per append. */
async function store(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vedette-bench-'));
  const clock = new SystemClock();
  const database = new ChdbDatabase({ clock, logger: silentLogger }, { path: folder });
  await database.start();
  const options = {
    hotWindow: { size: HOT_WINDOW_BYTES, age: 7_200_000 },
    seriesMax: 2_000_000,
    retentionMs: 15 * 86_400_000,
    diskHeadroomBytes: 0,
    logPath: join(folder, 'wal'),
  };
  const metrics = openMetricStore({ database, clock, logger: silentLogger, registry: new Registry() }, options);
  try {
    await metrics.start();
    const labels = fleetLabels(fleet);
    const before = heldMiB();
    await ingest(metrics, labels, steps);
    report.row('hot-window', 'store-memory', heldMiB() - before, 'MiB');
    report.row('hot-window', 'hot-samples', metrics.stats().hotSamples, 'samples');
    await queries(metrics);
    await metrics.stop(AbortSignal.timeout(60_000));
    await restart(database, clock, options);
  } finally {
    await database.stop(AbortSignal.timeout(60_000));
    await rm(folder, { recursive: true, force: true });
  }
}

async function ingest(metrics: MetricStore, labels: readonly Labels[], count: number): Promise<void> {
  const cameraCount = fleet.cameras * copies;
  const series = Array.from({ length: cameraCount }, (_, i) =>
    labels.slice(i * SERIES_PER_CAMERA, (i + 1) * SERIES_PER_CAMERA),
  );
  const seriesIndex = Uint32Array.from({ length: SERIES_PER_CAMERA }, (_, i) => i);
  const began = cpuSeconds();
  const beganMs = performance.now();
  for (let step = 0; step < count; step++) {
    const timestampMs = new Float64Array(SERIES_PER_CAMERA).fill(startMs + step * fleet.stepMs);
    for (let camera = 0; camera < cameraCount; camera++) {
      const at = step * perCopy + (camera % fleet.cameras) * SERIES_PER_CAMERA;
      const value = fleet.values.subarray(at, at + SERIES_PER_CAMERA);
      const batch: SampleBatch = { series: series[camera] as Labels[], seriesIndex, timestampMs, value };
      await metrics.append(batch, { acknowledge: 'queued' });
    }
    while (metrics.stats().writeQueueSamples > 1_000_000) await sleep(20);
  }
  while (metrics.stats().writeQueueSamples > 0) await sleep(20);
  report.row('hot-window', 'ingest-cpu', cpuSeconds() - began, 's');
  report.row('hot-window', 'ingest-wall', (performance.now() - beganMs) / 1e3, 's');
  report.row('hot-window', 'ingest-cpu-at-10k-per-s', ((cpuSeconds() - began) / total) * 1e4 * 100, '% of a core');
}

async function queries(metrics: MetricStore): Promise<void> {
  const signal = new AbortController().signal;
  const endMs = startMs + (steps - 1) * fleet.stepMs;
  const cases = [
    { name: 'one-camera-5m', matchers: [createMatcher('camera_id', '=', 'cam-0001-0')], spanMs: 300_000 },
    { name: 'one-metric-5m', matchers: [createMatcher('__name__', '=', 'camera_fps')], spanMs: 300_000 },
    {
      name: 'one-metric-1h',
      matchers: [createMatcher('__name__', '=', 'camera_frames_received_total')],
      spanMs: 3_600_000,
    },
    {
      name: 'regex-cameras-5m',
      matchers: [createMatcher('camera_id', '=~', 'cam-00.*'), createMatcher('__name__', '=', 'camera_fps')],
      spanMs: 300_000,
    },
    { name: 'every-series-select', matchers: [createMatcher('job', '=', 'camera')], spanMs: 0 },
  ];
  const buffer = new SampleBuffer();
  for (const { name, matchers, spanMs } of cases) {
    const tookMs: number[] = [];
    let samples = 0;
    for (let run = 0; run < 15; run++) {
      const began = performance.now();
      const set = await metrics.select({ matchers, startMs: endMs - spanMs, endMs }, signal);
      samples = 0;
      if (spanMs > 0) {
        for (let index = 0; index < set.labels.length; index++) {
          set.read(index, buffer);
          samples += buffer.length;
        }
      }
      tookMs.push(performance.now() - began);
    }
    tookMs.sort((a, b) => a - b);
    report.row('hot-window', `query-${name}`, tookMs[7] as number, 'ms');
    report.row('hot-window', `query-${name}-samples`, samples, 'samples');
  }
}

async function restart(
  database: ChdbDatabase,
  clock: SystemClock,
  options: Parameters<typeof openMetricStore>[1],
): Promise<void> {
  const metrics = openMetricStore({ database, clock, logger: silentLogger, registry: new Registry() }, options);
  const began = performance.now();
  const cpu = cpuSeconds();
  await metrics.start();
  report.row('hot-window', 'restart-ready', performance.now() - began, 'ms');
  while (metrics.stats().hotSamples < Math.min(total / 6, perCopy * copies * 10)) await sleep(50);
  report.row('hot-window', 'restart-warm-within', performance.now() - began, 'ms');
  report.row('hot-window', 'restart-cpu', cpuSeconds() - cpu, 's');
  await metrics.stop(AbortSignal.timeout(60_000));
}
