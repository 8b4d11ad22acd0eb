import { describe, expect, it } from 'vitest';
import type { ProbeReport } from '../camera/probe.ts';
import { CameraFigures } from './camera-figures.ts';
import { CameraWatch } from './camera-watch.ts';

const full = (framesPerSecond: number, parameterSets = 'abc'): ProbeReport => ({
  cameraId: 'gate',
  protocol: 'rtsp',
  mode: 'full',
  startedAtMs: 0,
  durationMs: 5_000,
  phasesMs: {},
  stream: { codec: 'h264', width: 1280, height: 720, transport: 'tcp', parameterSets },
  measured: { bytes: 1, spanMs: 5_000, frames: 60, keyFrames: 2, framesPerSecond },
  bytesRead: 1,
});

describe('what a device is set to beside what it delivers', () => {
  const observed = (...reports: readonly ProbeReport[]): readonly string[] => {
    const watch = new CameraWatch({ cameraId: 'gate', streams: { main: { url: 'rtsp://gate.example/' } } }, undefined);
    watch.figures.encoder = { token: 'v', codec: 'h264', width: 1920, height: 1080, framesPerSecond: 25 };
    for (const report of reports)
      watch.figures.observe(report, { role: 'main', measures: true, failuresToDown: 2, reconnects: true });
    return watch.differences;
  };

  it('is nothing before it was asked', () => {
    const watch = new CameraWatch({ cameraId: 'gate', streams: {} }, undefined);
    expect(watch.figures).toBeInstanceOf(CameraFigures);
    expect(watch.differences).toEqual([]);
  });

  it('is told in sentences after a full probe', () => {
    expect(observed(full(12))).toEqual([
      'It is set to 1920 × 1080, and delivers 1280 × 720.',
      'It is set to 25 frames a second, and delivers 12.',
    ]);
  });

  it('is not told of rates that were measured with other settings', () => {
    const { measured: _, ...cheap } = full(0, 'other');
    expect(observed(full(12), { ...cheap, mode: 'cheap' })).toEqual([
      'It is set to 1920 × 1080, and delivers 1280 × 720.',
    ]);
  });
});
