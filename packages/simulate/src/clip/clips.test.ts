import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Scene, loadClips } from './clips.ts';
import { readVideoClip } from './video-clip.ts';

const SCENES: readonly Scene[] = ['street', 'frozen', 'black', 'low-rate', 'long-interval', 'settings'];
const clips = loadClips();
const mean = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;

describe('the clips', () => {
  it('stay small enough to be committed', () => {
    const folder = new URL('../../clips/', import.meta.url);
    const sizes = readdirSync(folder).map((name) => statSync(new URL(name, folder)).size);
    expect(sizes.length).toBeGreaterThan(12);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(600 * 1024);
  });

  it.each(['h264', 'h265'] as const)(
    'of %s differ in their parameter sets only where settings were changed',
    (codec) => {
      const sets = (scene: Scene): string[] =>
        clips.video(codec, scene).parameterSets.map((unit) => unit.toString('hex'));
      for (const scene of SCENES) {
        if (scene === 'settings') expect(sets(scene)).not.toEqual(sets('street'));
        else expect(sets(scene), scene).toEqual(sets('street'));
      }
    },
  );

  it.each(['h264', 'h265'] as const)('of %s begin with their only key frame', (codec) => {
    for (const scene of SCENES) {
      const keys = clips.video(codec, scene).accessUnits.map((picture) => picture.key);
      expect(keys.indexOf(true), scene).toBe(0);
      expect(keys.lastIndexOf(true), scene).toBe(0);
    }
    expect(clips.video(codec, 'street').accessUnits).toHaveLength(50);
    expect(clips.video(codec, 'low-rate').accessUnits).toHaveLength(17);
    expect(clips.video(codec, 'long-interval').accessUnits).toHaveLength(500);
  });

  it('cost little where nothing moves, and less where nothing is seen', () => {
    const between = (scene: Scene): number =>
      mean(
        clips
          .video('h264', scene)
          .accessUnits.slice(1)
          .map((picture) => picture.sizeBytes),
      );
    expect(between('frozen')).toBeLessThan(between('street') / 3);
    const key = (scene: Scene): number => clips.video('h264', scene).accessUnits[0]?.sizeBytes ?? 0;
    expect(key('black')).toBeLessThan(key('street') / 8);
  });

  it('are not made of what is no clip', () => {
    expect(() => readVideoClip('x', 'h264', { width: 1, height: 1 }, Buffer.from('nothing'))).toThrow(/not a clip/);
  });

  it('hold JPEG pictures that begin and end as JPEG does', () => {
    for (const { pictures } of Object.values(clips.jpeg)) {
      expect(
        pictures.every(
          (picture) => picture.toString('hex', 0, 2) === 'ffd8' && picture.toString('hex').endsWith('ffd9'),
        ),
      ).toBe(true);
    }
    expect(clips.jpeg.street.pictures.length).toBeGreaterThan(5);
  });
});
