import fc from 'fast-check';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { ProtobufReader, ProtobufWriter } from '@vedette/wire/remote-write';
import { crc32c } from '@vedette/wire/remote-read';
import { compressSnappy, decompressSnappy } from '@vedette/wire/snappy';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { MetadataSource } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { metricsApi } from './index.ts';

class Store extends MemorySelector implements MetadataSource {
  metadata(): ReturnType<MetadataSource['metadata']> {
    return new Map();
  }
}

const SAMPLES = 0;
const STREAMED = 1;
const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function serve(samplesMax?: number): Promise<FastifyInstance> {
  const store = new Store();
  for (let i = 0; i < 300; i++) {
    store.add(Labels.fromObject({ __name__: 'b', x: '1' }), i * 1_000, i);
    store.add(Labels.fromObject({ __name__: 'a', x: '2', site: 'own' }), i * 1_000, -i);
  }
  const clock = new VirtualClock(300_000);
  const app = fastify();
  apps.push(app);
  await app.register(
    metricsApi({
      engine: openQueryEngine({ selector: store, clock }),
      store,
      clock,
      externalLabels: () => ({ site: 'north', zone: 'z' }),
      ...(samplesMax === undefined ? {} : { limits: { samplesMax } }),
    }),
  );
  return app;
}

type Matcher = readonly [type: number, name: string, value: string];

function request(queries: readonly (readonly Matcher[])[], accepted: readonly number[]): Buffer {
  const writer = new ProtobufWriter();
  for (const matchers of queries) {
    writer.message(1, () => {
      writer.int64(1, 10_000);
      writer.int64(2, 290_000);
      for (const [type, name, value] of matchers) {
        writer.message(3, () => {
          if (type !== 0) writer.int64(1, type);
          writer.text(2, name);
          writer.text(3, value);
        });
      }
    });
  }
  for (const type of accepted) writer.int64(2, type);
  return Buffer.from(compressSnappy(writer.bytes()));
}

async function post(app: FastifyInstance, payload: Buffer): Promise<Awaited<ReturnType<FastifyInstance['inject']>>> {
  return app.inject({
    method: 'POST',
    url: '/api/v1/read',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    payload,
  });
}

interface Message {
  readonly fields: Map<number, (number | Uint8Array)[]>;
}

/** Any message, its fields by number. */
function parse(bytes: Uint8Array): Message {
  const reader = new ProtobufReader(bytes);
  const fields: Message['fields'] = new Map();
  while (reader.at < bytes.length) {
    const tag = reader.varint(bytes.length);
    const field = tag >> 3;
    let value: number | Uint8Array;
    if ((tag & 7) === 2) {
      const end = reader.lengthDelimited(bytes.length);
      value = bytes.subarray(reader.at, end);
      reader.at = end;
    } else if ((tag & 7) === 1) value = reader.double(bytes.length);
    else value = reader.int64(bytes.length);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return { fields };
}

const messages = (message: Message, field: number): Message[] =>
  (message.fields.get(field) ?? []).map((bytes) => parse(bytes as Uint8Array));
const text = (message: Message, field: number): string =>
  Buffer.from((message.fields.get(field)?.[0] as Uint8Array | undefined) ?? new Uint8Array()).toString();
const number = (message: Message, field: number): number => (message.fields.get(field)?.[0] as number | undefined) ?? 0;
const labels = (series: Message): string =>
  messages(series, 1)
    .map((label) => `${text(label, 1)}=${text(label, 2)}`)
    .join(' ');

describe('remote-read', () => {
  it('gives samples with external labels, a result for each query', async () => {
    const app = await serve();
    const answer = await post(app, request([[[0, '__name__', 'b']], [[0, '__name__', 'none']]], []));
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['content-encoding']]).toEqual([
      200,
      'application/x-protobuf',
      'snappy',
    ]);
    const [first, second] = messages(parse(decompressSnappy(answer.rawPayload, 1_000_000)), 1);
    const [series, ...others] = messages(first as Message, 1);
    expect([others, messages(second as Message, 1)]).toEqual([[], []]);
    expect(labels(series as Message)).toBe('__name__=b site=north x=1 zone=z');
    const samples = messages(series as Message, 2).map((sample) => [number(sample, 1), number(sample, 2)]);
    expect(samples).toHaveLength(281);
    expect([samples[0], samples.at(-1)]).toEqual([
      [10, 10_000],
      [290, 290_000],
    ]);
  });

  it('streams chunks in frames with checksums, series sorted, at most 120 samples a chunk', async () => {
    const app = await serve();
    const answer = await post(app, request([[[0, 'x', 'no']], [[2, '__name__', 'a|b']]], [7, STREAMED, SAMPLES]));
    expect(answer.headers['content-type']).toBe(
      'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
    );
    const bytes = answer.rawPayload;
    const found: unknown[] = [];
    for (let at = 0; at < bytes.length;) {
      const reader = new ProtobufReader(bytes, at);
      const length = reader.varint(bytes.length);
      const content = bytes.subarray(reader.at + 4, reader.at + 4 + length);
      expect(bytes.readUInt32BE(reader.at)).toBe(crc32c(content));
      at = reader.at + 4 + length;
      const frame = parse(content);
      expect(number(frame, 2)).toBe(1);
      for (const series of messages(frame, 1)) {
        const chunks = messages(series, 2).map((chunk) => [number(chunk, 1), number(chunk, 2), number(chunk, 3)]);
        found.push([labels(series), chunks]);
      }
    }
    const chunks = [
      [10_000, 129_000, 1],
      [130_000, 249_000, 1],
      [250_000, 290_000, 1],
    ];
    expect(found).toEqual([
      ['__name__=a site=own x=2 zone=z', chunks],
      ['__name__=b site=north x=1 zone=z', chunks],
    ]);
  });

  it('takes a matcher on an external label as one for series without it', async () => {
    const app = await serve();
    const series = async (matchers: readonly Matcher[]): Promise<string[]> => {
      const answer = await post(app, request([matchers], []));
      return messages(parse(decompressSnappy(answer.rawPayload, 1_000_000)), 1).flatMap((result) =>
        messages(result, 1).map(labels),
      );
    };
    expect(await series([[0, 'site', 'north']])).toEqual(['__name__=b site=north x=1 zone=z']);
    expect(await series([[0, 'site', 'south']])).toEqual([]);
  });

  it.each<[name: string, payload: Buffer, status: number, words: RegExp]>([
    ['types that are not served', request([[[0, 'a', 'b']]], [9]), 400, /response types/],
    ['no snappy', Buffer.from([255, 255, 255, 255, 255, 255]), 400, /Snappy/],
    ['no protobuf', Buffer.from(compressSnappy(Buffer.from('{"queries":[]}'))), 400, /ReadRequest/],
    ['a wrong pattern', request([[[2, 'a', '(']]], []), 400, /regexp/],
    ['a body over the limit', Buffer.alloc(2_000_000), 413, /too large/i],
    [
      'a body that expands over the limit',
      Buffer.from(compressSnappy(new Uint8Array(5_000_000))),
      400,
      /more than the limit/,
    ],
  ])('refuses %s in plain words', async (_name, payload, status, words) => {
    const answer = await post(await serve(), payload);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(answer.body).toMatch(words);
  });

  it('refuses more samples than the limit', async () => {
    const answer = await post(await serve(100), request([[[2, '__name__', '.+']]], [STREAMED]));
    expect([answer.statusCode, answer.body]).toEqual([422, expect.stringMatching(/too many samples/) as string]);
  });

  it('survives any body', async () => {
    const app = await serve();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, compressed) => {
        const answer = await post(app, Buffer.from(compressed ? compressSnappy(bytes) : bytes));
        expect([200, 400, 422]).toContain(answer.statusCode);
      }),
      { numRuns: 200 },
    );
  });
});
