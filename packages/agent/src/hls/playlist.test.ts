import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import { type MediaPlaylist, SEGMENTS_KEPT_MAX, parsePlaylist } from './playlist.ts';

const media = (text: string): MediaPlaylist => {
  const playlist = parsePlaylist(text);
  if (playlist.kind !== 'media') throw new Error('not a media playlist');
  return playlist;
};

describe('a master playlist', () => {
  it('names its variants with rate, size and codecs', () => {
    const text = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="sound, left",URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=25.000
cam/main.m3u8?token="x"
#EXT-X-STREAM-INF:BANDWIDTH=400000
cam/sub.m3u8
`;
    expect(parsePlaylist(text)).toEqual({
      kind: 'master',
      hasAudio: true,
      variants: [
        {
          uri: 'cam/main.m3u8?token="x"',
          bandwidth: 2_500_000,
          codecs: ['avc1.64001f', 'mp4a.40.2'],
          width: 1280,
          height: 720,
          framesPerSecond: 25,
        },
        { uri: 'cam/sub.m3u8', bandwidth: 400_000, codecs: [] },
      ],
    });
  });
});

describe('a media playlist', () => {
  it('counts sequence, time and byte ranges on from segment to segment', () => {
    const playlist = media(`#EXTM3U\r
#EXT-X-VERSION:7\r
#EXT-X-TARGETDURATION:4\r
#EXT-X-MEDIA-SEQUENCE:17\r
#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@0"\r
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T10:00:00.500+0100\r
#EXTINF:4.0,with a title\r
#EXT-X-BYTERANGE:1000@700\r
all.mp4\r
#EXTINF:2.5,\r
#EXT-X-BYTERANGE:500\r
all.mp4\r
#EXT-X-GAP\r
#EXT-X-KEY:METHOD=AES-128,URI="k"\r
#EXTINF:4,\r
gone.mp4\r
`);
    expect([playlist.mediaSequence, playlist.segmentCount, playlist.totalSeconds, playlist.ended]).toEqual([
      17,
      3,
      10.5,
      false,
    ]);
    const start = Date.UTC(2026, 2, 1, 9, 0, 0, 500);
    expect(playlist.segments).toMatchObject([
      {
        sequence: 17,
        byteRange: { offset: 700, length: 1_000 },
        startsAtMs: start,
        map: { uri: 'init.mp4' },
        gap: false,
      },
      { sequence: 18, byteRange: { offset: 1_700, length: 500 }, startsAtMs: start + 4_000, encrypted: false },
      { sequence: 19, gap: true, encrypted: true, startsAtMs: start + 6_500 },
    ]);
  });

  it('knows the parts that come before their segment (LL-HLS)', () => {
    const playlist = media(`#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T09:00:00Z
#EXT-X-PART:DURATION=2,URI="s0.0.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=2,URI="s0.1.mp4"
#EXTINF:4,
s0.mp4
#EXT-X-PART:DURATION=0.5,URI="s1.mp4",BYTERANGE="900@0",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="s1.mp4",BYTERANGE="300"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s1.2.mp4"
`);
    expect(playlist.partTargetSeconds).toBe(0.5);
    expect(playlist.parts).toMatchObject([
      {
        uri: 's1.mp4',
        independent: true,
        byteRange: { offset: 0, length: 900 },
        startsAtMs: Date.UTC(2026, 2, 1, 9, 0, 4),
      },
      { byteRange: { offset: 900, length: 300 }, startsAtMs: Date.UTC(2026, 2, 1, 9, 0, 4, 500) },
    ]);
  });

  it('of a whole day is counted, and only its newest end is kept', () => {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${Array.from({ length: 43_200 }, (_, i) => `#EXTINF:2,\n${i}.ts\n`).join('')}`;
    const playlist = media(text);
    expect(playlist.segmentCount).toBe(43_200);
    expect(playlist.segments).toHaveLength(SEGMENTS_KEPT_MAX);
    expect(playlist.segments.at(-1)).toMatchObject({ uri: '43199.ts', sequence: 43_199 });
  });

  it.each([
    ['more lines than anybody needs', `#EXTM3U\n${'#\n'.repeat(400_001)}`],
    ['an endless address', `#EXTM3U\n#EXTINF:1,\n${'a'.repeat(5_000)}\n`],
    ['HTML', '<html></html>'],
    ['nothing', '#EXTM3U\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parsePlaylist(text)).toThrow(ProbeFault);
  });

  it('never ends in anything but a ProbeFault or a playlist of bounded size', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '#EXTINF:',
        '#EXTINF:1e9,',
        '#EXT-X-STREAM-INF:BANDWIDTH="',
        '#EXT-X-BYTERANGE:-1@x',
        '#EXT-X-PART:URI="a"',
      ),
      fc
        .tuple(fc.constantFrom('#EXT-X-TARGETDURATION', '#EXT-X-MEDIA-SEQUENCE', '#EXT-X-MAP'), fc.string())
        .map((pair) => pair.join(':')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        try {
          const playlist = parsePlaylist(`#EXTM3U\n${lines.join('\n')}`);
          if (playlist.kind === 'media') {
            expect(playlist.segments.length).toBeLessThanOrEqual(SEGMENTS_KEPT_MAX);
            expect(Number.isFinite(playlist.totalSeconds)).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ProbeFault);
        }
      }),
    );
  });
});
