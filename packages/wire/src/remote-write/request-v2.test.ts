import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram, histogramFault } from '../histogram/index.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import {
  type DecodedSamples,
  type EncodedSeries,
  RemoteWriteError,
  RequestV2Decoder,
  SYMBOLS_MAX,
  WriteRequestDecoder,
  decodeLabelPairs,
  encodeRequestV2,
  encodeWriteRequest,
} from './index.ts';

type Version = 'v1' | 'v2';

interface Decoded {
  /** Label pairs by series number. */
  readonly series: (readonly string[])[];
  readonly metadata: [type: number, help: string, unit: string][];
  readonly slices: DecodedSamples[];
}

function decode(version: Version, bytes: Uint8Array, rowsMin = 1e9): Decoded {
  const series: (readonly string[])[] = [];
  const metadata: Decoded['metadata'] = [];
  const decoder =
    version === 'v1'
      ? new WriteRequestDecoder(bytes, (from, start, end) => series.push(decodeLabelPairs(from, start, end)) - 1)
      : new RequestV2Decoder(bytes, (symbols) => (refs, count, type, help, unit) => {
          const valid = Array.from(refs.subarray(0, count)).filter((ref) => symbols.has(ref));
          if (type !== 0) metadata.push([type, symbols.text(help), symbols.text(unit)]);
          return series.push(valid.map((ref) => symbols.text(ref))) - 1;
        });
  const slices: DecodedSamples[] = [];
  while (!decoder.done) slices.push(decoder.next(rowsMin));
  return { series, metadata, slices };
}

/** Everything of a series as the test wrote it, from however many slices it came in. */
function gathered({ series, slices }: Decoded): unknown[] {
  const all = series.map((labelPairs) => ({
    labelPairs,
    samples: [] as [number, bigint, number][],
    histograms: [] as [number, number, NativeHistogram][],
    exemplars: [] as unknown[],
  }));
  for (const slice of slices) {
    const bits = new BigUint64Array(slice.value.buffer, slice.value.byteOffset, slice.length);
    for (let i = 0; i < slice.length; i++)
      all[slice.seriesIndex[i] as number]?.samples.push([
        slice.timestampMs[i] as number,
        bits[i] as bigint,
        slice.startTimestampMs?.[i] ?? 0,
      ]);
    for (const [i, value] of slice.histograms?.value.entries() ?? [])
      all[slice.histograms?.seriesIndex[i] as number]?.histograms.push([
        slice.histograms?.timestampMs[i] as number,
        slice.histograms?.startTimestampMs?.[i] ?? 0,
        value,
      ]);
    for (const { seriesIndex, ...rest } of slice.exemplars ?? []) all[seriesIndex]?.exemplars.push(rest);
  }
  return all;
}

const count = fc.integer({ min: 0, max: 1_000 });
const side = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.array(count, { minLength: 1, maxLength: 4 })), { maxLength: 3 })
  .map((parts) => ({
    spans: parts.map(([offset, counts]) => ({ offset, length: counts.length })),
    buckets: Float64Array.from(parts.flatMap(([, counts]) => counts)),
  }));
const exponential = fc
  .record({
    schema: fc.integer({ min: -4, max: 8 }),
    zeroCount: count,
    positive: side,
    negative: side,
    sum: fc.double(),
  })
  .map(({ schema, zeroCount, positive, negative, sum }): NativeHistogram => {
    const observed = [...positive.buckets, ...negative.buckets].reduce((all, one) => all + one, zeroCount);
    return {
      schema,
      counterResetHint: 'gauge',
      zeroThreshold: 0.001,
      zeroCount,
      count: observed,
      sum: Number.isNaN(sum) ? 1 : sum,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: new Float64Array(),
    };
  });
const custom: NativeHistogram = {
  schema: CUSTOM_BUCKETS_SCHEMA,
  counterResetHint: 'reset',
  zeroThreshold: 0,
  zeroCount: 0,
  count: 6,
  sum: 3.5,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: Float64Array.of(1, 2, 3),
  negativeSpans: [],
  negativeBuckets: new Float64Array(),
  customValues: Float64Array.of(0.1, 1),
};
const words = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 6 })
  .map((all) => all.slice(all.length % 2));
const time = fc.integer({ min: -1e13, max: 1e15 });
const anySeries = fc.record({
  labelPairs: words,
  samples: fc.array(fc.tuple(time, fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(1e9)), { maxLength: 4 }),
  histograms: fc.array(fc.tuple(time, fc.nat(1e9), fc.oneof(exponential, fc.constant(custom))), { maxLength: 2 }),
  exemplars: fc.array(fc.record({ labelPairs: words, timestampMs: time, value: fc.double({ noNaN: true }) }), {
    maxLength: 2,
  }),
});
type Series = typeof anySeries extends fc.Arbitrary<infer T> ? T : never;

function encodable(one: Series): EncodedSeries {
  return {
    labelPairs: one.labelPairs,
    timestampMs: one.samples.map(([at]) => at),
    value: new Float64Array(BigUint64Array.from(one.samples.map(([, bits]) => bits)).buffer),
    startTimestampMs: one.samples.map(([, , start]) => start),
    histograms: one.histograms.map(([timestampMs, startTimestampMs, value]) => ({
      timestampMs,
      startTimestampMs,
      value,
    })),
    exemplars: one.exemplars,
  };
}

describe.each<Version>(['v1', 'v2'])('remote-write %s', (version) => {
  const encode = version === 'v1' ? encodeWriteRequest : encodeRequestV2;

  it('gives back in any slicing what was encoded: samples, native histograms, exemplars and start times', () => {
    fc.assert(
      fc.property(fc.array(anySeries, { maxLength: 5 }), fc.integer({ min: 1, max: 6 }), (all, rowsMin) => {
        // A 1.0 series without rows has nothing to say and is not looked up; 1.0 has no start times.
        const expected =
          version === 'v2'
            ? all
            : all
                .filter((one) => one.samples.length + one.histograms.length + one.exemplars.length > 0)
                .map((one) => ({
                  ...one,
                  samples: one.samples.map(([at, bits]) => [at, bits, 0]),
                  histograms: one.histograms.map(([at, , value]) => [at, 0, value]),
                }));
        expect(gathered(decode(version, encode(all.map(encodable)), rowsMin))).toEqual(expected);
      }),
    );
  });

  it('any bytes decode or throw RemoteWriteError', () => {
    const valid = encode([
      {
        labelPairs: ['__name__', 'a'],
        timestampMs: [1],
        value: Float64Array.of(1),
        startTimestampMs: [1],
        histograms: [{ timestampMs: 5, value: custom }],
        exemplars: [{ labelPairs: ['trace_id', 'x'], timestampMs: 1, value: 2 }],
        metadata: { type: 'counter', help: 'h', unit: 's' },
      },
    ]);
    const damaged = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 3 }).map((changes) => {
      const copy = valid.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          damaged,
          fc.nat(valid.length).map((end) => valid.slice(0, end)),
        ),
        (bytes) => {
          try {
            for (const slice of decode(version, bytes).slices)
              for (const histogram of slice.histograms?.value ?? []) histogramFault(histogram);
          } catch (error) {
            if (!(error instanceof RemoteWriteError)) throw error;
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('refuses a million samples of one series in one request instead of growing with them', () => {
    const writer = new ProtobufWriter(3_000_000);
    const samples = new Uint8Array(2 * 1_000_001);
    for (let i = 0; i < samples.length; i += 2) samples[i] = 0x12;
    writer.message(version === 'v1' ? 1 : 5, () => writer.raw(samples));
    expect(() => decode(version, writer.bytes())).toThrow(/more than 1000000 samples/);
  });

  it('refuses more bucket numbers of one series than memory should hold', () => {
    const packed = new ProtobufWriter();
    packed.message(version === 'v1' ? 1 : 5, () =>
      packed.message(version === 'v1' ? 4 : 3, () => packed.message(12, () => packed.raw(new Uint8Array(4_000_001)))),
    );
    expect(() => decode(version, packed.bytes())).toThrow(/too many histogram buckets/);
  });
});

describe('histograms on the wire', () => {
  const read = (write: (writer: ProtobufWriter) => void): DecodedSamples => {
    const writer = new ProtobufWriter();
    writer.message(1, () => writer.message(4, () => write(writer)));
    return decode('v1', writer.bytes()).slices[0] as DecodedSamples;
  };

  it('integer counts and deltas become absolute counts, packed or not', () => {
    for (const packed of [true, false]) {
      const slice = read((writer) => {
        writer.int64(1, 11);
        writer.double(3, 18.4);
        writer.zigzag(4, 1);
        writer.double(5, 0.001);
        writer.int64(6, 2);
        writer.message(11, () => {
          writer.zigzag(1, -2);
          writer.int64(2, 3);
        });
        if (packed)
          writer.message(12, () => {
            for (const delta of [4, 1, 2]) writer.varint(delta);
          });
        else for (const delta of [2, -1, 1]) writer.zigzag(12, delta);
        writer.int64(15, 77);
      });
      expect(slice.histograms?.timestampMs).toEqual(Float64Array.of(77));
      const [histogram] = slice.histograms?.value ?? [];
      expect(histogram).toMatchObject({
        schema: 1,
        count: 11,
        zeroCount: 2,
        sum: 18.4,
        positiveSpans: [{ offset: -2, length: 3 }],
        positiveBuckets: Float64Array.of(2, 1, 2),
      });
    }
  });

  it('counts above 2^53 are rounded, not refused', () => {
    const writer = new ProtobufWriter();
    const ten = Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    writer.message(1, () => writer.message(4, () => writer.raw(ten)));
    expect(decode('v1', writer.bytes()).slices[0]?.histograms?.value[0]?.count).toBe(2 ** 64);
  });

  it('a histogram whose sum is the stale marker is a float row with the marker', () => {
    const slice = read((writer) => {
      writer.doubleBits(3, 2, 0x7ff00000);
      writer.int64(15, 9);
    });
    expect(slice.histograms).toBeUndefined();
    expect(new BigUint64Array(slice.value.buffer)[0]).toBe(0x7ff0000000000002n);
    expect(slice.timestampMs[0]).toBe(9);
  });

  it('a schema finer than what is stored is merged down', () => {
    const slice = read((writer) => {
      writer.double(2, 3);
      writer.zigzag(4, 10);
      writer.message(11, () => {
        writer.zigzag(1, 1);
        writer.int64(2, 2);
      });
      writer.message(13, () => {
        writer.fixedDouble(1);
        writer.fixedDouble(2);
      });
    });
    expect(slice.histograms?.value[0]).toMatchObject({ schema: 8, positiveBuckets: Float64Array.of(3) });
  });
});

describe('RequestV2Decoder', () => {
  it('decodes metadata of a series through its symbols', () => {
    const bytes = encodeRequestV2([
      {
        labelPairs: ['__name__', 'a'],
        timestampMs: [1],
        value: Float64Array.of(1),
        metadata: { type: 'counter', help: 'what', unit: 's' },
      },
    ]);
    expect(decode('v2', bytes).metadata).toEqual([[1, 'what', 's']]);
  });

  it('finds symbols that stand after the series', () => {
    const writer = new ProtobufWriter();
    writer.message(5, () => {
      writer.message(1, () => writer.raw(Uint8Array.of(1, 2)));
      writer.message(2, () => writer.int64(2, 5));
    });
    for (const text of ['', '__name__', 'late']) writer.string(4, text);
    expect(decode('v2', writer.bytes()).series).toEqual([['__name__', 'late']]);
  });

  it.each([
    ['out of range', [1, 9], /symbol 9 and the request has 2/],
    ['odd', [1], /1 label references, which are no pairs/],
  ])('exemplar references that are %s are a fault of the exemplar', (_name, refs, fault) => {
    const writer = new ProtobufWriter();
    for (const text of ['', 'a']) writer.string(4, text);
    writer.message(5, () => writer.message(4, () => writer.message(1, () => writer.raw(Uint8Array.from(refs)))));
    expect(decode('v2', writer.bytes()).slices.at(-1)?.exemplars?.[0]?.fault).toMatch(fault);
  });

  it('says so when the body is the other message', () => {
    const one: EncodedSeries = { labelPairs: ['__name__', 'a'], timestampMs: [1], value: Float64Array.of(1) };
    expect(() => decode('v2', encodeWriteRequest([one]))).toThrow(/is a prometheus\.WriteRequest/);
    expect(() => decode('v1', encodeRequestV2([one]))).toThrow(/is an io\.prometheus\.write\.v2\.Request/);
  });

  it('bounds the number of symbols', () => {
    const symbols = new Uint8Array(2 * (SYMBOLS_MAX + 1));
    for (let i = 0; i < symbols.length; i += 2) symbols[i] = 0x22;
    expect(() => decode('v2', symbols)).toThrow(/more than 1000000 symbols/);
  });
});
