// A month of 1,000 cameras, one gauge and one counter each at 30 s, days old when it is written: panels over the whole month from rollups and,
// in the same process, from raw samples. npx tsx --conditions=vedette-source bench/rollups.bench.ts [--days 30] [--cameras 1000] [--json FILE]
import { Registry } from 'prom-client';
import { SystemClock, type UnixMs } from '../packages/server/src/base/clock.ts';
import { silentLogger } from '../packages/server/src/base/logger.ts';
import { ChdbDatabase, ClickHouseStateStore } from '../packages/server/src/clickhouse/index.ts';
import { openQueryEngine } from '../packages/server/src/metrics/query/index.ts';
import { openMetricStore } from '../packages/server/src/metrics/store/index.ts';
import { Labels } from '../packages/server/src/model/labels.ts';
import type { SeriesSelector } from '../packages/server/src/model/ports.ts';
import { inTemporaryFolder, usage } from './process.ts';
import { diskBytes } from './peer-servers.ts';
import { startReport, valueOf } from './report.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 30_000;
const report = startReport();
const days = Number(valueOf(process.argv, '--days') ?? 30);
const cameras = Number(valueOf(process.argv, '--cameras') ?? 1_000);
const signal = new AbortController().signal;

await inTemporaryFolder(async (folder) => {
  const clock = new SystemClock();
  const base = { clock, logger: silentLogger, registry: new Registry() };
  const database = new ChdbDatabase(base, { path: `${folder}/data` });
  const state = new ClickHouseStateStore({ ...base, database });
  const store = openMetricStore(
    { ...base, database, state },
    {
      hotWindow: { size: 256 * 2 ** 20, age: 2 * HOUR_MS },
      seriesMax: 2_000_000,
      retentionMs: 400 * 24 * HOUR_MS,
      diskHeadroomBytes: 0,
      logPath: `${folder}/log`,
    },
  );
  await database.start();
  await state.start();
  await store.start();
  const endMs = Math.floor(clock.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
  const startMs = endMs - days * 24 * HOUR_MS;
  await write(startMs, endMs);
  report.row('write', 'disk before rollups', diskBytes(folder) / 2 ** 20, 'MiB');
  const before = usage(process.pid).cpuSeconds;
  const began = performance.now();
  await rolledUp(startMs, endMs);
  report.row('rollups', 'made after the last sample', (performance.now() - began) / 1_000, 's');
  report.row('rollups', 'processor time of the wait', usage(process.pid).cpuSeconds - before, 's');
  report.row('rollups', 'disk', diskBytes(folder) / 2 ** 20, 'MiB');

  const raw: SeriesSelector = {
    select: (...args) => store.select(...args),
    series: (...args) => store.series(...args),
    labelNames: (...args) => store.labelNames(...args),
    labelValues: (...args) => store.labelValues(...args),
  };
  const pushed: SeriesSelector = { ...raw, selectGrid: async (...args) => store.selectGrid?.(...args) };
  const engines = {
    rollups: openQueryEngine({ ...base, registry: new Registry(), selector: pushed }),
    raw: openQueryEngine({ ...base, registry: new Registry(), selector: raw }, { samplesMax: 1e9 }),
  };
  const window = { startMs: (startMs + HOUR_MS) as UnixMs, endMs: endMs as UnixMs, stepMs: HOUR_MS };
  for (const query of [
    'avg by (site) (avg_over_time(camera_fps[1h]))',
    'sum by (site) (rate(camera_frames_total[1h]))',
    'sum by (site) (rate(camera_frames_total[5m]))',
    'avg by (site) (camera_fps)',
    'max_over_time(camera_fps{camera="7"}[1d])',
  ]) {
    for (const [name, engine] of Object.entries(engines)) {
      const times: number[] = [];
      for (let i = 0; i < (name === 'raw' ? 1 : 5); i++) {
        const from = performance.now();
        await engine.range(query, window, { signal });
        times.push(performance.now() - from);
      }
      times.sort((a, b) => a - b);
      report.row(query, name, times[Math.floor(times.length / 2)] as number, 'ms');
    }
  }
  report.row('process', 'resident', usage(process.pid).residentBytes / 2 ** 20, 'MiB');
  await store.stop(AbortSignal.timeout(60_000));
  await state.stop(AbortSignal.timeout(5_000));
  await database.stop(AbortSignal.timeout(20_000));

  async function write(fromMs: number, untilMs: number): Promise<void> {
    const labels = Array.from({ length: cameras }, (_, i) => ({ camera: String(i), site: `s${i % 20}` }));
    const gauges = labels.map((one) => Labels.fromObject({ __name__: 'camera_fps', ...one }));
    const counters = labels.map((one) => Labels.fromObject({ __name__: 'camera_frames_total', ...one }));
    const rows = HOUR_MS / STEP_MS;
    const totals = new Float64Array(cameras);
    for (let hourMs = fromMs; hourMs < untilMs; hourMs += HOUR_MS) {
      const timestampMs = new Float64Array(rows * cameras * 2);
      const value = new Float64Array(rows * cameras * 2);
      const seriesIndex = new Uint32Array(rows * cameras * 2);
      let at = 0;
      for (let camera = 0; camera < cameras; camera++) {
        for (let i = 1; i <= rows; i++) {
          const fps = 25 + ((camera * 7 + i * 3) % 11) / 10;
          totals[camera] = (totals[camera] as number) + Math.round(fps * 30);
          for (const [offset, sample] of [
            [0, fps],
            [cameras, totals[camera] as number],
          ] as const) {
            seriesIndex[at] = camera + offset;
            timestampMs[at] = hourMs + i * STEP_MS;
            value[at++] = sample;
          }
        }
      }
      await store.append({ series: [...gauges, ...counters], seriesIndex, timestampMs, value });
      // Faster than the tables take it, the log would fill up.
      if (hourMs % (24 * HOUR_MS) === 0) await store.flush();
    }
    await store.flush();
  }

  async function rolledUp(fromMs: number, untilMs: number): Promise<void> {
    for (;;) {
      const block = await store.selectGrid?.(
        {
          matchers: [],
          function: 'count_over_time',
          firstEndMs: fromMs + HOUR_MS,
          stepMs: HOUR_MS,
          steps: (untilMs - fromMs) / HOUR_MS - 1,
          rangeMs: HOUR_MS,
        },
        signal,
      );
      if (block) return;
      await new Promise((done) => {
        setTimeout(done, 2_000);
      });
    }
  }
});
report.finish();
