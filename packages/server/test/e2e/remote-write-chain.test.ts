import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeHistogram } from '@vedette/wire/histogram';
import { type EncodedSeries, encodeRequestV2 } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'native histograms and exemplars through a real Prometheus');
const victoria = programOrNotice('/usr/bin/victoria-metrics', 'remote-write into a real VictoriaMetrics');

afterEach(cleanUp);

const QUIET = 'host_collector: { enabled: false }\nself_monitoring: { enabled: false }\ncatalog: { rules: false }\n';

const histogram: NativeHistogram = {
  schema: 1,
  counterResetHint: 'unknown',
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 11,
  sum: 18.5,
  positiveSpans: [
    { offset: 0, length: 2 },
    { offset: 1, length: 1 },
  ],
  positiveBuckets: Float64Array.of(2, 3, 4),
  negativeSpans: [{ offset: -1, length: 1 }],
  negativeBuckets: Float64Array.of(1),
  customValues: new Float64Array(),
};

async function writeV2(
  url: string,
  ...series: EncodedSeries[]
): Promise<{ status: number; written: (string | null)[] }> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '2.0.0',
    },
    body: compressSnappy(encodeRequestV2(series)),
  });
  const written = ['samples', 'histograms', 'exemplars'].map((kind) =>
    response.headers.get(`x-prometheus-remote-write-${kind}-written`),
  );
  return { status: response.status, written };
}

async function value(url: string, query: string): Promise<string | undefined> {
  return (await instantQuery(url, query))[0]?.value[1];
}

interface ShownHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets: readonly (readonly [kind: number, from: string, to: string, count: string])[];
}

/** A native histogram as the API shows it; bounds to twelve digits. */
async function stored(url: string, query: string): Promise<unknown> {
  const [first] = (await instantQuery(url, query)) as readonly {
    readonly histogram?: readonly [number, ShownHistogram];
  }[];
  const shown = first?.histogram?.[1];
  return (
    shown && { ...shown, buckets: shown.buckets.map((bucket) => bucket.map((text) => Number(text).toPrecision(12))) }
  );
}

async function exemplars(url: string, query: string): Promise<unknown[]> {
  const parameters = new URLSearchParams({
    query,
    start: String(Date.now() / 1_000 - 600),
    end: String(Date.now() / 1_000 + 60),
  });
  const { data } = (await (await fetch(`${url}/api/v1/query_exemplars?${parameters}`)).json()) as {
    data: { exemplars: { labels: Record<string, string>; value: string }[] }[];
  };
  return data.flatMap((series) => series.exemplars.map((one) => [one.labels, Number(one.value)]));
}

describe.runIf(prometheus !== undefined)('Vedette to a real Prometheus to Vedette', () => {
  it('native histograms, exemplars and samples arrive as they were', async () => {
    const last = await startVedette({ config: QUIET });
    const folder = temporaryFolder();
    const port = await freePort();
    const middle = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1h }
remote_write:
  - url: ${last.url}/api/v1/write
    send_exemplars: true
    send_native_histograms: true
    queue_config: { batch_send_deadline: 200ms }
`,
    );
    start(
      prometheus ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--enable-feature=native-histograms,exemplar-storage',
      ],
      folder,
    );
    await eventually(async () => expect((await fetch(`${middle}/-/ready`)).status).toBe(200));
    const first = await startVedette({
      config: `${QUIET}remote_write:
  - url: ${middle}/api/v1/write
    send_exemplars: true
    send_native_histograms: true
    queue_config: { batch_send_deadline: 100ms }
`,
    });
    const timestampMs = Date.now();
    const answer = await writeV2(
      first.url,
      {
        labelPairs: ['__name__', 'chain_seconds', 'camera_id', 'ünï'],
        timestampMs: [],
        value: new Float64Array(),
        histograms: [{ timestampMs, startTimestampMs: timestampMs - 60_000, value: histogram }],
        metadata: { type: 'histogram', help: 'Through the chain.', unit: 'seconds' },
      },
      {
        labelPairs: ['__name__', 'chain_total'],
        timestampMs: [timestampMs],
        value: Float64Array.of(42.5),
        startTimestampMs: [timestampMs - 60_000],
        exemplars: [{ labelPairs: ['trace_id', 'abc'], timestampMs, value: 0.25 }],
      },
    );
    expect(answer).toEqual({ status: 204, written: ['1', '1', '1'] });
    for (const url of [first.url, middle, last.url]) {
      await eventually(async () => {
        expect(await value(url, 'chain_total')).toBe('42.5');
        expect(await stored(url, 'chain_seconds{camera_id="ünï"}')).toEqual({
          count: '11',
          sum: '18.5',
          buckets: expect.arrayContaining([[0, Math.SQRT1_2, 1, 2].map((number) => number.toPrecision(12))]) as unknown,
        });
        expect(await exemplars(url, 'chain_total')).toEqual([[{ trace_id: 'abc' }, 0.25]]);
      });
    }
    // Bucket for bucket what the real Prometheus says.
    const expected = await stored(middle, 'chain_seconds');
    for (const url of [first.url, last.url]) expect(await stored(url, 'chain_seconds')).toEqual(expected);
    const metadata = await (await fetch(`${first.url}/api/v1/metadata?metric=chain_seconds`)).json();
    expect(metadata).toMatchObject({
      data: { chain_seconds: [{ type: 'histogram', help: 'Through the chain.', unit: 'seconds' }] },
    });
  });
});

describe.runIf(victoria !== undefined)('a real VictoriaMetrics as the remote', () => {
  it('gets samples with external labels', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    start(
      victoria ?? '',
      [`-storageDataPath=${join(folder, 'vm')}`, `-httpListenAddr=127.0.0.1:${port}`, '-search.latencyOffset=0s'],
      folder,
    );
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200));
    const vedette = await startVedette({
      config: `${QUIET}global: { external_labels: { site: north } }
remote_write: [{ url: 'http://127.0.0.1:${port}/api/v1/write', queue_config: { batch_send_deadline: 100ms } }]
`,
    });
    const timestampMs = Date.now() - 5_000;
    await writeV2(vedette.url, {
      labelPairs: ['__name__', 'into_victoria'],
      timestampMs: [timestampMs],
      value: Float64Array.of(-0.125),
    });
    await eventually(async () =>
      expect(await value(`http://127.0.0.1:${port}`, 'into_victoria{site="north"}')).toBe('-0.125'),
    );
  });
});
