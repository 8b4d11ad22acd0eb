import fc from 'fast-check';
import { decode, encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { decodeBaseline } from './baseline-jpeg.ts';
import { lowRatePicture } from './low-rate-picture.ts';

const PIXELS_MAX = 1_000_000;

/** RGBA without loud colours: beyond 0 to 255 a reader that makes RGB first cuts, and one that does not does not. */
function pixels(width: number, height: number, seed: number): Buffer {
  const [a, b, c] = [1 + (seed % 7), 1 + (seed % 11), seed % 64];
  return Buffer.from(
    Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const level = 128 + 60 * Math.sin((x * a) / 9) * Math.cos((y * b) / 13) + ((i * 31 + c) % 17);
      return [level + 12, level, level - 18 + c / 4, 255];
    }).flat(),
  );
}

/** A grey picture of flat blocks with a restart marker after every `interval` of them, coded by hand. */
function blocks(levels: readonly number[], across: number, interval: number): Uint8Array {
  const segment = (marker: number, content: readonly number[]): number[] => [
    0xff,
    marker,
    (content.length + 2) >> 8,
    (content.length + 2) & 255,
    ...content,
  ];
  const height = (levels.length / across) * 8;
  const size = [height >> 8, height & 255, (across * 8) >> 8, (across * 8) & 255];
  // Codes of four bits for the sizes 0 to 11, and of one bit for the end of a block. A DC of 8 steps is one level.
  const sizes = Array.from({ length: 12 }, (_, i) => i);
  const head = [
    0xff,
    0xd8,
    ...segment(0xdb, [0, 8, ...Array.from({ length: 63 }, () => 1)]),
    ...segment(0xc0, [8, ...size, 1, 1, 0x22, 0]),
    ...segment(0xc4, [0x00, 0, 0, 0, 12, ...Array.from({ length: 12 }, () => 0), ...sizes]),
    ...segment(0xc4, [0x10, 1, ...Array.from({ length: 15 }, () => 0), 0]),
    ...segment(0xdd, [interval >> 8, interval & 255]),
    ...segment(0xda, [1, 1, 0x00, 0, 63, 0]),
  ];
  const data: number[] = [];
  let bits = '';
  let before = 0;
  const flush = (): void => {
    while (bits.length % 8 !== 0) bits += '1';
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Number.parseInt(bits.slice(i, i + 8), 2);
      data.push(byte, ...(byte === 0xff ? [0] : []));
    }
    bits = '';
  };
  for (const [i, level] of levels.entries()) {
    if (i > 0 && i % interval === 0) {
      flush();
      data.push(0xff, 0xd0 + ((i / interval - 1) % 8));
      before = 0;
    }
    const step = level - 128 - before;
    before = level - 128;
    const width = step === 0 ? 0 : Math.floor(Math.log2(Math.abs(step))) + 1;
    bits += width.toString(2).padStart(4, '0');
    if (width > 0) bits += (step > 0 ? step : step + 2 ** width - 1).toString(2).padStart(width, '0');
    bits += '0';
  }
  flush();
  return Uint8Array.from([...head, ...data, 0xff, 0xd9]);
}

describe('a baseline JPEG', () => {
  it('is the small picture that comes of decoding all of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 30, max: 95 }),
        fc.nat(1_000),
        (width, height, quality, seed) => {
          const jpeg = encode({ width, height, data: pixels(width, height, seed) }, quality).data;
          const small = decodeBaseline(jpeg, PIXELS_MAX);
          const whole = decode(jpeg, { useTArray: true, formatAsRGBA: false });
          const expected = lowRatePicture(width, height, whole.data, 3);
          expect([small?.width, small?.height]).toEqual([expected.width, expected.height]);
          const off = expected.luma.map((value, i) => Math.abs(value - (small?.luma[i] ?? 255)));
          expect(Math.max(...off)).toBeLessThanOrEqual(3);
          for (const figure of ['blue', 'red', 'spread'] as const)
            expect(Math.abs((small?.chroma?.[figure] ?? 1_000) - (expected.chroma?.[figure] ?? 0))).toBeLessThan(1.5);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('may have restart markers, and a sampling that means nothing where there is one component', () => {
    const levels = Array.from({ length: 12 }, (_, i) => 20 + ((i * 57) % 200));
    for (const interval of [1, 2, 3, 5, 100]) {
      const picture = decodeBaseline(blocks(levels, 4, interval), PIXELS_MAX);
      expect([picture?.width, picture?.height]).toEqual([32, 24]);
      const middles = levels.map((_, i) => picture?.luma[(Math.floor(i / 4) * 8 + 4) * 32 + (i % 4) * 8 + 4]);
      expect(middles).toEqual(levels);
      expect(picture?.chroma).toEqual({ blue: 0, red: 0, spread: 0 });
    }
  });

  it('that is cut off, damaged or too large is refused in words, whatever its bytes are', () => {
    const jpeg = encode({ width: 64, height: 48, data: pixels(64, 48, 5) }, 80).data;
    expect(() => decodeBaseline(jpeg, 64 * 47)).toThrow('too many pixels');
    for (let length = 2; length < jpeg.length - 40; length += 7)
      expect(() => decodeBaseline(jpeg.subarray(0, length), PIXELS_MAX)).toThrow(/cut off|damaged|missing/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(jpeg.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const damaged = Uint8Array.from(jpeg);
          for (const [at, byte] of changes) damaged[at] = byte;
          let message = '';
          try {
            decodeBaseline(damaged, PIXELS_MAX);
          } catch (error) {
            message = (error as Error).message;
          }
          expect(message).toMatch(/^(|it .*|its .*|a .*)$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
