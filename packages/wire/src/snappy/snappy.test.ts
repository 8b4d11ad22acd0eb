import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnappyDecompression, SnappyError, compressSnappy, decompressSnappy } from './index.ts';

const MAX = 1 << 20;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: Uint8Array): string => Buffer.from(value).toString();

describe('snappy', () => {
  it('expands literals and all three kinds of copies, overlapping ones too', () => {
    expect(text(decompressSnappy(bytes(3, 2 << 2, 97, 98, 99), MAX))).toBe('abc');
    // A literal "ab", then a copy of 6 bytes from 2 back: one-, two- and four-byte offsets.
    expect(text(decompressSnappy(bytes(8, 1 << 2, 97, 98, ((6 - 4) << 2) | 1, 2), MAX))).toBe('abababab');
    expect(text(decompressSnappy(bytes(8, 1 << 2, 97, 98, (5 << 2) | 2, 2, 0), MAX))).toBe('abababab');
    expect(text(decompressSnappy(bytes(8, 1 << 2, 97, 98, (5 << 2) | 3, 2, 0, 0, 0), MAX))).toBe('abababab');
    expect(decompressSnappy(bytes(0), MAX)).toHaveLength(0);
  });

  it.each([
    ['nothing', bytes()],
    ['a length without end', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['a literal cut off', bytes(3, 2 << 2, 97)],
    ['a copy before the start', bytes(4, 0, 97, (2 << 2) | 2, 5, 0)],
    ['a copy from here', bytes(4, 0, 97, (2 << 2) | 2, 0, 0)],
    ['a copy without its offset', bytes(4, 0, 97, (2 << 2) | 3, 1)],
    ['more than declared', bytes(1, 2 << 2, 97, 98, 99)],
    ['less than declared', bytes(4, 2 << 2, 97, 98, 99)],
  ])('refuses %s', (_, input) => {
    expect(() => decompressSnappy(input, MAX)).toThrow(SnappyError);
  });

  it('refuses a declared length over the limit before it allocates', () => {
    expect(() => decompressSnappy(bytes(0xff, 0xff, 0xff, 0xff, 0x0f), MAX)).toThrow(/more than the limit of 1048576/);
    expect(() => decompressSnappy(bytes(0xff, 0xff, 0x3f, 0), MAX)).toThrow(/can hold/);
  });

  it('compresses repetition', () => {
    expect(compressSnappy(new Uint8Array(100_000)).length).toBeLessThan(10_000);
  });

  it('what is compressed expands to the same', () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(9_000)).map(([unit, times]) => {
        const repeated = new Uint8Array(unit.length * times);
        for (let i = 0; i < repeated.length; i++) repeated[i] = unit[i % unit.length] as number;
        return repeated;
      }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const input = Buffer.concat(chunks);
        expect(Buffer.compare(Buffer.from(decompressSnappy(compressSnappy(input), MAX)), input)).toBe(0);
      }),
    );
  });

  it('slices give the same bytes', () => {
    const input = Buffer.from('abcabcabc-'.repeat(3_000));
    const decompression = new SnappyDecompression(compressSnappy(input), MAX);
    let turns = 1;
    while (!decompression.advance(1_000)) turns++;
    expect(turns).toBeGreaterThan(10);
    expect(input.equals(decompression.output)).toBe(true);
  });

  it('any bytes expand or throw SnappyError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (input) => {
        try {
          decompressSnappy(input, MAX);
        } catch (error) {
          if (!(error instanceof SnappyError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
