import { type EncodedSeries, encodeWriteRequest } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../../../base/errors.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { AppendOptions, AppendResult, SampleSink } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { type RemoteWriteConfig, remoteWritePlugin, remoteWriteSchema } from './index.ts';

interface Server {
  readonly app: FastifyInstance;
  readonly batches: SampleBatch[];
  readonly options: (AppendOptions | undefined)[];
  readonly registry: Registry;
  post(
    body: Uint8Array,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string; headers: Record<string, unknown> }>;
}

async function open(
  limits: Partial<RemoteWriteConfig> = {},
  answer?: (batch: SampleBatch) => Promise<AppendResult>,
): Promise<Server> {
  const batches: SampleBatch[] = [];
  const options: (AppendOptions | undefined)[] = [];
  const sink: SampleSink = {
    append: async (batch, given) => {
      batches.push(batch);
      options.push(given);
      return answer ? answer(batch) : { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
    },
  };
  const registry = new Registry();
  const app = fastify();
  await app.register(
    remoteWritePlugin({ sink, logger: silentLogger, registry }, { ...remoteWriteSchema.parse(undefined), ...limits }),
  );
  return {
    app,
    batches,
    options,
    registry,
    post: async (body, headers = {}) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/write',
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', ...headers },
        payload: Buffer.from(body),
      });
      return { status: response.statusCode, text: response.body, headers: response.headers };
    },
  };
}

const one = (labelPairs: string[], value = Float64Array.of(1)): EncodedSeries => ({
  labelPairs,
  timestampMs: Array.from(value, (_, i) => 1_000 + i),
  value,
});
const request = (...series: EncodedSeries[]): Uint8Array => compressSnappy(encodeWriteRequest(series));
const valid = request(one(['__name__', 'a', 'x', '1']));

describe('POST /api/v1/write', () => {
  it('answers 204 once the samples are durable, their bits untouched', async () => {
    const server = await open();
    const stale = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer);
    expect(
      await server.post(request(one(['__name__', 'a', 'x', '1'], stale), one(['x', '1', '__name__', 'b']))),
    ).toMatchObject({ status: 204, text: '' });
    const [batch] = server.batches;
    expect(server.options).toEqual([{ acknowledge: 'durable' }]);
    expect(batch?.series.map(String)).toEqual(['a{x="1"}', 'b{x="1"}']);
    expect(new BigUint64Array(batch?.value.buffer ?? new ArrayBuffer(0))[0]).toBe(0x7ff0000000000002n);
  });

  it('gives a series that comes again the same label set', async () => {
    const server = await open();
    await server.post(valid);
    await server.post(valid);
    expect(server.batches[0]?.series[0]).toBe(server.batches[1]?.series[0]);
  });

  it('passes metadata on', async () => {
    const server = await open();
    const metadata = [{ name: 'a', type: 'counter' as const, help: 'h', unit: '' }];
    await server.post(compressSnappy(encodeWriteRequest([], metadata)));
    expect(server.batches[0]?.metadata).toEqual(metadata);
  });

  it('splits a large request into slices', async () => {
    const server = await open();
    await server.post(
      request(...Array.from({ length: 45 }, (_, i) => one(['__name__', `a${i}`], new Float64Array(1_000)))),
    );
    expect(server.batches.map((batch) => batch.seriesIndex.length)).toEqual([20_000, 20_000, 5_000]);
  });

  it.each<[name: string, body: Uint8Array, headers: Record<string, string>, status: number, text: RegExp]>([
    ['another content type', valid, { 'content-type': 'application/json' }, 415, /send application\/x-protobuf/],
    [
      'an unknown message',
      valid,
      { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v9.Request' },
      415,
      /"io\.prometheus\.write\.v9\.Request" is not accepted; .*prometheus\.WriteRequest or io\.prometheus\.write\.v2\.Request/,
    ],
    [
      'a 1.0 message that says it is 2.0',
      valid,
      { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' },
      400,
      /is a prometheus\.WriteRequest/,
    ],
    ['another encoding', valid, { 'content-encoding': 'gzip' }, 415, /snappy/],
    ['no snappy', Uint8Array.of(255, 255, 255, 255, 255, 255), {}, 400, /Snappy/],
    ['no protobuf', compressSnappy(Buffer.from('{"a":1}')), {}, 400, /WriteRequest|protobuf|ten bytes/],
    ['an empty body', new Uint8Array(), {}, 400, /Snappy length/],
    ['a body over the limit', new Uint8Array(2_000), {}, 413, /larger than 1000 bytes/],
    [
      'a body that expands over the limit',
      compressSnappy(new Uint8Array(6_000)),
      {},
      413,
      /more than the limit of 5000/,
    ],
  ])('refuses %s', async (_name, body, headers, status, text) => {
    const server = await open({ body_size_max: 1_000, decoded_size_max: 5_000 });
    const answer = await server.post(body, headers);
    expect(answer).toMatchObject({ status, text: expect.stringMatching(text) as string });
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(server.batches).toEqual([]);
  });

  it('stores what is good and names what is not', async () => {
    const server = await open();
    const answer = await server.post(
      request(one(['__name__', 'a']), one(['x', '1']), one(['__name__', 'b', 'x', '1', 'x', '2'])),
    );
    expect(answer).toMatchObject({
      status: 400,
      text: expect.stringMatching(
        /^1 of 3 samples stored; refused for good: 2 × label name "x" is not unique/,
      ) as string,
    });
    expect(server.batches[0]?.seriesIndex).toEqual(Uint32Array.of(0));
  });

  it('400 for samples the store refuses, 204 for those it has already', async () => {
    const refusing = await open({}, async (batch) => ({
      accepted: 0,
      rejected: [{ row: 0, reason: 'too-old' }],
      rejectedCount: batch.seriesIndex.length,
    }));
    expect(await refusing.post(valid)).toMatchObject({
      status: 400,
      text: '0 of 1 samples stored; refused for good: 1 × older than what is kept\n',
    });
    const repeated = await open({}, async () => ({
      accepted: 0,
      rejected: [{ row: 0, reason: 'duplicate' }],
      rejectedCount: 1,
    }));
    expect(await repeated.post(valid)).toMatchObject({ status: 204 });
  });

  it('503 with Retry-After when the store is overloaded, 500 without details for what nobody expected', async () => {
    const full = await open({}, () => Promise.reject(new VedetteError('INGEST_OVERLOADED', 'the write queue is full')));
    expect(await full.post(valid)).toMatchObject({
      status: 503,
      text: 'the write queue is full\n',
      headers: { 'retry-after': '5' },
    });
    const broken = await open({}, () => Promise.reject(new Error('secret detail')));
    expect(await broken.post(valid)).toMatchObject({
      status: 500,
      text: expect.not.stringContaining('secret') as string,
    });
  });

  it('bounds the bytes of requests in progress and gives them back', async () => {
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await open({ in_flight_size_max: 150 }, async (batch) => {
      await waiting;
      return { accepted: batch.seriesIndex.length, rejected: [], rejectedCount: 0 };
    });
    const first = server.post(valid);
    while (server.batches.length === 0) await new Promise(setImmediate);
    const refused = await server.post(request(one(['__name__', 'a'.repeat(200)])));
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    release();
    expect((await first).status).toBe(204);
    expect((await server.post(valid)).status).toBe(204);
    expect(await server.registry.metrics()).toContain('vedette_remote_write_in_flight_bytes 0');
  });
});
