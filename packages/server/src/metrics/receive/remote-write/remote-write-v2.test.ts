import type { NativeHistogram } from '@vedette/wire/histogram';
import { type EncodedSeries, encodeRequestV2, encodeWriteRequest } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import fastify from 'fastify';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../../../base/errors.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { AppendResult } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { type RemoteWriteConfig, remoteWritePlugin, remoteWriteSchema } from './index.ts';

const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';

interface Server {
  readonly batches: SampleBatch[];
  post(body: Uint8Array, type?: string): Promise<{ status: number; text: string; written: (string | undefined)[] }>;
}

async function open(
  answer: (batch: SampleBatch) => AppendResult = stored,
  limits: Partial<RemoteWriteConfig> = {},
): Promise<Server> {
  const batches: SampleBatch[] = [];
  const app = fastify();
  const sink = {
    append: async (batch: SampleBatch) => {
      batches.push(batch);
      return answer(batch);
    },
  };
  await app.register(
    remoteWritePlugin(
      { sink, logger: silentLogger, registry: new Registry() },
      { ...remoteWriteSchema.parse(undefined), ...limits },
    ),
  );
  return {
    batches,
    post: async (body, type = V2) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/write',
        headers: { 'content-type': type, 'content-encoding': 'snappy' },
        payload: Buffer.from(body),
      });
      const written = ['samples', 'histograms', 'exemplars'].map(
        (kind) => response.headers[`x-prometheus-remote-write-${kind}-written`] as string | undefined,
      );
      return { status: response.statusCode, text: response.body, written };
    },
  };
}

function stored(batch: SampleBatch): AppendResult {
  const histograms = batch.histograms?.value.length ?? 0;
  return {
    accepted: batch.seriesIndex.length + histograms,
    acceptedHistograms: histograms,
    acceptedExemplars: batch.exemplars?.length ?? 0,
    rejected: [],
    rejectedCount: 0,
  };
}

const histogram: NativeHistogram = {
  schema: 0,
  counterResetHint: 'unknown',
  zeroThreshold: 0,
  zeroCount: 0,
  count: 1,
  sum: 1,
  positiveSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: Float64Array.of(1),
  negativeSpans: [],
  negativeBuckets: new Float64Array(),
  customValues: new Float64Array(),
};
const one = (labelPairs: string[], rest: Partial<EncodedSeries> = {}): EncodedSeries => ({
  labelPairs,
  timestampMs: [1_000],
  value: Float64Array.of(1),
  ...rest,
});
const v2 = (...series: EncodedSeries[]): Uint8Array => compressSnappy(encodeRequestV2(series));
/** A 2.0 message written by hand: symbols, then one series of these fields. */
const raw = (symbols: readonly string[], ...fields: number[]): Uint8Array =>
  compressSnappy(
    Uint8Array.from([
      ...symbols.flatMap((text) => [0x22, text.length, ...Buffer.from(text)]),
      0x2a,
      fields.length,
      ...fields,
    ]),
  );
const SAMPLE = [0x12, 2, 0x10, 5];

describe('POST /api/v1/write, remote-write 2.0', () => {
  it('stores samples, start times, histograms, exemplars and metadata, and says how many of each', async () => {
    const server = await open();
    const answer = await server.post(
      v2(
        one(['__name__', 'requests_total', 'job', 'a'], {
          startTimestampMs: [500],
          exemplars: [{ labelPairs: ['trace_id', 'x'], timestampMs: 900, value: 0.5 }],
          metadata: { type: 'counter', help: 'Requests.', unit: '' },
        }),
        one(['__name__', 'latency_bucket', 'le', '1'], { metadata: { type: 'histogram', help: 'L.', unit: 's' } }),
        one(['__name__', 'native'], {
          timestampMs: [],
          value: new Float64Array(),
          histograms: [{ timestampMs: 2_000, startTimestampMs: 700, value: histogram }],
        }),
      ),
    );
    expect(answer).toEqual({ status: 204, text: '', written: ['2', '1', '1'] });
    const [batch] = server.batches;
    expect(batch?.series.map(String)).toEqual(['requests_total{job="a"}', 'latency_bucket{le="1"}', 'native']);
    expect(batch?.startTimestampMs).toEqual(Float64Array.of(500, 0));
    expect(batch?.histograms).toMatchObject({
      seriesIndex: Uint32Array.of(2),
      timestampMs: Float64Array.of(2_000),
      startTimestampMs: Float64Array.of(700),
      value: [histogram],
    });
    expect(batch?.exemplars?.map(({ labels, ...rest }) => ({ ...rest, labels: labels.toObject() }))).toEqual([
      { seriesIndex: 0, labels: { trace_id: 'x' }, timestampMs: 900, value: 0.5 },
    ]);
    expect(batch?.metadata).toEqual([
      { name: 'requests_total', type: 'counter', help: 'Requests.', unit: '' },
      { name: 'latency', type: 'histogram', help: 'L.', unit: 's' },
    ]);
  });

  it('recognises a series although its symbols have other numbers in the next request', async () => {
    const server = await open();
    await server.post(v2(one(['__name__', 'a', 'x', '1']), one(['__name__', 'a', 'x', '2'])));
    await server.post(v2(one(['__name__', 'b']), one(['__name__', 'a', 'x', '2']), one(['__name__', 'a', 'x', '1'])));
    const [first, second] = server.batches;
    expect(second?.series[1]).toBe(first?.series[1]);
    expect(second?.series[2]).toBe(first?.series[0]);
    expect(second?.series.map(String)).toEqual(['b', 'a{x="2"}', 'a{x="1"}']);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['out of range', raw(['', '__name__', 'a'], 0x0a, 2, 1, 9, ...SAMPLE), /refers to symbol 9 and the request has 3/],
    ['odd', raw(['', '__name__', 'a'], 0x0a, 3, 1, 2, 1, ...SAMPLE), /3 label references, which are no pairs/],
    ['without a name', raw(['', '__name__', 'a'], 0x0a, 2, 0, 2, ...SAMPLE), /a label without a name/],
    ['a name twice', raw(['', '__name__', 'a'], 0x0a, 4, 1, 2, 1, 2, ...SAMPLE), /"__name__" is not unique/],
    ['no metric name', raw(['', 'job', 'a'], 0x0a, 2, 1, 2, ...SAMPLE), /no metric name/],
    ['an empty metric name', raw(['', '__name__'], 0x0a, 2, 1, 0, ...SAMPLE), /empty metric name/],
    [
      'metadata out of range',
      raw(['', '__name__', 'a'], 0x0a, 2, 1, 2, 0x2a, 4, 0x08, 1, 0x18, 9),
      /metadata refers to symbol 9/,
    ],
  ])('label references that are %s: 400, and the reason', async (_name, body, text) => {
    const server = await open();
    expect(await server.post(body)).toEqual({
      status: 400,
      text: expect.stringMatching(text) as string,
      written: ['0', '0', '0'],
    });
  });

  it('metadata or an exemplar alone is no fault', async () => {
    const server = await open();
    const nothing = { timestampMs: [], value: new Float64Array() };
    const metadata = one(['__name__', 'a'], { ...nothing, metadata: { type: 'gauge', help: 'h', unit: '' } });
    const exemplar = one(['__name__', 'a'], {
      ...nothing,
      exemplars: [{ labelPairs: [], timestampMs: 1, value: 1 }],
    });
    expect(await server.post(v2(metadata))).toMatchObject({ status: 204, written: ['0', '0', '0'] });
    expect(await server.post(v2(exemplar))).toMatchObject({ status: 204, written: ['0', '0', '1'] });
  });

  it('one bad series does not stop the others; the answer counts both', async () => {
    const server = await open();
    const answer = await server.post(
      v2(
        one(['__name__', 'a']),
        one(['job', 'x'], { histograms: [{ timestampMs: 1, value: histogram }] }),
        one(['__name__', 'b'], { histograms: [{ timestampMs: 1, value: histogram }] }),
      ),
    );
    expect(answer).toEqual({
      status: 400,
      text: expect.stringMatching(/^2 of 3 samples, 1 of 2 histograms stored; refused for good: 2 × a series has no/),
      written: ['2', '1', '0'],
    });
    expect(server.batches[0]?.series.map(String)).toEqual(['a', 'b']);
  });

  it('rows that the store had already count as written', async () => {
    const server = await open((batch) => ({
      accepted: 1,
      acceptedHistograms: 0,
      rejected: [
        { row: 1, reason: 'duplicate' },
        { row: batch.seriesIndex.length, reason: 'duplicate' },
      ],
      rejectedCount: 2,
    }));
    const both = one(['__name__', 'a'], { histograms: [{ timestampMs: 1, value: histogram }] });
    expect(await server.post(v2(one(['__name__', 'b']), both))).toEqual({
      status: 204,
      text: '',
      written: ['2', '1', '0'],
    });
  });

  it('503 and what was written before, when a later slice meets an overloaded store', async () => {
    let calls = 0;
    const server = await open((batch) => {
      if (++calls === 2) throw new VedetteError('INGEST_OVERLOADED', 'the write queue is full');
      return stored(batch);
    });
    const many = Array.from({ length: 30 }, (_, i) =>
      one(['__name__', `m${i}`], { timestampMs: new Float64Array(1_000), value: new Float64Array(1_000) }),
    );
    expect(await server.post(v2(...many))).toMatchObject({ status: 503, written: ['20000', '0', '0'] });
  });

  it('1.0 messages are answered without the headers of 2.0', async () => {
    const server = await open();
    for (const type of ['application/x-protobuf', 'application/x-protobuf;proto=prometheus.WriteRequest'])
      expect(await server.post(compressSnappy(encodeWriteRequest([one(['__name__', 'a'])])), type)).toEqual({
        status: 204,
        text: '',
        written: [undefined, undefined, undefined],
      });
  });

  it('takes only the messages that the configuration names', async () => {
    const server = await open(stored, { accepted_protobuf_messages: ['prometheus.WriteRequest'] });
    expect(await server.post(v2(one(['__name__', 'a'])))).toMatchObject({ status: 415 });
  });

  it('any references are refused or stored, never an accident', async () => {
    const server = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 4, unit: 'binary-ascii' }), { maxLength: 6 }),
        fc.array(fc.nat(9), { maxLength: 9 }),
        async (symbols, refs) => {
          const answer = await server.post(raw(symbols, 0x0a, refs.length, ...refs, ...SAMPLE));
          expect([204, 400]).toContain(answer.status);
        },
      ),
      { numRuns: 200 },
    );
  });
});
