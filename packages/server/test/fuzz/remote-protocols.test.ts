import { RemoteReadError, decodeReadRequest } from '@vedette/wire/remote-read';
import {
  type DecodedSamples,
  LABEL_REFS_MAX,
  ProtobufWriter,
  RemoteWriteError,
  RequestV2Decoder,
  WriteRequestDecoder,
  decodeLabelPairs,
  encodeRequestV2,
  encodeWriteRequest,
} from '@vedette/wire/remote-write';
import { SnappyDecompression, SnappyError, compressSnappy, decompressSnappy } from '@vedette/wire/snappy';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  RemoteWriteReceiver,
  type WriteMessage,
  WriteFailure,
} from '../../src/metrics/receive/remote-write/receiver.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import { fuzzBytes } from './fuzz.ts';
import { encodeFields, goodSeries, message, writeSeries } from './random-messages.ts';

const DECOMPRESSED_BYTES_MAX = 32 * 1024 * 1024;

/** Everything decoded, as texts. */
function decoded(
  decoder: { readonly done: boolean; next(rows: number, bytes?: number): DecodedSamples },
  rows: number,
) {
  const lines: string[] = [];
  do {
    const { length, seriesIndex, timestampMs, value, histograms, exemplars } = decoder.next(rows, rows * 10);
    for (let i = 0; i < length; i++) lines.push(`${seriesIndex[i]} ${timestampMs[i]} ${value[i]}`);
    for (const [i, one] of (histograms?.value ?? []).entries())
      lines.push(`${histograms?.seriesIndex[i]} ${JSON.stringify(one)}`);
    for (const one of exemplars ?? []) lines.push(JSON.stringify(one));
  } while (!decoder.done);
  return lines.sort();
}

function decodeV1(bytes: Uint8Array, rows: number): readonly string[] {
  const names: string[] = [];
  const decoder = new WriteRequestDecoder(bytes, (body, start, end) => {
    names.push(decodeLabelPairs(body, start, end).join('\0'));
    return names.length;
  });
  return [...decoded(decoder, rows), ...names];
}

function decodeV2(bytes: Uint8Array, rows: number): readonly string[] {
  const names: string[] = [];
  const decoder = new RequestV2Decoder(bytes, (symbols) => (refs, count) => {
    const known = [...refs.subarray(0, Math.min(count, LABEL_REFS_MAX))].filter((ref) => ref < symbols.count);
    names.push(known.map((ref) => symbols.text(ref)).join('\0'));
    return names.length;
  });
  return [...decoded(decoder, rows), ...names];
}

/** In one go and in slices the same; then into a store that takes everything. */
async function write(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, rows: number) => readonly string[],
  type: WriteMessage,
): Promise<void> {
  let refusal: unknown;
  try {
    const whole = decode(bytes, Infinity);
    expect(decode(bytes, 1).join('\n')).toBe(whole.join('\n'));
  } catch (error) {
    if (!(error instanceof RemoteWriteError)) throw error;
    refusal = error;
  }
  try {
    const hold = (): void => undefined;
    const { received, written } = await receiver.write(compressSnappy(bytes), DECOMPRESSED_BYTES_MAX, hold, type);
    expect(written.samples).toBeLessThanOrEqual(received.samples);
  } catch (error) {
    throw error instanceof WriteFailure ? error.cause : error;
  }
  if (refusal !== undefined) throw refusal;
}

const receiver = new RemoteWriteReceiver({
  append: async (batch: SampleBatch) => {
    const histograms = batch.histograms?.value.length ?? 0;
    for (const labels of batch.series) expect(labels.metricName).not.toBe('');
    return {
      accepted: batch.seriesIndex.length + histograms,
      acceptedHistograms: histograms,
      acceptedExemplars: batch.exemplars?.length ?? 0,
      rejected: [],
      rejectedCount: 0,
    };
  },
});

const refusesWrite = (error: unknown): boolean => error instanceof RemoteWriteError;

/** A varint and no more than that. */
const declared = (bytes: number): Uint8Array => {
  const writer = new ProtobufWriter();
  writer.varint(bytes);
  return writer.bytes();
};

const readRequest = (operator: number, value: string, queries = 1): Uint8Array =>
  encodeFields([
    ...Array.from({ length: queries }, () => ({
      field: 1,
      wire: 'bytes' as const,
      content: [
        { field: 1, wire: 'varint' as const, content: 1_700_000_000_000 },
        { field: 2, wire: 'varint' as const, content: 1_700_000_600_000 },
        {
          field: 3,
          wire: 'bytes' as const,
          content: [
            { field: 1, wire: 'varint' as const, content: operator },
            { field: 2, wire: 'bytes' as const, content: 'job' },
            { field: 3, wire: 'bytes' as const, content: value },
          ],
        },
      ],
    })),
    { field: 2, wire: 'varint', content: 1 },
  ]);

describe('remote protocols', () => {
  fuzzBytes({
    name: 'snappy blocks',
    valid: ['', 'a', 'abcabcabcabc'.repeat(50), 'x'.repeat(70_000), JSON.stringify(goodSeries)].map((text) =>
      compressSnappy(Buffer.from(text)),
    ),
    hostile: [
      ...[2 ** 31, 2 ** 32 - 1, 2 ** 34].map(declared),
      Buffer.concat([declared(30 * 1024 * 1024), Buffer.alloc(60_000, '\u00fe', 'latin1')]),
      // One byte, and copies of it: the most that so many bytes can grow to.
      Buffer.concat([
        declared(1 + 64 * 20_000),
        Buffer.from([0x00, 0x61]),
        ...Array.from({ length: 20_000 }, () => Buffer.from([0xfe, 0x01, 0x00])),
      ]),
    ],
    generated: fc.uint8Array({ maxLength: 300 }).map((bytes) => compressSnappy(bytes)),
    read: (bytes) => {
      const whole = decompressSnappy(bytes, DECOMPRESSED_BYTES_MAX);
      const slices = new SnappyDecompression(bytes, DECOMPRESSED_BYTES_MAX);
      while (!slices.advance(1_000));
      expect(Buffer.compare(whole, slices.output)).toBe(0);
      expect(Buffer.compare(decompressSnappy(compressSnappy(whole), whole.length), whole)).toBe(0);
    },
    refuses: (error) => error instanceof SnappyError,
  });

  const requests = writeSeries.map((series) => encodeWriteRequest(series));
  fuzzBytes({
    name: 'remote-write 1.0',
    valid: [encodeWriteRequest(goodSeries), encodeWriteRequest([])],
    hostile: [
      encodeFields(Array.from({ length: 15_000 }, () => ({ field: 1, wire: 'bytes', content: [] }))),
      encodeFields([
        {
          field: 1,
          wire: 'bytes',
          content: Array.from({ length: 8_000 }, (_, i) => ({
            field: i % 2 === 0 ? 1 : 2,
            wire: 'bytes' as const,
            content: '',
          })),
        },
      ]),
    ],
    generated: fc.oneof(requests, requests, message.map(encodeFields)),
    read: (bytes) => write(bytes, decodeV1, 'prometheus.WriteRequest'),
    refuses: refusesWrite,
  });

  const requestsV2 = writeSeries.map((series) => encodeRequestV2(series));
  fuzzBytes({
    name: 'remote-write 2.0',
    valid: [encodeRequestV2(goodSeries), encodeRequestV2([])],
    hostile: [
      encodeFields(Array.from({ length: 30_000 }, () => ({ field: 4, wire: 'bytes', content: '' }))),
      encodeFields([
        { field: 5, wire: 'bytes', content: [{ field: 1, wire: 'bytes', content: '\u0001'.repeat(60_000) }] },
      ]),
    ],
    generated: fc.oneof(requestsV2, requestsV2, message.map(encodeFields)),
    read: (bytes) => write(bytes, decodeV2, 'io.prometheus.write.v2.Request'),
    refuses: refusesWrite,
  });

  fuzzBytes({
    name: 'remote-read requests',
    valid: [readRequest(0, 'a'), readRequest(2, 'a|b.*'), readRequest(3, '[a-z]{3}', 3)],
    hostile: [readRequest(2, `${'(a*)*'.repeat(1_500)}b`), readRequest(2, 'x{1000}{1000}'), readRequest(0, 'a', 1_500)],
    generated: message.map(encodeFields),
    words: ['(a*)*', '[^a]', '{1000}', '\\p{L}', '(?i)', '|'],
    read: (bytes) => {
      for (const { matchers } of decodeReadRequest(bytes).queries)
        for (const { name, operator, value } of matchers) createMatcher(name, operator, value).matches('a'.repeat(50));
    },
    refuses: (error) => error instanceof RemoteReadError || isVedetteError(error),
  });
});
