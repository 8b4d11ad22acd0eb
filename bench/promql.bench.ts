// The 24 queries of queries.json over an in-memory fleet: milliseconds per query inside the engine, store and HTTP apart.
// npx tsx --conditions=vedette-source bench/promql.bench.ts [--cameras 1000] [--runs 5] [--only r02]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock, unixMs } from '../packages/server/src/base/clock.ts';
import { seededRandom } from '../packages/server/src/base/random.ts';
import { MemorySelector, openQueryEngine } from '../packages/server/src/metrics/query/index.ts';
import { Labels } from '../packages/server/src/model/labels.ts';
import { startReport, valueOf } from './report.ts';

const START_MS = 1_767_225_600_000;
const STEP_MS = 5_000;
const STEPS = 720;
const RANGE_STEP_MS = 15_000;
const SITES = 20;
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '+Inf'];
const CLASSES = ['person', 'car', 'truck', 'bicycle', 'bus'];
const GAUGES = [
  'camera_fps',
  'camera_target_fps',
  'camera_jitter_ms',
  'camera_storage_free_bytes',
  'camera_last_frame_timestamp_seconds',
];
const COUNTERS = ['camera_frames_received_total', 'camera_frames_dropped_total', 'camera_bytes_received_total'];
/** Series per camera in the real fleet; those that no query looks at by name get one sample each. */
const SERIES_PER_CAMERA = 50;

const report = startReport();
const cameras = Number(valueOf(process.argv, '--cameras') ?? 1_000);
const runs = Number(valueOf(process.argv, '--runs') ?? 5);
const only = valueOf(process.argv, '--only') ?? '';

const { queries } = JSON.parse(readFileSync(join(import.meta.dirname, 'queries.json'), 'utf8')) as {
  readonly queries: readonly { readonly id: string; readonly type: 'range' | 'instant'; readonly expr: string }[];
};
const engine = openQueryEngine({ selector: fleet(), clock: new SystemClock() });
const medians: number[] = [];
for (const { id, type, expr } of queries) {
  if (!id.startsWith(only)) continue;
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const before = performance.now();
    await ask(type, expr);
    // The first run warms up.
    if (run > 0) times.push(performance.now() - before);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  medians.push(median);
  report.row('promql', id, median, 'ms');
}
report.row(
  'promql',
  'geometric-mean',
  Math.exp(medians.reduce((sum, ms) => sum + Math.log(ms), 0) / medians.length),
  'ms',
);
report.row(
  'promql',
  'sum',
  medians.reduce((sum, ms) => sum + ms, 0),
  'ms',
);
report.finish();

async function ask(type: 'range' | 'instant', expr: string): Promise<void> {
  const options = { signal: new AbortController().signal };
  const endMs = unixMs(START_MS + STEPS * STEP_MS);
  if (type === 'instant') await engine.instant(expr, endMs, options);
  else await engine.range(expr, { startMs: unixMs(START_MS), endMs, stepMs: RANGE_STEP_MS }, options);
}

function fleet(): MemorySelector {
  const selector = new MemorySelector();
  const random = seededRandom(1);
  for (let camera = 0; camera < cameras; camera++) {
    const base = {
      camera_id: `cam-${String(camera + 1).padStart(4, '0')}`,
      site: `site-${String((camera % SITES) + 1).padStart(2, '0')}`,
      job: 'camera',
    };
    let made = 0;
    const add = (name: string, extra: Record<string, string>, next: (step: number) => number, steps = STEPS): void => {
      const labels = Labels.fromObject({ __name__: name, ...base, ...extra });
      for (let k = STEPS - steps; k < STEPS; k++) selector.add(labels, START_MS + k * STEP_MS, next(k));
      made++;
    };
    const counter = (rate: number): (() => number) => {
      let total = Math.floor(random() * 1e6);
      return () => (random() < 0.0005 ? (total = 0) : (total += Math.round(rate * (0.5 + random()))));
    };
    const down = random() < 0.02;
    add('up', {}, () => (down ? 0 : 1));
    for (const name of GAUGES) {
      const level = name.endsWith('bytes') ? 1e12 : name.endsWith('seconds') ? START_MS / 1000 : 25;
      add(name, {}, (k) => level * (0.9 + 0.2 * random()) - k);
    }
    for (const name of COUNTERS) add(name, {}, counter(100));
    for (const name of CLASSES) add('camera_detections_total', { class: name }, counter(3));
    const parts = BOUNDS.map((_, b) => counter((b + 1) * 10));
    for (const [b, le] of BOUNDS.entries())
      add('camera_inference_duration_seconds_bucket', { le }, parts[b] ?? (() => 0));
    for (const code of ['200', '500']) add('camera_http_requests_total', { code }, counter(code === '200' ? 4 : 0.6));
    const others = SERIES_PER_CAMERA - made;
    for (let i = 0; i < others; i++) add(`camera_other_${i}`, {}, () => 1, 1);
  }
  return selector;
}
