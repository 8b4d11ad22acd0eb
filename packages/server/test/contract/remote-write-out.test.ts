import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '@vedette/wire/histogram';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type MetricsSend, openMetricsSend, resolveSend, sendShape } from '../../src/metrics/send/index.ts';
import { Labels } from '../../src/model/labels.ts';
import type { AppendResult } from '../../src/model/ports.ts';
import type { MetricMetadata, SampleBatch } from '../../src/model/sample.ts';
import { eventually } from '../e2e/vedette-process.ts';
import { type RemoteReceiver, startRemoteReceiver } from './remote-receiver.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function receiver(port?: number): Promise<RemoteReceiver> {
  const made = await startRemoteReceiver(port);
  closing.push(() => made.close());
  return made;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-send-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'remote-write');
}

interface Setup {
  readonly folder: string;
  readonly remotes: readonly Record<string, unknown>[];
  readonly externalLabels?: Record<string, string>;
  readonly spool?: Record<string, unknown>;
  readonly result?: (batch: SampleBatch) => AppendResult;
  readonly metadata?: readonly MetricMetadata[];
}

const QUICK = { batch_send_deadline: '50ms', min_backoff: '10ms', max_backoff: '50ms' };

function configOf({ remotes, externalLabels = {}, spool }: Setup): ReturnType<typeof resolveSend> {
  return resolveSend(
    {
      remote_write: sendShape.remote_write.parse(
        remotes.map((remote) => ({ queue_config: QUICK, metadata_config: { send: false }, ...remote })),
      ),
      remote_write_spool: sendShape.remote_write_spool.parse(spool),
      global: { external_labels: externalLabels },
    },
    '/nowhere/vedette.yaml',
  );
}

interface Opened {
  readonly send: MetricsSend;
  readonly log: string[];
  append(batch: SampleBatch, acknowledge?: 'durable' | 'queued'): Promise<void>;
  metric(name: string): Promise<string[]>;
  /** As after kill -9: nothing is told, nothing waited for. */
  stop(): Promise<void>;
}

async function open(setup: Setup): Promise<Opened> {
  const registry = new Registry();
  const log: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => void log.push(`${message} ${JSON.stringify(fields)}`),
    error: (fields, message) => void log.push(`${message} ${JSON.stringify(fields)}`),
    child: () => logger,
  };
  const metadata = new Map((setup.metadata ?? []).map((one) => [one.name, [one]]));
  const send = openMetricsSend(
    {
      sink: { append: async (batch) => (setup.result ?? accepted)(batch) },
      metadata: {
        metadata: (name) => (name === undefined ? metadata : new Map([...metadata].filter(([key]) => key === name))),
      },
      clock: new SystemClock(),
      random: seededRandom(1),
      logger,
      registry,
    },
    { config: configOf(setup), folder: setup.folder, version: 'test' },
  );
  await send.start();
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await send.stop(new AbortController().signal);
  };
  closing.push(stop);
  return {
    send,
    log,
    append: async (batch, acknowledge = 'durable') => void (await send.sink.append(batch, { acknowledge })),
    metric: async (name) => (await registry.metrics()).split('\n').filter((line) => line.startsWith(name)),
    stop,
  };
}

function accepted(batch: SampleBatch): AppendResult {
  return { accepted: batch.timestampMs.length, rejected: [], rejectedCount: 0 };
}

function samples(name: string, ...rows: readonly (readonly [atMs: number, value: number])[]): SampleBatch {
  return {
    series: [Labels.fromObject({ __name__: name, job: 'a' })],
    seriesIndex: new Uint32Array(rows.length),
    timestampMs: Float64Array.from(rows, ([at]) => at),
    value: Float64Array.from(rows, ([, value]) => value),
  };
}

const custom: NativeHistogram = {
  schema: CUSTOM_BUCKETS_SCHEMA,
  counterResetHint: 'unknown',
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 1,
  positiveSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: Float64Array.of(3),
  negativeSpans: [],
  negativeBuckets: new Float64Array(),
  customValues: Float64Array.of(1),
};
const exponential: NativeHistogram = {
  ...custom,
  schema: 0,
  count: 5,
  positiveBuckets: Float64Array.of(5),
  customValues: new Float64Array(),
};

function everything(): SampleBatch {
  return {
    ...samples('m_total', [1_000, 1]),
    startTimestampMs: Float64Array.of(500),
    histograms: {
      seriesIndex: Uint32Array.of(0, 0),
      timestampMs: Float64Array.of(2_000, 3_000),
      value: [exponential, custom],
    },
    exemplars: [{ seriesIndex: 0, labels: Labels.fromObject({ trace_id: 'x' }), timestampMs: 900, value: 0.5 }],
  };
}

describe('remote-write out', () => {
  it('sends what the store accepted, with external labels and after relabelling', async () => {
    const remote = await receiver();
    const { append, metric } = await open({
      folder: temporaryFolder(),
      externalLabels: { site: 'north', job: 'never' },
      remotes: [
        {
          url: remote.url,
          name: 'one',
          headers: { 'X-Scope': 'me' },
          write_relabel_configs: [
            { source_labels: ['__name__'], regex: 'secret.*', action: 'drop' },
            { source_labels: ['site'], target_label: 'place', replacement: 'p-$1' },
          ],
        },
      ],
      result: (batch) => ({
        accepted: 1,
        rejected: [{ row: 1, reason: 'too-old' }],
        rejectedCount: batch.timestampMs.length - 1,
      }),
    });
    await append(samples('m', [1_000, 1.5], [5, 2]));
    await append(samples('secret_m', [1_000, 1]), 'queued');
    const stale = samples('m', [2_000, 0]);
    new BigUint64Array(stale.value.buffer)[0] = 0x7ff0000000000002n;
    await append(stale, 'queued');
    await eventually(() =>
      expect(remote.stored).toEqual([
        '{__name__=m,job=a,place=p-north,site=north} @1000 = 1.5',
        '{__name__=m,job=a,place=p-north,site=north} @2000 = 7ff0000000000002',
      ]),
    );
    expect(remote.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': 'Vedette/test',
      'x-scope': 'me',
    });
    await eventually(async () =>
      expect(await metric('prometheus_remote_storage_samples_total')).toEqual([
        `prometheus_remote_storage_samples_total{remote_name="one",url="${remote.url}"} 2`,
      ]),
    );
    expect(await metric('prometheus_remote_storage_samples_dropped_total')).toEqual([
      `prometheus_remote_storage_samples_dropped_total{remote_name="one",url="${remote.url}",reason="dropped_series"} 1`,
    ]);
  });

  it('1.0: histograms and exemplars when asked for, never custom buckets', async () => {
    const remote = await receiver();
    const plain = await receiver();
    const { append, metric } = await open({
      folder: temporaryFolder(),
      remotes: [{ url: remote.url, send_exemplars: true, send_native_histograms: true }, { url: plain.url }],
    });
    await append(everything());
    const series = '{__name__=m_total,job=a}';
    await eventually(() => {
      expect(remote.stored).toEqual([
        `${series} @1000 = 1`,
        `${series} @2000 histogram 5`,
        `${series} @900 exemplar 0.5 trace_id x`,
      ]);
      expect(plain.stored).toEqual([`${series} @1000 = 1`]);
    });
    expect((await metric('prometheus_remote_storage_histograms_dropped_total')).join()).toMatch(
      /nhcb_in_rw1_not_supported"\} 1/,
    );
  });

  it('2.0: start times, all histograms and metadata go along', async () => {
    const remote = await receiver();
    const { append, metric } = await open({
      folder: temporaryFolder(),
      remotes: [{ url: remote.url, protobuf_message: 'io.prometheus.write.v2.Request', send_exemplars: true }],
      metadata: [{ name: 'm_total', type: 'counter', help: 'What.', unit: '' }],
    });
    await append(everything());
    const series = '{__name__=m_total,job=a}';
    await eventually(() =>
      expect(remote.stored).toEqual([
        `${series} @1000 = 1 since 500`,
        `${series} @2000 histogram 5`,
        `${series} @3000 histogram 3`,
        `${series} @900 exemplar 0.5 trace_id x`,
      ]),
    );
    expect(remote.requests[0]?.metadata).toEqual(['__name__ m_total job a: 1 What. ']);
    expect(remote.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': '2.0.0',
    });
    await eventually(async () =>
      expect((await metric('prometheus_remote_storage_histograms_total')).join()).toMatch(/\} 2$/),
    );
  });

  it.each([
    ['415', () => ({ status: 415, body: 'what is this' })],
    ['a 2xx without saying what was written', () => ({ status: 200, headers: SILENT })],
  ])('2.0 answered with %s: 1.0 from then on, and nothing is lost', async (_name, answer) => {
    const remote = await receiver();
    remote.answer = ({ headers }) => (headers['content-type']?.includes('v2') ? answer() : { status: 204 });
    const { append, log } = await open({
      folder: temporaryFolder(),
      remotes: [{ url: remote.url, protobuf_message: 'io.prometheus.write.v2.Request' }],
    });
    await append(samples('m', [1_000, 1]));
    const v1 = (): string[] =>
      remote.requests
        .filter(({ headers }) => headers['content-type'] === 'application/x-protobuf')
        .flatMap(({ rows }) => rows);
    await eventually(() => expect(v1()).toHaveLength(1));
    await append(samples('m', [2_000, 2]));
    await eventually(() => expect(v1()).toEqual(['{__name__=m,job=a} @1000 = 1', '{__name__=m,job=a} @2000 = 2']));
    expect(remote.requests).toHaveLength(3);
    expect(log.join()).toMatch(/does not understand remote-write 2\.0/);
  });

  it.each([500, 503, 429])('repeats after %i with Retry-Attempt, and keeps the order of a series', async (status) => {
    const remote = await receiver();
    remote.answer = (_request, attempt) => ({ status: attempt < 4 ? status : 204 });
    const { append, metric } = await open({ folder: temporaryFolder(), remotes: [{ url: remote.url }] });
    for (let i = 1; i <= 5; i++) await append(samples('m', [i * 1_000, i]));
    await eventually(() => expect(remote.stored).toHaveLength(5));
    expect(remote.stored).toEqual([1, 2, 3, 4, 5].map((i) => `{__name__=m,job=a} @${i * 1_000} = ${i}`));
    expect(remote.requests[2]?.headers['retry-attempt']).toBe('2');
    expect((await metric('prometheus_remote_storage_samples_failed_total')).join()).toMatch(/\} 0$/);
    expect((await metric('prometheus_remote_storage_samples_retried_total')).join()).not.toMatch(/\} 0$/);
  });

  it.each([400, 401, 404, 413])('does not repeat after %i: counted, and told once with the reason', async (status) => {
    const remote = await receiver();
    remote.answer = (_request, attempt) => (attempt <= 2 ? { status, body: 'out of order sample' } : { status: 204 });
    const { append, metric, log } = await open({ folder: temporaryFolder(), remotes: [{ url: remote.url }] });
    for (let i = 1; i <= 3; i++) {
      await append(samples('m', [i * 1_000, i]));
      await eventually(() => expect(remote.requests).toHaveLength(i));
    }
    await eventually(() => expect(remote.stored).toEqual(['{__name__=m,job=a} @3000 = 3']));
    expect((await metric('prometheus_remote_storage_samples_failed_total')).join()).toMatch(/\} 2$/);
    expect(log.filter((line) => line.includes('refuses samples'))).toHaveLength(1);
    expect(log.join()).toContain(`server returned HTTP status ${status}`);
    expect(log.join()).toContain('out of order sample');
  });

  it('waits as long as Retry-After says', async () => {
    const remote = await receiver();
    const times: number[] = [];
    remote.answer = (_request, attempt) => {
      times.push(performance.now());
      return attempt === 1 ? { status: 503, headers: { 'retry-after': '1' } } : { status: 204 };
    };
    const { append } = await open({ folder: temporaryFolder(), remotes: [{ url: remote.url }] });
    await append(samples('m', [1_000, 1]));
    await eventually(() => expect(remote.stored).toHaveLength(1));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it('keeps everything while the remote is away, over a restart, and sends it in order afterwards', async () => {
    const folder = temporaryFolder();
    const remote = await receiver();
    const port = Number(new URL(remote.url).port);
    const setup: Setup = { folder, remotes: [{ url: remote.url }] };
    const first = await open(setup);
    await first.append(samples('m', [1_000, 1]));
    await eventually(() => expect(remote.stored).toHaveLength(1));
    await remote.close();
    for (let i = 2; i <= 20; i++) await first.append(samples('m', [i * 1_000, i]), i % 2 ? 'durable' : 'queued');
    await eventually(() => expect(first.log.join()).toMatch(/does not take samples/));
    await first.stop();
    const second = await open(setup);
    for (let i = 21; i <= 40; i++) await second.append(samples('m', [i * 1_000, i]));
    const back = await receiver(port);
    await eventually(() => expect(new Set(back.stored).size).toBeGreaterThanOrEqual(39));
    const expected = Array.from({ length: 40 }, (_, i) => `{__name__=m,job=a} @${(i + 1) * 1_000} = ${i + 1}`);
    expect([...new Set([...remote.stored, ...back.stored])]).toEqual(expected);
    // Once it is there, its segments are not kept.
    await second.stop();
    expect(readdirSync(folder).filter((name) => name.endsWith('.segment')).length).toBeLessThanOrEqual(2);
  });

  it('a reload adds, removes and changes remotes without losing what they have not got', async () => {
    const folder = temporaryFolder();
    const one = await receiver();
    const two = await receiver();
    one.answer = () => ({ status: 503 });
    const setup: Setup = { folder, remotes: [{ url: one.url, name: 'one' }] };
    const { append, send, metric } = await open(setup);
    await append(samples('m', [1_000, 1]));
    await eventually(() => expect(one.requests.length).toBeGreaterThan(0));
    const changed: Setup = {
      ...setup,
      externalLabels: { site: 'x' },
      remotes: [{ url: one.url, name: 'one' }, { url: two.url }],
    };
    let appended = 1;
    const writing = (async () => {
      while (appended < 60) {
        appended++;
        await append(samples('m', [appended * 1_000, appended]));
      }
    })();
    await (await send.prepare(configOf(changed))).commit();
    await writing;
    one.answer = () => ({ status: 204 });
    await append(samples('m', [99_000, 99]));
    await eventually(() => {
      expect(new Set(one.stored.map((row) => row.replace(',site=x', '')))).toHaveProperty('size', 61);
      expect(two.stored).toContain('{__name__=m,job=a,site=x} @99000 = 99');
    });
    expect(two.stored).not.toContain('{__name__=m,job=a,site=x} @1000 = 1');
    await (await send.prepare(configOf({ ...setup, remotes: [] }))).commit();
    await append(samples('m', [100_000, 100]));
    expect(await metric('prometheus_remote_storage_samples_total')).toEqual([]);
    expect(readdirSync(join(folder, 'positions'))).toEqual([]);
    await (await send.prepare(configOf(setup))).commit();
    await append(samples('m', [101_000, 101]));
    await eventually(() => expect(one.stored.at(-1)).toBe('{__name__=m,job=a} @101000 = 101'));
    expect(one.stored.join()).not.toContain('@100000');
  });

  it('drops the oldest above the bound, counts it and says so', async () => {
    const remote = await receiver();
    remote.answer = () => ({ status: 503 });
    const { append, log, metric } = await open({
      folder: temporaryFolder(),
      spool: { size_max: '1MB' },
      remotes: [{ url: remote.url, queue_config: { ...QUICK, capacity: 100, max_samples_per_send: 100 } }],
    });
    let value = 0;
    for (let i = 0; i < 60; i++) {
      const rows = Array.from({ length: 5_000 }, (): [number, number] => [++value, Math.sqrt(value)]);
      await append(samples('m', ...rows));
    }
    await eventually(() => expect(log.join()).toMatch(/spool is full and the oldest rows/));
    remote.answer = () => ({ status: 204 });
    await eventually(() => expect(remote.stored.at(-1)).toContain(`@${value} `), { timeoutMs: 60_000 });
    const dropped = Number(
      /"spool_full"\} (\d+)/.exec((await metric('prometheus_remote_storage_samples_dropped_total')).join())?.[1],
    );
    expect(dropped).toBeGreaterThan(10_000);
    expect(remote.stored.length + dropped).toBe(value);
    expect(Number((await metric('vedette_remote_write_spool_bytes '))[0]?.split(' ')[1])).toBeLessThan(
      1.3 * 1024 * 1024,
    );
  });

  it('leaves out samples older than sample_age_limit, also while it repeats', async () => {
    const remote = await receiver();
    const { append, metric } = await open({
      folder: temporaryFolder(),
      remotes: [{ url: remote.url, queue_config: { ...QUICK, sample_age_limit: '1h' } }],
    });
    const nowMs = Date.now();
    await append(samples('m', [nowMs - 7_200_000, 1], [nowMs, 2]));
    await eventually(() => expect(remote.stored).toEqual([`{__name__=m,job=a} @${nowMs} = 2`]));
    expect((await metric('prometheus_remote_storage_samples_dropped_total')).join()).toMatch(/reason="too_old"\} 1/);
  });

  it('with several shards the samples of a series keep their order', async () => {
    const remote = await receiver();
    const { append } = await open({
      folder: temporaryFolder(),
      remotes: [{ url: remote.url, queue_config: { ...QUICK, min_shards: 4, max_samples_per_send: 10 } }],
    });
    for (let i = 0; i < 20; i++) {
      const names = Array.from({ length: 50 }, (_, n) => `m${n}`);
      await append({
        series: names.map((name) => Labels.fromObject({ __name__: name })),
        seriesIndex: Uint32Array.from(names, (_, n) => n),
        timestampMs: new Float64Array(names.length).fill(i),
        value: new Float64Array(names.length).fill(i),
      });
    }
    await eventually(() => expect(remote.stored).toHaveLength(1_000));
    for (let n = 0; n < 50; n++) {
      const own = remote.stored.filter((row) => row.startsWith(`{__name__=m${n}}`));
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `{__name__=m${n}} @${i} = ${i}`));
    }
  });

  it('sends metadata to a 1.0 remote at its interval', async () => {
    const remote = await receiver();
    const { metric } = await open({
      folder: temporaryFolder(),
      metadata: [
        { name: 'a', type: 'gauge', help: 'A.', unit: 's' },
        { name: 'b', type: 'counter', help: 'B.', unit: '' },
      ],
      remotes: [{ url: remote.url, metadata_config: { send_interval: '100ms', max_samples_per_send: 1 } }],
    });
    await eventually(() => expect(remote.requests.length).toBeGreaterThanOrEqual(2));
    expect(remote.requests.slice(0, 2).flatMap(({ metadata }) => metadata)).toEqual([
      'a: gauge A. s',
      'b: counter B. ',
    ]);
    await eventually(async () =>
      expect((await metric('prometheus_remote_storage_metadata_total')).join()).not.toMatch(/\} 0$/),
    );
  });

  it('a stop does not wait for a remote that hangs, and nothing is lost', async () => {
    const folder = temporaryFolder();
    const remote = await receiver();
    remote.answer = () => undefined;
    const setup: Setup = { folder, remotes: [{ url: remote.url }] };
    const first = await open(setup);
    await first.append(samples('m', [1_000, 1]), 'queued');
    const startedMs = performance.now();
    await first.stop();
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    remote.answer = () => ({ status: 204 });
    await open(setup);
    await eventually(() => expect(remote.stored).toEqual(['{__name__=m,job=a} @1000 = 1']));
  });

  it('an address without http:// is kept for, not lost, and named in the log', async () => {
    const { append, log } = await open({ folder: temporaryFolder(), remotes: [{ url: 'localhost:9090' }] });
    await append(samples('m', [1_000, 1]));
    await eventually(() => expect(log.join()).toMatch(/has no http:\/\/ or https:\/\//));
  });

  it('round_robin_dns asks by address and names the host', async () => {
    const remote = await receiver();
    const url = remote.url.replace('127.0.0.1', 'localhost');
    const { append } = await open({ folder: temporaryFolder(), remotes: [{ url, round_robin_dns: true }] });
    await append(samples('m', [1_000, 1]));
    await eventually(() => expect(remote.stored).toHaveLength(1));
    expect(remote.requests.at(-1)?.headers.host).toBe(new URL(url).host);
  });
});

const SILENT = {
  'x-prometheus-remote-write-samples-written': '',
  'x-prometheus-remote-write-histograms-written': '',
  'x-prometheus-remote-write-exemplars-written': '',
};
