import { describe, expect, it } from 'vitest';
import { loadClips } from '../clip/clips.ts';
import { LivePlaylist } from './live-playlist.ts';
import { segmentOf, videoPackets } from './transport-stream.ts';

const clips = loadClips();
const START = Date.UTC(2026, 0, 5);
const source = (scene: Parameters<typeof clips.video>[1], deliveredFps = 25, stampedFps = 25) => ({
  clip: clips.video('h264', scene),
  deliveredFps,
  stampedFps,
  noise: 'light' as const,
});
const tag = (text: string, name: string): string => new RegExp(`#EXT-X-${name}:(.*)`).exec(text)?.[1] ?? '';
const names = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('segment-'));

describe('a live playlist', () => {
  it('moves on with the clock, and its segments can be fetched', () => {
    const playlist = new LivePlaylist(7);
    const first = playlist.text(source('street'), START, 0);
    expect(names(first)).toHaveLength(6);
    const later = playlist.text(source('street'), START + 4_500, 0);
    expect(Number(tag(later, 'MEDIA-SEQUENCE')) - Number(tag(first, 'MEDIA-SEQUENCE'))).toBe(2);
    for (const name of [...names(first), ...names(later)]) {
      expect(playlist.segment(Number(name.slice(8, -3)))?.length, name).toBeGreaterThan(1_000);
    }
    expect(playlist.segment(1)).toBeUndefined();
    // The newest segment ended before now, and not long ago.
    const newest = Date.parse(
      later
        .split('\n')
        .filter((line) => line.startsWith('#EXT-X-PROGRAM'))
        .at(-1)
        ?.slice(25) ?? '',
    );
    expect(START + 4_500 - newest).toBeGreaterThanOrEqual(2_000);
    expect(START + 4_500 - newest).toBeLessThan(4_000);
  });

  it("shows the camera's wrong clock", () => {
    const time = (offset: number): number =>
      Date.parse(tag(new LivePlaylist(7).text(source('street'), START, offset), 'PROGRAM-DATE-TIME'));
    expect(time(30_000) - time(0)).toBe(30_000);
  });

  it('falls behind when fewer pictures come than are stamped', () => {
    const playlist = new LivePlaylist(7);
    const sequence = (afterMs: number): number =>
      Number(tag(playlist.text(source('street', 17), START + afterMs, 0), 'MEDIA-SEQUENCE'));
    const first = sequence(0);
    // Sixty seconds of wall time are 20.4 segments of two seconds.
    let last = first;
    for (let second = 1; second <= 60; second++) last = sequence(second * 1_000);
    expect(last - first).toBeGreaterThanOrEqual(20);
    expect(last - first).toBeLessThanOrEqual(21);
  });

  it('marks a change of the encoding, and keeps it counted when it has left the list', () => {
    const playlist = new LivePlaylist(7);
    playlist.text(source('street'), START, 0);
    const changed = playlist.text(source('settings'), START + 2_100, 0);
    expect(changed).toContain('#EXT-X-DISCONTINUITY\n');
    expect(tag(changed, 'DISCONTINUITY-SEQUENCE')).toBe('0');
    let text = '';
    for (let second = 3; second < 30; second++) text = playlist.text(source('settings'), START + second * 1_000, 0);
    expect(text).not.toContain('#EXT-X-DISCONTINUITY\n');
    expect(tag(text, 'DISCONTINUITY-SEQUENCE')).toBe('1');
  });

  it('goes on after nobody looked for an hour', () => {
    const playlist = new LivePlaylist(7);
    const first = Number(tag(playlist.text(source('street'), START, 0), 'MEDIA-SEQUENCE'));
    const later = Number(tag(playlist.text(source('street'), START + 3_600_000, 0), 'MEDIA-SEQUENCE'));
    expect(later - first).toBeGreaterThan(1_790);
    expect(later - first).toBeLessThan(1_810);
  });
});

describe('a transport stream', () => {
  /** Continuity counters of packets with payload, by PID. */
  const counters = (stream: Buffer): Map<number, number[]> => {
    const found = new Map<number, number[]>();
    expect(stream.length % 188).toBe(0);
    for (let at = 0; at < stream.length; at += 188) {
      expect(stream[at]).toBe(0x47);
      const pid = stream.readUInt16BE(at + 1) & 0x1fff;
      found.set(pid, [...(found.get(pid) ?? []), (stream[at + 3] ?? 0) & 15]);
    }
    return found;
  };

  it.each(['street', 'black', 'low-rate'] as const)('counts packets on from segment to segment (%s)', (scene) => {
    const clip = clips.video('h265', scene);
    const noise = { sensor: 'light', chance: (picture: number): number => ((picture * 7) % 10) / 10 } as const;
    let counter = 0;
    const three = [0, 1, 2].map((number) => {
      const segment = segmentOf(clip, { number, counter, noise, startTicks: number * 180_000, ticksPerPicture: 3_600 });
      counter = (counter + videoPackets(clip, noise)) % 16;
      return segment;
    });
    for (const [pid, list] of counters(Buffer.concat(three))) {
      const wrong = list.slice(1).filter((counter, i) => counter !== ((list[i] ?? 0) + 1) % 16);
      expect(wrong, String(pid)).toEqual([]);
    }
  });
});
