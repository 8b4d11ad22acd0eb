import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EncodedSeries,
  RemoteWriteError,
  WriteRequestDecoder,
  decodeLabelPairs,
  encodeWriteRequest,
} from './index.ts';

function decode(
  bytes: Uint8Array,
  samplesMin = 1e9,
): { rows: [string[], number, bigint][]; decoder: WriteRequestDecoder; slices: number } {
  const series: string[][] = [];
  const decoder = new WriteRequestDecoder(
    bytes,
    (from, start, end) => series.push(decodeLabelPairs(from, start, end)) - 1,
  );
  const rows: [string[], number, bigint][] = [];
  let slices = 0;
  while (!decoder.done) {
    const slice = decoder.next(samplesMin);
    slices++;
    const bits = new BigUint64Array(slice.value.buffer, slice.value.byteOffset, slice.length);
    for (let i = 0; i < slice.length; i++)
      rows.push([series[slice.seriesIndex[i] as number] ?? [], slice.timestampMs[i] as number, bits[i] as bigint]);
  }
  return { rows, decoder, slices };
}

const float = (bits: bigint): Float64Array => new Float64Array(BigUint64Array.of(bits).buffer);
const series = (labelPairs: string[], timestampMs: number[], value: Float64Array): EncodedSeries => ({
  labelPairs,
  timestampMs,
  value,
});

describe('WriteRequestDecoder', () => {
  it('keeps the bits of the stale marker and of any other NaN', () => {
    for (const bits of [0x7ff0000000000002n, 0x7ff8000000000001n, 0xfff4000000000abcn]) {
      expect(decode(encodeWriteRequest([series(['__name__', 'a'], [1], float(bits))])).rows).toEqual([
        [['__name__', 'a'], 1, bits],
      ]);
    }
  });

  it('gives back in any slicing what was encoded', () => {
    const one = fc
      .tuple(
        fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }),
        fc.array(fc.tuple(fc.maxSafeInteger(), fc.bigInt(0n, 2n ** 64n - 1n)), { minLength: 1, maxLength: 9 }),
      )
      .map(([words, samples]) => {
        const labelPairs = words.length % 2 === 0 ? words : words.slice(1);
        return {
          labelPairs,
          timestampMs: samples.map(([at]) => at),
          value: new Float64Array(BigUint64Array.from(samples.map(([, bits]) => bits)).buffer),
        };
      });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), fc.integer({ min: 1, max: 8 }), (all, samplesMin) => {
        const expected = all.flatMap((s) =>
          [...new BigUint64Array(s.value.buffer)].map((bits, i) => [s.labelPairs, s.timestampMs[i], bits]),
        );
        expect(decode(encodeWriteRequest(all), samplesMin).rows).toEqual(expected);
      }),
    );
  });

  it('decodes metadata', () => {
    const metadata = [{ name: 'a', type: 'counter' as const, help: 'what', unit: 's' }];
    expect(decode(encodeWriteRequest([], metadata)).decoder.metadata).toEqual(metadata);
  });

  it('skips fields it does not know', () => {
    const sample = [0x12, 13, 9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 16, 5, 24, 7];
    const label = [0x0a, 6, 0x0a, 1, 97, 0x12, 1, 98];
    const body = [...label, ...sample, 0x28, 1];
    const { rows } = decode(Uint8Array.from([0x0a, body.length, ...body, 0x78, 1]));
    expect(rows).toEqual([[['a', 'b'], 5, 0x3ff0000000000000n]]);
  });

  it('gathers labels that stand apart', () => {
    const sample = [0x12, 2, 16, 5];
    const label = (name: number): number[] => [0x0a, 6, 0x0a, 1, name, 0x12, 1, 98];
    const body = [...label(97), ...sample, ...label(99)];
    expect(decode(Uint8Array.from([0x0a, body.length, ...body])).rows).toEqual([[['a', 'b', 'c', 'b'], 5, 0n]]);
  });

  it('stops after the samples asked for', () => {
    const many = Array.from({ length: 10 }, (_, i) => series(['a', String(i)], [1, 2], Float64Array.of(1, 2)));
    expect(decode(encodeWriteRequest(many), 6).slices).toBe(4);
  });

  it('any bytes decode or throw RemoteWriteError', () => {
    const valid = encodeWriteRequest(
      [series(['__name__', 'a', 'b', 'c'], [1, -2], Float64Array.of(1, 2))],
      [{ name: 'a', type: 'gauge', help: 'h', unit: '' }],
    );
    const damaged = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = valid.slice();
      copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          damaged,
          fc.nat(valid.length).map((end) => valid.slice(0, end)),
        ),
        (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            if (!(error instanceof RemoteWriteError)) throw error;
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
