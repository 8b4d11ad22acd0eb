/** Scraping from end to end in one process: real HTTP targets, a virtual clock, a sink that records. */
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NativeHistogram } from '@vedette/wire/histogram';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { checkSource, readYaml } from '../../src/base/yaml-source.ts';
import { parseSelector } from '../../src/metrics/query/index.ts';
import {
  type CollectorTarget,
  type MetricsReceive,
  openMetricsReceive,
  receiveSections,
  remoteWriteSchema,
  resolveReceive,
} from '../../src/metrics/receive/index.ts';
import type { SampleSink, SeriesLimitHit } from '../../src/model/ports.ts';
import { HIGH_WORD, LOW_WORD, isStaleBits } from '../../src/model/stale.ts';

export class RecordingSink implements SampleSink {
  readonly rows: { readonly series: string; readonly at: number; readonly value: number | 'stale' }[] = [];
  readonly metadata: unknown[] = [];
  readonly histograms: {
    readonly series: string;
    readonly at: number;
    readonly start: number;
    readonly value: NativeHistogram;
  }[] = [];
  readonly exemplars: {
    readonly series: string;
    readonly labels: Record<string, string>;
    readonly at: number;
    readonly value: number;
  }[] = [];
  /** Start times of float rows that have one. */
  readonly starts: { readonly series: string; readonly at: number; readonly start: number }[] = [];
  /** Rows of each batch. */
  readonly batches: number[] = [];
  fault: Error | undefined;
  /** What every answer says of the limit of series. */
  seriesLimit: SeriesLimitHit | undefined;

  async append(batch: Parameters<SampleSink['append']>[0]): Promise<Awaited<ReturnType<SampleSink['append']>>> {
    if (this.fault) throw this.fault;
    const bits = new Uint32Array(batch.value.buffer, batch.value.byteOffset, batch.value.length * 2);
    for (let i = 0; i < batch.seriesIndex.length; i++) {
      const stale = isStaleBits(bits[2 * i + HIGH_WORD] as number, bits[2 * i + LOW_WORD] as number);
      const series = batch.series[batch.seriesIndex[i] as number]?.toString() ?? '';
      this.rows.push({
        series,
        at: batch.timestampMs[i] as number,
        value: stale ? 'stale' : (batch.value[i] as number),
      });
    }
    const nameOf = (index: number): string => batch.series[index]?.toString() ?? '';
    for (const [i, start] of (batch.startTimestampMs ?? []).entries())
      if (start !== 0)
        this.starts.push({
          series: nameOf(batch.seriesIndex[i] as number),
          at: batch.timestampMs[i] as number,
          start,
        });
    const { histograms } = batch;
    for (const [i, value] of (histograms?.value ?? []).entries()) {
      this.histograms.push({
        series: nameOf(histograms?.seriesIndex[i] as number),
        at: histograms?.timestampMs[i] as number,
        start: histograms?.startTimestampMs?.[i] ?? 0,
        value,
      });
    }
    for (const { seriesIndex, labels, timestampMs, value } of batch.exemplars ?? [])
      this.exemplars.push({ series: nameOf(seriesIndex), labels: labels.toObject(), at: timestampMs, value });
    this.batches.push(batch.seriesIndex.length);
    this.metadata.push(...(batch.metadata ?? []));
    const limit = this.seriesLimit ? { seriesLimit: this.seriesLimit } : {};
    return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0, ...limit };
  }

  /** Values of a metric in order of arrival. */
  of(name: string): (number | 'stale')[] {
    return this.rows.filter((row) => row.series.startsWith(`${name}{`)).map((row) => row.value);
  }
}

const cleanups: (() => Promise<void>)[] = [];
/** Ends what a test started; for afterEach. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** Runs at the end of the test. */
export function later(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

export async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function configOf(yaml: string): ReturnType<typeof resolveReceive> {
  const [source] = readYaml(yaml, '/etc/vedette/vedette.yaml');
  if (!source) throw new Error('no document');
  return resolveReceive(checkSource(source, receiveSections), '/etc/vedette/vedette.yaml');
}

export const poolFor = (address: string, extra = ''): string => `
scrape_configs:
  - job_name: cams
    scrape_interval: 10s
    static_configs:
      - targets: ['${address}']
        labels: { site: north }
${extra}`;

export interface Running {
  readonly sink: RecordingSink;
  readonly clock: VirtualClock;
  readonly receive: MetricsReceive;
  /** Moves one scrape interval on and waits until the scrapes in it have ended. */
  interval(): Promise<void>;
  target(): Promise<Record<string, string>>;
}

export async function run(yaml: string, collectors: readonly CollectorTarget[] = []): Promise<Running> {
  const sink = new RecordingSink();
  const clock = new VirtualClock();
  const receive = openMetricsReceive(
    { sink, clock, logger: silentLogger, registry: new Registry() },
    {
      config: configOf(yaml),
      version: '1.2.3',
      remoteWrite: remoteWriteSchema.parse(undefined),
      collectors,
      parseSelector,
    },
  );
  await receive.start();
  cleanups.push(() => receive.stop(AbortSignal.timeout(1_000)));
  const upCount = (): number => sink.rows.filter((row) => row.series.startsWith('up{')).length;
  return {
    sink,
    clock,
    receive,
    interval: async () => {
      const before = upCount();
      await clock.advance(10_000);
      const until = performance.now() + 3_000;
      while (upCount() === before && sink.fault === undefined && performance.now() < until) await nextTurn();
      await clock.settle();
    },
    target: async () => (await targetsOf(receive)).activeTargets[0] ?? {},
  };
}

/** What a route of the receiver answers. */
export async function ask(receive: MetricsReceive, path: string): Promise<{ status: number; json: unknown }> {
  const app = fastify();
  for (const plugin of receive.plugins) await app.register(plugin);
  const answer = await app.inject(path);
  await app.close();
  return { status: answer.statusCode, json: answer.json() };
}

export async function targetsOf(
  receive: MetricsReceive,
  query = '',
): Promise<{ activeTargets: Record<string, string>[]; droppedTargets: unknown[] }> {
  const { json } = await ask(receive, `/api/v1/targets${query}`);
  return (json as { data: { activeTargets: Record<string, string>[]; droppedTargets: unknown[] } }).data;
}

export const text = 'text/plain; version=0.0.4';
export const page =
  (body: () => string | Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': text, ...headers });
    response.end(body());
  };
