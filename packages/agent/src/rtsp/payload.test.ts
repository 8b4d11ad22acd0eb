import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAv1Payload, createMpeg4Payload, createOpaquePayload } from './any-payload.ts';
import { createH264Payload } from './h264-payload.ts';
import { createH265Payload } from './h265-payload.ts';
import { createJpegPayload } from './jpeg-payload.ts';
import { ParameterSets } from './parameter-sets.ts';
import { KEY, PICTURE, PICTURE_START, type PayloadReader } from './payload.ts';
import { parseControlPacket } from './sender-report.ts';

const read = (reader: PayloadReader, ...bytes: number[]): number => {
  // Behind an RTP header, as packets come.
  const packet = Uint8Array.of(...Array.from({ length: 12 }, () => 0xee), ...bytes);
  return reader.read(packet, 12, packet.length);
};
const START = PICTURE | PICTURE_START;

describe('payloads of H.264 (RFC 6184)', () => {
  const sets = new ParameterSets();
  const reader = createH264Payload(sets);
  it.each([
    ['a slice that begins a picture', [0x41, 0x9a, 1], START],
    ['a slice that goes on with one', [0x41, 0x40, 1], PICTURE],
    ['an IDR slice', [0x65, 0x88, 1], START | KEY],
    ['a message', [0x06, 0x05, 1], 0],
    ['FU-A, first of an IDR slice', [0x7c, 0x85, 0x88], START | KEY],
    ['FU-A, middle of an IDR slice', [0x7c, 0x05, 0x88], PICTURE | KEY],
    ['FU-A, first of another slice', [0x7c, 0x81, 0x9a], START],
    ['FU-B, first of an IDR slice', [0x7d, 0x85, 0, 1, 0x88], START | KEY],
    ['STAP-A of sets and an IDR slice', [0x78, 0, 4, 0x67, 1, 2, 3, 0, 3, 0x68, 1, 2, 0, 2, 0x65, 0x88], START | KEY],
    ['STAP-A that is cut', [0x78, 0, 200, 0x65, 0x88], 0],
    ['the forbidden bit', [0xe5, 0x88, 1], 0],
    ['a reserved type', [0x7e, 0x85, 0x88], 0],
    ['one byte', [0x65], 0],
  ])('%s', (_name, bytes, flags) => {
    expect(read(reader, ...bytes)).toBe(flags);
  });
  it('keep the parameter sets that passed', () => {
    expect(sets.of('sps')).toEqual([Uint8Array.of(0x67, 1, 2, 3)]);
    expect(sets.of('pps')).toEqual([Uint8Array.of(0x68, 1, 2)]);
  });
});

describe('payloads of H.265 (RFC 7798)', () => {
  const sets = new ParameterSets();
  const reader = createH265Payload(sets);
  it.each([
    ['a slice that begins a picture', [0x02, 1, 0x80], START],
    ['a slice that goes on with one', [0x02, 1, 0x10], PICTURE],
    ['IDR_W_RADL', [19 << 1, 1, 0x80], START | KEY],
    ['BLA_W_LP', [16 << 1, 1, 0x80], START | KEY],
    ['CRA', [21 << 1, 1, 0x80], START | KEY],
    ['a reserved type', [22 << 1, 1, 0x80], 0],
    ['FU, first of an IDR', [49 << 1, 1, 0x80 | 19, 0x80], START | KEY],
    ['FU, last of an IDR', [49 << 1, 1, 0x40 | 19, 0x80], PICTURE | KEY],
    ['FU of another slice', [49 << 1, 1, 0x80 | 1, 0x80], START],
    ['FU of a parameter set', [49 << 1, 1, 0x80 | 33, 0x80], 0],
    ['AP of sets and an IDR', [48 << 1, 1, 0, 4, 0x42, 1, 9, 9, 0, 3, 19 << 1, 1, 0x80], START | KEY],
    ['AP with a size of nothing', [48 << 1, 1, 0, 0, 19 << 1, 1, 0x80], 0],
  ])('%s', (_name, bytes, flags) => {
    expect(read(reader, ...bytes)).toBe(flags);
  });
  it('keep the parameter sets that passed', () => {
    expect(sets.of('sps')).toEqual([Uint8Array.of(0x42, 1, 9, 9)]);
  });
});

describe('other payloads', () => {
  it('JPEG tells its size in the first fragment (RFC 2435)', () => {
    const reader = createJpegPayload();
    expect(read(reader, 0, 0, 4, 0, 1, 60, 9, 9, 1)).toBe(PICTURE | KEY);
    expect(reader.width).toBe(0);
    expect(read(reader, 0, 0, 0, 0, 1, 60, 160, 90, 1)).toBe(START | KEY);
    expect([reader.width, reader.height]).toEqual([1_280, 720]);
  });
  it('MPEG-4 and AV1 tell their key frames, others nothing', () => {
    expect(read(createMpeg4Payload(), 0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb6, 0x10)).toBe(PICTURE | KEY);
    expect(read(createMpeg4Payload(), 0, 0, 1, 0xb6, 0x50)).toBe(PICTURE);
    expect(read(createAv1Payload(), 0x18, 1)).toBe(PICTURE | KEY);
    expect(read(createAv1Payload(), 0x10, 1)).toBe(PICTURE);
    expect(read(createOpaquePayload(), 1)).toBe(PICTURE);
  });
  it('of any bytes are read without an error, and sets stay within their bounds', () => {
    const sets = new ParameterSets();
    const readers = [
      createH264Payload(sets),
      createH265Payload(sets),
      createJpegPayload(),
      createMpeg4Payload(),
      createAv1Payload(),
    ];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const reader of readers) expect(reader.read(bytes, 0, bytes.length)).toBeLessThan(8);
      }),
      { numRuns: 1_000 },
    );
    expect(sets.all().length).toBeLessThanOrEqual(12);
  });
});

describe('sender reports (RFC 3550, 6.4.1)', () => {
  const report = (seconds: number, fraction: number): Uint8Array => {
    const bytes = Buffer.alloc(28);
    bytes.writeUInt8(0x80, 0);
    bytes.writeUInt8(200, 1);
    bytes.writeUInt16BE(6, 2);
    bytes.writeUInt32BE(seconds, 8);
    bytes.writeUInt32BE(fraction, 12);
    return bytes;
  };
  it('tell the sender’s clock to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_085_978_495_999 }), (ms) => {
        const seconds = Math.floor(ms / 1_000) + 2_208_988_800;
        const fraction = Math.round(((ms % 1_000) / 1_000) * 4_294_967_296);
        expect(parseControlPacket(report(seconds, fraction))?.senderClockMs).toBeCloseTo(ms, 0);
      }),
    );
  });
  it('of a sender without a clock tell none; BYE ends; other bytes are no control packet', () => {
    expect(parseControlPacket(report(0, 0))).toEqual({ isBye: false });
    expect(
      parseControlPacket(Buffer.concat([report(3_000_000_000, 0), Buffer.from([0x81, 203, 0, 1, 0, 0, 0, 1])]))?.isBye,
    ).toBe(true);
    expect(parseControlPacket(Uint8Array.of(0x80, 96, 0, 1))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        parseControlPacket(bytes);
      }),
    );
  });
});
