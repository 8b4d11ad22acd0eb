/** Parameter sets: encoded by rules of our own from a picture format, and read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitsError } from '../bits/bit-reader.ts';
import { parseH264Sps, parseProfileLevelId } from './h264-sps.ts';
import { parseH265Sps, parseH265VpsTiming } from './h265-sps.ts';

class BitWriter {
  readonly #bits: number[] = [];
  u(count: number, value: number): this {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) % 2);
    return this;
  }
  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.u(length, 0).u(length + 1, value + 1);
  }
  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }
  /** With rbsp_trailing_bits, behind a header, with emulation prevention. */
  nal(header: readonly number[]): Uint8Array {
    const bits = [...this.#bits, 1];
    while (bits.length % 8 !== 0) bits.push(0);
    const out = [...header];
    let zeros = 0;
    for (let at = 0; at < bits.length; at += 8) {
      const byte = Number.parseInt(bits.slice(at, at + 8).join(''), 2);
      if (zeros >= 2 && byte <= 3) {
        out.push(3);
        zeros = 0;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      out.push(byte);
    }
    return Uint8Array.from(out);
  }
}

const timing = fc.option(
  fc.record({ unitsInTick: fc.integer({ min: 1, max: 2_000 }), fps: fc.integer({ min: 1, max: 240 }) }),
  {
    nil: undefined,
  },
);
const aspect = fc.constantFrom(undefined, 1, 255);

function vuiHead(bits: BitWriter, sar: number | undefined, signal: boolean): void {
  bits.u(1, sar === undefined ? 0 : 1);
  if (sar !== undefined) bits.u(8, sar);
  if (sar === 255) bits.u(16, 4).u(16, 3);
  bits.u(1, 0).u(1, signal ? 1 : 0);
  if (signal) bits.u(4, 5).u(1, 1).u(24, 0x010101);
  bits.u(1, 1).ue(0).ue(1);
}

const h264 = fc.record({
  profileIdc: fc.constantFrom(66, 77, 88, 100, 110, 122, 244),
  levelIdc: fc.constantFrom(10, 13, 31, 41, 52),
  chroma: fc.integer({ min: 0, max: 3 }),
  widthBlocks: fc.integer({ min: 1, max: 512 }),
  heightUnits: fc.integer({ min: 1, max: 256 }),
  framesOnly: fc.boolean(),
  crop: fc.option(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(1), fc.nat(1)), { nil: undefined }),
  orderType: fc.integer({ min: 0, max: 2 }),
  cycle: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 5 }),
  scaling: fc.boolean(),
  timing,
  aspect,
  signal: fc.boolean(),
});

describe('H.264 sequence parameter sets', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(h264, (set) => {
        const bits = new BitWriter().u(8, set.profileIdc).u(8, 0).u(8, set.levelIdc).ue(0);
        const high = set.profileIdc >= 100;
        const chroma = high ? set.chroma : 1;
        if (high) {
          bits.ue(chroma);
          if (chroma === 3) bits.u(1, 0);
          bits
            .ue(0)
            .ue(0)
            .u(1, 0)
            .u(1, set.scaling ? 1 : 0);
          if (set.scaling) {
            for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) {
              bits.u(1, list % 2);
              // A list that ends after its second entry (next scale 0), and one in full.
              if (list % 2 === 1) {
                if (list === 1) bits.se(3).se(-11);
                else for (let i = 0; i < (list < 6 ? 16 : 64); i++) bits.se(i % 2 === 0 ? 1 : -1);
              }
            }
          }
        }
        bits.ue(4).ue(set.orderType);
        if (set.orderType === 0) bits.ue(2);
        if (set.orderType === 1) {
          bits.u(1, 0).se(-3).se(7).ue(set.cycle.length);
          for (const offset of set.cycle) bits.se(offset);
        }
        bits.ue(4).u(1, 0);
        bits.ue(set.widthBlocks - 1).ue(set.heightUnits - 1);
        bits.u(1, set.framesOnly ? 1 : 0);
        if (!set.framesOnly) bits.u(1, 1);
        bits.u(1, 1).u(1, set.crop ? 1 : 0);
        const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
        const unitY = (chroma === 1 ? 2 : 1) * (set.framesOnly ? 1 : 2);
        const [left, right, top, bottom] = set.crop ?? [0, 0, 0, 0];
        if (set.crop) bits.ue(left).ue(right).ue(top).ue(bottom);
        bits.u(1, 1);
        vuiHead(bits, set.aspect, set.signal);
        bits.u(1, set.timing ? 1 : 0);
        if (set.timing)
          bits
            .u(32, set.timing.unitsInTick)
            .u(32, set.timing.unitsInTick * 2 * set.timing.fps)
            .u(1, 1);
        bits.u(4, 0);
        const width = set.widthBlocks * 16 - unitX * (left + right);
        const height = set.heightUnits * 16 * (set.framesOnly ? 1 : 2) - unitY * (top + bottom);
        expect(parseH264Sps(bits.nal([0x67]))).toEqual({
          profile: expect.any(String),
          level: (set.levelIdc / 10).toFixed(1),
          width,
          height,
          ...(set.timing ? { framesPerSecond: set.timing.fps } : {}),
        });
      }),
    );
  });

  it('of ffmpeg and of cameras tell what their makers say', () => {
    const read = (base64: string): unknown => parseH264Sps(Buffer.from(base64, 'base64'));
    expect(read('Z2QADazZQUH7ARAAAAMAEAAAAwMg8UKZYA==')).toEqual({
      profile: 'high',
      level: '1.3',
      width: 320,
      height: 240,
      framesPerSecond: 25,
    });
    expect(parseProfileLevelId('42E01F')).toEqual({ profile: 'constrained baseline', level: '3.1' });
    expect(parseProfileLevelId('4D4028')).toEqual({ profile: 'main', level: '4.0' });
    expect(parseProfileLevelId('42f00b')).toEqual({ profile: 'constrained baseline', level: '1b' });
    expect(parseProfileLevelId('64')).toBeUndefined();
  });

  it('that are garbage end in a BitsError, or in a picture that can be', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectSane(() => parseH264Sps(Uint8Array.of(0x67, ...bytes)));
        expectSane(() => parseH265Sps(Uint8Array.of(0x42, 1, ...bytes)));
        expectSane(() => parseH265VpsTiming(Uint8Array.of(0x40, 1, ...bytes)));
      }),
      { numRuns: 2_000 },
    );
  });
});

function expectSane(parse: () => { width?: number; height?: number; framesPerSecond?: number }): void {
  try {
    const { width = 1, height = 1, framesPerSecond = 1 } = parse();
    expect(width).toBeGreaterThan(0);
    expect(width).toBeLessThanOrEqual(16_384);
    expect(height).toBeGreaterThan(0);
    expect(height).toBeLessThanOrEqual(32_768);
    expect(framesPerSecond).toBeLessThanOrEqual(1_000);
  } catch (error) {
    expect(error).toBeInstanceOf(BitsError);
  }
}

const shortTermSet = fc.record({
  predicted: fc.boolean(),
  before: fc.nat(3),
  after: fc.nat(3),
  used: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
  kept: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
});

const h265 = fc.record({
  profileIdc: fc.constantFrom(1, 2, 3, 4),
  levelIdc: fc.constantFrom(63, 93, 120, 153),
  subLayers: fc.integer({ min: 0, max: 6 }),
  subLayerLevels: fc.boolean(),
  chroma: fc.integer({ min: 0, max: 3 }),
  width: fc.integer({ min: 64, max: 8_192 }),
  height: fc.integer({ min: 64, max: 4_320 }),
  crop: fc.option(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)), { nil: undefined }),
  scaling: fc.boolean(),
  pcm: fc.boolean(),
  sets: fc.array(shortTermSet, { maxLength: 6 }),
  longTerm: fc.option(fc.array(fc.boolean(), { maxLength: 4 }), { nil: undefined }),
  timing,
  aspect,
  signal: fc.boolean(),
  window: fc.boolean(),
});

function profileTierLevel(
  bits: BitWriter,
  profileIdc: number,
  levelIdc: number,
  subLayers: number,
  levels: boolean,
): void {
  bits.u(3, 0).u(5, profileIdc).u(32, 0x60000000).u(24, 0x900000).u(24, 0).u(8, levelIdc);
  for (let i = 0; i < subLayers; i++) bits.u(1, i % 2).u(1, levels ? 1 : 0);
  if (subLayers > 0) bits.u(2 * (8 - subLayers), 0);
  for (let i = 0; i < subLayers; i++) {
    if (i % 2 === 1) bits.u(32, 1).u(32, 2).u(24, 3);
    if (levels) bits.u(8, 90);
  }
}

describe('H.265 parameter sets', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(h265, (set) => {
        const bits = new BitWriter().u(4, 0).u(3, set.subLayers).u(1, 1);
        profileTierLevel(bits, set.profileIdc, set.levelIdc, set.subLayers, set.subLayerLevels);
        bits.ue(0).ue(set.chroma);
        if (set.chroma === 3) bits.u(1, 0);
        bits
          .ue(set.width)
          .ue(set.height)
          .u(1, set.crop ? 1 : 0);
        const [left, right, top, bottom] = set.crop ?? [0, 0, 0, 0];
        if (set.crop) bits.ue(left).ue(right).ue(top).ue(bottom);
        bits.ue(0).ue(0).ue(4).u(1, 1);
        for (let i = 0; i <= set.subLayers; i++) bits.ue(4).ue(2).ue(5);
        bits.ue(0).ue(3).ue(0).ue(3).ue(0).ue(0);
        bits.u(1, set.scaling ? 1 : 0);
        if (set.scaling) writeScalingLists(bits);
        bits.u(2, 1).u(1, set.pcm ? 1 : 0);
        if (set.pcm) bits.u(8, 0x77).ue(0).ue(2).u(1, 0);
        writeShortTermSets(bits, set.sets);
        bits.u(1, set.longTerm ? 1 : 0);
        if (set.longTerm) {
          bits.ue(set.longTerm.length);
          for (const used of set.longTerm) bits.u(8, 9).u(1, used ? 1 : 0);
        }
        bits.u(2, 3).u(1, 1);
        vuiHead(bits, set.aspect, set.signal);
        bits.u(3, 0).u(1, set.window ? 1 : 0);
        if (set.window) bits.ue(1).ue(2).ue(3).ue(4);
        bits.u(1, set.timing ? 1 : 0);
        if (set.timing)
          bits
            .u(32, set.timing.unitsInTick)
            .u(32, set.timing.unitsInTick * set.timing.fps)
            .u(2, 0);
        bits.u(1, 0);
        const unitX = set.chroma === 1 || set.chroma === 2 ? 2 : 1;
        const unitY = set.chroma === 1 ? 2 : 1;
        expect(parseH265Sps(bits.nal([0x42, 1]))).toEqual({
          profile: expect.any(String),
          level: (set.levelIdc / 30).toFixed(1),
          width: set.width - unitX * (left + right),
          height: set.height - unitY * (top + bottom),
          ...(set.timing ? { framesPerSecond: set.timing.fps } : {}),
        });
      }),
    );
  });

  it('tell the rate in the video parameter set where they have it there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.nat(20), fc.nat(8), timing, (subLayers, layers, sets, rate) => {
        const bits = new BitWriter().u(4, 0).u(2, 3).u(6, 0).u(3, subLayers).u(1, 1).u(16, 0xffff);
        profileTierLevel(bits, 1, 120, subLayers, true);
        bits.u(1, 0).ue(4).ue(2).ue(5).u(6, layers).ue(sets);
        for (let i = 0; i < sets * (layers + 1); i++) bits.u(1, i % 2);
        bits.u(1, rate ? 1 : 0);
        if (rate)
          bits
            .u(32, rate.unitsInTick)
            .u(32, rate.unitsInTick * rate.fps)
            .u(1, 0)
            .ue(0);
        expect(parseH265VpsTiming(bits.nal([0x40, 1]))).toEqual(rate ? { framesPerSecond: rate.fps } : {});
      }),
    );
  });

  it('of ffmpeg tell what it says', () => {
    expect(parseH265Sps(Buffer.from('QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWlllZpJMrwFoCAAAAMAIAAAAwKB', 'base64'))).toEqual({
      profile: 'main',
      level: '2.1',
      width: 640,
      height: 360,
      framesPerSecond: 20,
    });
  });
});

function writeScalingLists(bits: BitWriter): void {
  bits.u(1, 1);
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      const own = matrix % 2 === 1;
      bits.u(1, own ? 1 : 0);
      if (!own) bits.ue(0);
      else {
        if (size > 1) bits.se(-3);
        for (let i = 0; i < Math.min(64, 4 ** (size + 2)); i++) bits.se(i % 2);
      }
    }
  }
}

interface ShortTermSet {
  readonly predicted: boolean;
  readonly before: number;
  readonly after: number;
  readonly used: readonly boolean[];
  readonly kept: readonly boolean[];
}

function writeShortTermSets(bits: BitWriter, sets: readonly ShortTermSet[]): void {
  bits.ue(sets.length);
  let pictures = 0;
  for (const [i, each] of sets.entries()) {
    if (i > 0) bits.u(1, each.predicted ? 1 : 0);
    if (i > 0 && each.predicted) {
      bits.u(1, 0).ue(1);
      let kept = 0;
      for (let j = 0; j <= pictures; j++) {
        const used = each.used[j] === true;
        bits.u(1, used ? 1 : 0);
        if (!used) bits.u(1, each.kept[j] === true ? 1 : 0);
        if (used || each.kept[j] === true) kept++;
      }
      // 7.4.8: at most 16 pictures; the generated ones stay far below.
      pictures = kept;
      continue;
    }
    bits.ue(each.before).ue(each.after);
    for (let j = 0; j < each.before + each.after; j++) bits.ue(j).u(1, 1);
    pictures = each.before + each.after;
  }
}
