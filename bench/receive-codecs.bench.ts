// Speed of what every sample passes on its way in. npx tsx --conditions=vedette-source bench/receive-codecs.bench.ts
import { type ExpositionVisitor, parseExposition } from '../packages/wire/src/exposition/index.ts';
import { WriteRequestDecoder, encodeWriteRequest } from '../packages/wire/src/remote-write/index.ts';
import { compressSnappy, decompressSnappy } from '../packages/wire/src/snappy/index.ts';
import { RemoteWriteReceiver } from '../packages/server/src/metrics/receive/remote-write/index.ts';
import { Relabeler, relabelConfigs } from '../packages/server/src/metrics/relabel/index.ts';
import { startReport } from './report.ts';

const MEASURE_MS = 2_000;
const report = startReport();

/** Work items per second. */
async function rate(items: number, work: () => unknown): Promise<number> {
  for (let i = 0; i < 3; i++) await work();
  const startedMs = performance.now();
  let done = 0;
  while (performance.now() - startedMs < MEASURE_MS) {
    await work();
    done += items;
  }
  return done / ((performance.now() - startedMs) / 1_000);
}

const lines = Array.from(
  { length: 1_000 },
  (_, i) => `camera_frames_total{camera_id="cam-${i}",site="site-${i % 20}",codec="h264"}`,
);
const page = lines.map((line, i) => `${line} ${(i * 12.25).toFixed(3)}\n`).join('');
let at = 0;
const visitor: ExpositionVisitor & { known: boolean } = {
  known: false,
  get expectedSeries() {
    return this.known ? (lines[at] ?? '') : '';
  },
  expectedComment: '',
  sample: () => {
    at++;
  },
  comment: () => undefined,
};
for (const known of [false, true]) {
  visitor.known = known;
  const perSecond = await rate(lines.length, () => {
    at = 0;
    parseExposition(page, 'text', visitor);
  });
  report.row('exposition', known ? 'parse-known' : 'parse-new', perSecond / 1e6, 'M samples/s');
}

const series = Array.from({ length: 2_000 }, (_, i) => ({
  labelPairs: [
    '__name__',
    'camera_frames_total',
    'camera_id',
    `cam-${i}`,
    'codec',
    'h264',
    'instance',
    `10.0.0.${i % 250}:9100`,
    'job',
    'camera',
    'site',
    `s${i % 20}`,
  ],
  timestampMs: [1_767_225_600_000],
  value: Float64Array.of(i * 1.5),
}));
const message = encodeWriteRequest(series);
const body = compressSnappy(message);
report.row('remote-write', 'body', body.length / series.length, 'B/sample');
report.row(
  'snappy',
  'decompress',
  ((await rate(1, () => decompressSnappy(body, 1e9))) * message.length) / 2 ** 20,
  'MiB/s',
);
report.row(
  'remote-write',
  'decode',
  (await rate(series.length, () => new WriteRequestDecoder(message, () => 0).next(1e9))) / 1e6,
  'M samples/s',
);
const receiver = new RemoteWriteReceiver({
  append: async (batch) => ({ accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 }),
});
report.row(
  'remote-write',
  'receive',
  (await rate(series.length, () => receiver.write(body, 1e9, () => undefined))) / 1e6,
  'M samples/s',
);

const relabeler = new Relabeler(
  relabelConfigs.parse([
    { source_labels: ['__name__'], regex: 'go_.*|process_.*', action: 'drop' },
    { source_labels: ['instance'], regex: '([^:]+):.*', target_label: 'host' },
    { regex: 'tmp_.*', action: 'labeldrop' },
  ]),
);
report.row(
  'relabel',
  'three-rules',
  await rate(1, () =>
    relabeler.apply(
      new Map([
        ['__name__', 'camera_frames_total'],
        ['instance', '10.0.0.1:9100'],
        ['job', 'camera'],
      ]),
    ),
  ),
  'series/s',
);
report.finish();
