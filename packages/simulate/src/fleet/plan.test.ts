import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFleet } from './plan.ts';

describe('a planned fleet', () => {
  it('has as many cameras as asked for, each with a port of its own, in groups of bounded size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.nat(), (count, seed) => {
        const { cameras, switches, recorders, sites } = planFleet(count, seed);
        expect(cameras).toHaveLength(count);
        expect(new Set(cameras.map((camera) => camera.id)).size).toBe(count);
        expect(new Set(cameras.map((camera) => `${camera.switch} ${camera.port}`)).size).toBe(count);
        for (const group of [...switches, ...recorders]) {
          expect(new Set(group.cameras.map((camera) => camera.site)).size).toBe(1);
          expect(group.cameras.length).toBeLessThanOrEqual(65);
        }
        expect(switches.every((one) => one.cameras.length <= 40)).toBe(true);
        expect(new Set(cameras.map((camera) => camera.site)).size).toBe(sites.length);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same seed, and another for another', () => {
    expect(planFleet(40, 7)).toEqual(planFleet(40, 7));
    expect(planFleet(40, 8)).not.toEqual(planFleet(40, 7));
  });

  it('has every kind of camera, protocol and recorder among forty', () => {
    const { cameras, recorders, sites } = planFleet(40, 1);
    expect(new Set(cameras.map((camera) => camera.model.codec))).toEqual(new Set(['h264', 'h265']));
    expect(new Set(cameras.map((camera) => camera.protocol))).toEqual(new Set(['rtsp', 'hls', 'mjpeg']));
    expect(new Set(cameras.map((camera) => camera.model.auth)).size).toBe(4);
    expect(new Set(recorders.map((recorder) => recorder.kind))).toEqual(
      new Set(['recording-node', 'frigate', 'mediamtx']),
    );
    expect(sites.length).toBeGreaterThan(2);
  });

  it('is refused for no cameras or too many', () => {
    expect(() => planFleet(0, 1)).toThrow(RangeError);
    expect(() => planFleet(1e6, 1)).toThrow(RangeError);
  });
});
