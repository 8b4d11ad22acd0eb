import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import { circleOf, advanced } from './live-edge.ts';
import { codecString } from './codec-string.ts';
import { readFragmentedMp4 } from './fragmented-mp4.ts';
import { parsePlaylist } from './playlist.ts';
import { readSegment } from './segment-reader.ts';
import { readTransportStream } from './transport-stream.ts';

const mp4Box = (type: string, ...bodies: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(bodies);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(body.length + 8);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
};

const words = (...values: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
};

const MOVIE = mp4Box(
  'moov',
  mp4Box(
    'trak',
    mp4Box('tkhd', words(0, 0, 0, 7)),
    mp4Box(
      'mdia',
      mp4Box('mdhd', words(0, 0, 0, 1_000)),
      mp4Box('hdlr', words(0, 0), Buffer.from('vide')),
      mp4Box(
        'minf',
        mp4Box(
          'stbl',
          mp4Box('stsd', words(0, 1), mp4Box('avc1', Buffer.alloc(24), Buffer.from([7, 128, 4, 56]), Buffer.alloc(50))),
        ),
      ),
    ),
  ),
  mp4Box('mvex', mp4Box('trex', words(0, 7, 1, 40, 0, 0x10000))),
);

describe('fragmented MP4', () => {
  it('tells size, times, sizes and key frames of its samples, by defaults and by what overrides them', () => {
    const run = (dataOffset: number): Uint8Array =>
      mp4Box('trun', words(0x000205, 3, dataOffset, 0x2000000, 100, 20, 30));
    const fragment = (dataOffset: number): Uint8Array =>
      mp4Box('moof', mp4Box('traf', mp4Box('tfhd', words(0, 7)), mp4Box('tfdt', words(0, 5_000)), run(dataOffset)));
    const { length } = fragment(0);
    const media = Buffer.concat([Buffer.alloc(100, 1), Buffer.alloc(20, 2), Buffer.alloc(30, 3)]);
    const contents = readFragmentedMp4(MOVIE, Buffer.concat([fragment(length + 8), mp4Box('mdat', media)]));
    expect(contents).toMatchObject({ codec: 'h264', width: 1_920, height: 1_080, hasVideo: true });
    expect(contents.frames.map(({ mediaMs, bytes, key }) => [mediaMs, bytes, key])).toEqual([
      [5_000, 100, true],
      [5_040, 20, false],
      [5_080, 30, false],
    ]);
    expect(new Set(contents.frames.map((frame) => frame.hash)).size).toBe(3);
  });
});

describe('segments', () => {
  it('of any bytes are read, or refused with a fault, in bounded time', () => {
    const packet = fc
      .uint8Array({ minLength: 187, maxLength: 187 })
      .map((bytes) => Buffer.concat([Buffer.from([0x47]), bytes]));
    const tree = fc.letrec<{ node: Uint8Array }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc
          .tuple(
            fc.constantFrom('moof', 'traf', 'trun', 'tfhd', 'tfdt', 'moov', 'trak', 'mdia', 'stsd', 'free'),
            fc.uint8Array({ maxLength: 40 }),
          )
          .map(([type, body]) => mp4Box(type, body)),
        fc
          .tuple(
            fc.constantFrom('moof', 'traf', 'moov', 'trak', 'mdia', 'minf', 'stbl'),
            fc.array(tie('node'), { maxLength: 3 }),
          )
          .map(([type, bodies]) => mp4Box(type, ...bodies)),
      ),
    })).node;
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(packet, { maxLength: 8 }).map((packets) => Buffer.concat(packets)),
      tree,
    );
    fc.assert(
      fc.property(bytes, bytes, fc.boolean(), (init, segment, encrypted) => {
        try {
          readSegment(init, segment, encrypted);
        } catch (error) {
          expect(error).toBeInstanceOf(ProbeFault);
        }
        expect(readTransportStream(segment).frames.length).toBeLessThanOrEqual(4_096);
      }),
      { numRuns: 500 },
    );
  });

  it('are named by codec strings', () => {
    expect(codecString('avc1.64001f')).toEqual({ codec: 'h264', profile: 'high', level: '3.1' });
    expect(codecString('hvc1.1.6.L93.B0')).toEqual({ codec: 'h265', profile: 'main', level: '3.1' });
    expect(codecString('av01.0.04M.08')).toEqual({ codec: 'av1' });
    expect(codecString('')).toEqual({ codec: '' });
  });
});

describe('the live end of a playlist', () => {
  const playlist = (first: number, count: number): Extract<ReturnType<typeof parsePlaylist>, { kind: 'media' }> => {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${first}\n${Array.from({ length: count }, (_, i) => `#EXTINF:2,\n${first + i}.ts\n`).join('')}`;
    const parsed = parsePlaylist(text);
    if (parsed.kind !== 'media') throw new Error('no media playlist');
    return parsed;
  };

  it('advances by as much as was published, whatever the window and the time between readings', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 10, max: 100 }),
        (first, window, segments) => {
          const before = advanced(undefined, playlist(first, window), 0);
          const after = advanced(before, playlist(first + segments, window), segments * 2_000);
          expect(after.advanceRatio).toBeCloseTo(1, 6);
          expect(after).toMatchObject({
            witnessed: true,
            changedAtMs: segments * 2_000,
            stepsBackTotal: 0,
          });
        },
      ),
    );
  });

  it('that stands still keeps its time of change; one restart is forgiven, three in a row are a circle', () => {
    let history = advanced(undefined, playlist(10, 3), 0);
    history = advanced(history, playlist(11, 3), 2_000);
    history = advanced(history, playlist(11, 3), 9_000);
    expect(history).toMatchObject({ changedAtMs: 2_000, readAtMs: 9_000 });
    history = advanced(history, playlist(0, 3), 11_000);
    expect(circleOf(history, playlist(0, 3))).toBeUndefined();
    for (let i = 1; i <= 12; i++) history = advanced(history, playlist(i, 3), 11_000 + i * 2_000);
    expect(history.stepsBack).toBe(0);
    for (const first of [5, 6, 5, 6, 5]) history = advanced(history, playlist(first, 3), 60_000 + first);
    expect(circleOf(history, playlist(5, 3))).toContain('again and again');
  });
});
