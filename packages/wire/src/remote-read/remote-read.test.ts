import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CUSTOM_BUCKETS_SCHEMA, type NativeHistogram } from '../histogram/index.ts';
import { ProtobufWriter } from '../remote-write/index.ts';
import {
  READ_QUERIES_MAX,
  RemoteReadError,
  crc32c,
  decodeReadRequest,
  encodeFloatHistogramChunk,
  encodeXorChunk,
  sameLayout,
} from './index.ts';

/** Reads what the writer wrote, bit by bit and with big integers: slow and plain. */
class Bits {
  readonly #bits: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  }

  take(count: number): bigint {
    if (count === 0) return 0n;
    const text = this.#bits.slice(this.#at, this.#at + count);
    if (text.length < count) throw new Error('the chunk ends early');
    this.#at += count;
    return BigInt(`0b${text}`);
  }

  signed(count: number): bigint {
    const value = this.take(count);
    return value > 1n << BigInt(count - 1) ? value - (1n << BigInt(count)) : value;
  }

  ones(most: number): number {
    let count = 0;
    while (count < most && this.take(1) === 1n) count++;
    return count;
  }

  uvarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(8);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  }

  varint(): bigint {
    const value = this.uvarint();
    return (value >> 1n) ^ -(value & 1n);
  }

  varbit(signed: boolean): bigint {
    const size = [0, 3, 6, 9, 12, 18, 25, 56, 64][this.ones(8)] as number;
    if (size === 0) return 0n;
    if (!signed) return this.take(size);
    return size === 64 ? BigInt.asIntN(64, this.take(64)) : this.signed(size);
  }
}

class XorReader {
  value = 0n;
  #leading = 0;
  #trailing = 0;

  first(bits: Bits): bigint {
    return (this.value = bits.take(64));
  }

  next(bits: Bits): bigint {
    if (bits.take(1) === 0n) return this.value;
    if (bits.take(1) === 1n) {
      this.#leading = Number(bits.take(5));
      const significant = Number(bits.take(6)) || 64;
      this.#trailing = 64 - this.#leading - significant;
    }
    return (this.value ^= bits.take(64 - this.#leading - this.#trailing) << BigInt(this.#trailing));
  }
}

function decodeXor(bytes: Uint8Array): [timestampMs: number, valueBits: bigint][] {
  const bits = new Bits(bytes);
  const count = Number(bits.take(16));
  const column = new XorReader();
  const samples: [number, bigint][] = [];
  let at = 0n;
  let delta = 0n;
  for (let i = 0; i < count; i++) {
    if (i === 0) at = bits.varint();
    else if (i === 1) delta = bits.uvarint();
    else {
      const size = [0, 14, 17, 20, 64][bits.ones(4)] as number;
      delta += size === 0 ? 0n : size === 64 ? BigInt.asIntN(64, bits.take(64)) : bits.signed(size);
    }
    at += i === 0 ? 0n : delta;
    samples.push([Number(at), i === 0 ? column.first(bits) : column.next(bits)]);
  }
  return samples;
}

const bitsOf = (values: Float64Array): bigint[] => [
  ...new BigUint64Array(values.buffer, values.byteOffset, values.length),
];

const anyDouble = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 2, 3, Infinity, -Infinity, NaN, 5e-324, 1.7976931348623157e308),
  fc.integer(),
);

describe('XOR chunks', () => {
  it('give back every time and every bit of every value', () => {
    const gap = fc.oneof(
      fc.constant(15_000),
      fc.integer({ min: 1, max: 40_000 }),
      fc.integer({ min: 1, max: 2 ** 20 + 5 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
        fc.array(fc.tuple(gap, anyDouble), { minLength: 1, maxLength: 130 }),
        (start, rows) => {
          let at = start;
          const timestampMs = Float64Array.from(rows, ([step]) => (at += step));
          const value = Float64Array.from(rows, ([, v]) => v);
          expect(decodeXor(encodeXorChunk(timestampMs, value, 0, rows.length))).toEqual(
            bitsOf(value).map((bits, i) => [timestampMs[i], bits]),
          );
        },
      ),
    );
  });

  it('keep the stale marker', () => {
    const value = new Float64Array(BigUint64Array.of(0x3ff0000000000000n, 0x7ff0000000000002n).buffer);
    expect(decodeXor(encodeXorChunk(Float64Array.of(1, 2), value, 0, 2))).toEqual([
      [1, 0x3ff0000000000000n],
      [2, 0x7ff0000000000002n],
    ]);
  });

  it('take a part of the columns', () => {
    const chunk = encodeXorChunk(Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6, 7, 8), 1, 3);
    expect(decodeXor(chunk).map(([at]) => at)).toEqual([2, 3]);
  });

  it('of regular, unchanging samples need two bits a sample', () => {
    const timestampMs = Float64Array.from({ length: 120 }, (_, i) => 1_700_000_000_000 + i * 15_000);
    expect(encodeXorChunk(timestampMs, new Float64Array(120).fill(25), 0, 120).length).toBeLessThan(2 + 6 + 8 + 3 + 31);
  });
});

const histogram = (overrides: Partial<NativeHistogram> = {}): NativeHistogram => ({
  schema: 2,
  counterResetHint: 'unknown',
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  count: 9,
  sum: 12.5,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 4, length: 1 },
  ],
  positiveBuckets: Float64Array.of(1, 2, 3),
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeBuckets: Float64Array.of(2),
  customValues: new Float64Array(),
  ...overrides,
});

function decodeHistograms(bytes: Uint8Array): unknown {
  const bits = new Bits(bytes);
  const count = Number(bits.take(16));
  const flags = Number(bits.take(8));
  const threshold = Number(bits.take(8));
  const zeroThreshold =
    threshold === 0
      ? 0
      : threshold === 255
        ? new Float64Array(BigUint64Array.of(bits.take(64)).buffer)[0]
        : 2 ** (threshold - 244);
  const schema = Number(bits.varbit(true));
  const spans = (): { offset: number; length: number }[] =>
    Array.from({ length: Number(bits.varbit(false)) }, () => {
      const length = Number(bits.varbit(false));
      return { offset: Number(bits.varbit(true)), length };
    });
  const positiveSpans = spans();
  const negativeSpans = spans();
  const customValues =
    schema === CUSTOM_BUCKETS_SCHEMA
      ? Array.from({ length: Number(bits.varbit(false)) }, () => {
          const whole = bits.varbit(false);
          return whole === 0n
            ? new Float64Array(BigUint64Array.of(bits.take(64)).buffer)[0]
            : Number(whole - 1n) / 1000;
        })
      : [];
  const buckets = [...positiveSpans, ...negativeSpans].reduce((sum, { length }) => sum + length, 0);
  const columns = Array.from({ length: 3 + buckets }, () => new XorReader());
  let at = 0n;
  let delta = 0n;
  const samples = Array.from({ length: count }, (_, i) => {
    if (i === 0) at = bits.varbit(true);
    else at += delta += bits.varbit(true);
    const row = columns.map((column) => (i === 0 ? column.first(bits) : column.next(bits)));
    return [Number(at), ...new Float64Array(BigUint64Array.from(row).buffer)];
  });
  return { flags, zeroThreshold, schema, positiveSpans, negativeSpans, customValues, samples };
}

describe('float histogram chunks', () => {
  it('give back layout and samples', () => {
    const second = histogram({ count: 11, sum: -3, positiveBuckets: Float64Array.of(1, 3, 4) });
    expect(
      decodeHistograms(encodeFloatHistogramChunk([-5_000, 10_000, 25_001], [histogram(), second, histogram()])),
    ).toEqual({
      flags: 0,
      zeroThreshold: 2 ** -128,
      schema: 2,
      positiveSpans: histogram().positiveSpans,
      negativeSpans: histogram().negativeSpans,
      customValues: [],
      samples: [
        [-5_000, 9, 1, 12.5, 1, 2, 3, 2],
        [10_000, 11, 1, -3, 1, 3, 4, 2],
        [25_001, 9, 1, 12.5, 1, 2, 3, 2],
      ],
    });
  });

  it.each([0, 2 ** -243, 2 ** 10, 2 ** 11, 0.001])('give back the zero threshold %f', (zeroThreshold) => {
    const chunk = encodeFloatHistogramChunk([1_700_000_000_000], [histogram({ zeroThreshold })]);
    expect(decodeHistograms(chunk)).toMatchObject({ zeroThreshold });
  });

  it('give back custom bounds and hints', () => {
    const custom = histogram({
      schema: CUSTOM_BUCKETS_SCHEMA,
      counterResetHint: 'gauge',
      zeroThreshold: 0,
      zeroCount: 0,
      positiveSpans: [{ offset: 0, length: 3 }],
      negativeSpans: [],
      negativeBuckets: new Float64Array(),
      customValues: Float64Array.of(-1.5, 0.005, 2, 1e9, 0.00012),
    });
    expect(decodeHistograms(encodeFloatHistogramChunk([1], [custom]))).toMatchObject({
      flags: 0b1100_0000,
      customValues: [-1.5, 0.005, 2, 1e9, 0.00012],
    });
  });

  it('hold one layout, and nothing after a reset', () => {
    expect(sameLayout(histogram(), histogram({ sum: 1 }))).toBe(true);
    expect(sameLayout(histogram(), histogram({ counterResetHint: 'reset' }))).toBe(false);
    expect(sameLayout(histogram(), histogram({ counterResetHint: 'gauge' }))).toBe(false);
    expect(sameLayout(histogram(), histogram({ schema: 1 }))).toBe(false);
    expect(sameLayout(histogram(), histogram({ positiveSpans: [{ offset: -3, length: 3 }] }))).toBe(false);
  });
});

it('the checksum is CRC-32C', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

function requestBytes(queries: number): Uint8Array {
  const writer = new ProtobufWriter();
  for (let i = 0; i < queries; i++) {
    writer.message(1, () => {
      writer.int64(1, -5);
      writer.int64(2, 1_700_000_000_000);
      writer.message(3, () => {
        writer.int64(1, 3);
        writer.text(2, 'job');
        writer.text(3, 'a|b');
      });
      writer.message(4, () => writer.int64(1, 15_000));
    });
  }
  writer.message(2, () => [1, 0, 7].forEach((type) => writer.varint(type)));
  return writer.bytes();
}

describe('read requests', () => {
  it('are decoded; what is not known is read over', () => {
    expect(decodeReadRequest(requestBytes(1))).toEqual({
      queries: [{ startMs: -5, endMs: 1_700_000_000_000, matchers: [{ operator: '!~', name: 'job', value: 'a|b' }] }],
      accepted: ['streamed-xor-chunks', 'samples'],
      acceptsAny: true,
    });
    expect(decodeReadRequest(new Uint8Array())).toEqual({ queries: [], accepted: [], acceptsAny: false });
  });

  it('have bounds', () => {
    expect(() => decodeReadRequest(requestBytes(READ_QUERIES_MAX + 1))).toThrow(/more than 100 queries/);
  });

  it('that are damaged are refused, whatever the bytes', () => {
    const good = requestBytes(2);
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => good.map((b, i) => (i === at ? byte : b))),
      fc.nat(good.length).map((length) => good.slice(0, length)),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          expect(decodeReadRequest(bytes).queries.length).toBeLessThanOrEqual(READ_QUERIES_MAX);
        } catch (error) {
          expect(error).toBeInstanceOf(RemoteReadError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
