import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeReport } from '../camera/probe.ts';
import { FrameWatch } from './frame-watch.ts';
import { HourlyBaseline } from './hourly-baseline.ts';
import { LOW_RATE_HEIGHT_MAX, LOW_RATE_WIDTH, lowRatePicture } from './low-rate-picture.ts';
import { difference, likeness, pictureFigures } from './picture-figures.ts';
import { createPictureWatch } from './picture-watch.ts';
import { STATE_BYTES_MAX } from './picture-watch-ports.ts';
import { Presence } from './presence.ts';
import { Turns } from './turns.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('a finding', () => {
  it('neither comes nor goes by one observation, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(true, false, undefined), { maxLength: 60 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 2, max: 5 }),
        (words, onset, clear) => {
          const presence = new Presence('dark', 'packets', { onset, onsetMs: 0, clear, clearMs: 0 });
          let run = 0;
          let last: boolean | undefined;
          for (const [i, bad] of words.entries()) {
            const before = presence.present;
            presence.observe({ bad, value: 1, baseline: 2 }, i * MINUTE_MS);
            if (bad !== undefined) {
              run = bad === last ? run + 1 : 1;
              last = bad;
            }
            if (presence.present === before) continue;
            // It took as many in a row as asked for, and it is what they said.
            expect(presence.present).toBe(bad);
            expect(run).toBeGreaterThanOrEqual(bad ? onset : clear);
          }
        },
      ),
    );
  });

  it('is as old as its first observation', () => {
    const presence = new Presence('blurred', 'picture', { onset: 3, onsetMs: 10 * MINUTE_MS, clear: 2, clearMs: 0 });
    for (const minute of [5, 10, 14]) presence.observe({ bad: true, value: 3, baseline: 9 }, minute * MINUTE_MS);
    expect(presence.finding()).toBeUndefined();
    presence.observe({ bad: true, value: 3, baseline: 9 }, 15 * MINUTE_MS);
    expect(presence.finding()).toEqual({
      problem: 'blurred',
      source: 'picture',
      value: 3,
      baseline: 9,
      sinceMs: 5 * MINUTE_MS,
    });
  });
});

describe('the baseline of an hour', () => {
  it('is the median of its own samples, and does not move for a few outliers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 10, noNaN: true }),
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 2 }),
        (value, outliers) => {
          const baseline = new HourlyBaseline(0.1);
          for (let day = 0; day < 8; day++)
            for (let slot = 0; slot < 3; slot++)
              baseline.add(value, day * DAY_MS + 5 * HOUR_MS + slot * 20 * MINUTE_MS);
          for (const [i, outlier] of outliers.entries()) baseline.add(outlier, (8 + i) * DAY_MS + 5 * HOUR_MS);
          const found = baseline.at(5 * HOUR_MS);
          expect(found?.median).toBeCloseTo(value, 4);
          expect(found).toMatchObject({ mature: true, spread: 0.1 });
        },
      ),
    );
  });

  it('is drawn from its neighbours while it has few samples, and unknown far away', () => {
    const baseline = new HourlyBaseline(0.1);
    baseline.add(10, 5 * HOUR_MS);
    expect(baseline.at(6 * HOUR_MS)).toMatchObject({ median: 10, mature: false });
    expect(baseline.at(9 * HOUR_MS)).toBeUndefined();
    baseline.add(20, 6 * HOUR_MS);
    expect(baseline.at(6 * HOUR_MS)?.median).toBeGreaterThan(10);
    expect(baseline.at(6 * HOUR_MS)?.median).toBeLessThan(15);
    expect(baseline.around(6 * HOUR_MS)).toMatchObject({ lowest: expect.any(Number), highest: expect.any(Number) });
  });

  it('is the same after a restart, and whatever state it is given it takes none of the nonsense', () => {
    const samples = fc.array(fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.nat(30 * DAY_MS)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(samples, fc.nat(DAY_MS), (values, at) => {
        const [one, two] = [new HourlyBaseline(0.1), new HourlyBaseline(0.1)];
        for (const [value, when] of values.toSorted((a, b) => a[1] - b[1])) one.add(value, when);
        two.restore(JSON.parse(JSON.stringify(one.state())));
        expect(two.at(at)?.median ?? 0).toBeCloseTo(one.at(at)?.median ?? 0, 2);
        expect(two.at(at)?.mature).toBe(one.at(at)?.mature);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(DAY_MS), (state, at) => {
        const watch = createPictureWatch({ cameraId: 'c', state: { version: 1, packets: state, frames: state } });
        expect(Array.isArray(watch.findings())).toBe(true);
        const baseline = new HourlyBaseline(0.1);
        baseline.restore(state);
        expect(Number.isNaN(baseline.at(at)?.median ?? 0)).toBe(false);
      }),
    );
  });
});

/** One key frame of that many bytes. */
const report = (atMs: number, bytes: number, hash: number): ProbeReport => ({
  cameraId: 'c',
  protocol: 'rtsp',
  mode: 'cheap',
  startedAtMs: atMs,
  durationMs: 100,
  phasesMs: {},
  stream: { codec: 'h264', width: 1_920, height: 1_080, transport: 'tcp', parameterSets: 'a' },
  frames: {
    atMs: Float64Array.of(0),
    mediaMs: Float64Array.of(0),
    bytes: Float64Array.of(bytes),
    key: Uint8Array.of(1),
    hash: Uint32Array.of(hash),
  },
  bytesRead: bytes,
});

/** Key frames of the same hash two seconds apart, with six frames after each. */
function window(atMs: number, keyBytes: number, interBytes: number, hash: number, keys = 1): ProbeReport {
  const rows = Array.from({ length: keys * 7 }, (_, i) => i);
  const isKey = (i: number): boolean => i % 7 === 0;
  const at = Float64Array.from(rows, (i) => Math.floor(i / 7) * 2_000 + (i % 7) * 40);
  return {
    ...report(atMs, 0, 0),
    frames: {
      atMs: at,
      mediaMs: at,
      bytes: Float64Array.from(rows, (i) => (isKey(i) ? keyBytes : interBytes)),
      key: Uint8Array.from(rows, (i) => (isKey(i) ? 1 : 0)),
      hash: Uint32Array.from(rows, (i) => (isKey(i) ? hash : i + atMs)),
    },
  };
}

describe('a watch', () => {
  it('says nothing for one odd probe among good ones, whatever it is', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(2_000_000), (odd, bytes) => {
        const watch = createPictureWatch({ cameraId: 'c' });
        for (let i = 0; i < 40; i++)
          expect(watch.observeReport(report(i * MINUTE_MS, i === odd ? bytes : 80_000 + i, i))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('finds a black picture of a camera that it saw only twice, by the third look, and never takes it for the usual one', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (const atMs of [0, MINUTE_MS]) watch.observeReport(report(atMs, 80_000, atMs));
    const looks = Array.from({ length: 30 }, (_, i) => {
      const atMs = 2 * MINUTE_MS + i * 10_100;
      return watch.observeReport(report(atMs, 3_000, atMs)).map(({ problem }) => problem);
    });
    expect(looks.slice(0, 2)).toEqual([[], []]);
    expect(new Set(looks.slice(2).flat())).toEqual(new Set(['dark']));
    expect(looks.slice(2).every((found) => found.length === 1)).toBe(true);
  });

  it('counts a black picture that another stream saw ten seconds before for two looks', () => {
    const [main, sub] = [createPictureWatch({ cameraId: 'c' }), createPictureWatch({ cameraId: 'c' })];
    for (let i = 0; i < 40; i++) {
      sub.observeReport(report(i * MINUTE_MS, 9_000, i));
      // Full probes are rare: less than it takes to know the last half hour.
      if (i % 16 === 0) main.observeReport(report(i * MINUTE_MS, 80_000, i));
    }
    expect(main.observeReport(report(40 * MINUTE_MS, 4_000, 1))).toEqual([]);
    expect([main.undecided, main.suspicious]).toEqual([true, false]);
    const found = sub.observeReport(report(40 * MINUTE_MS + 10_100, 900, 2), 40 * MINUTE_MS);
    expect(found).toMatchObject([{ problem: 'dark', sinceMs: 40 * MINUTE_MS }]);
  });

  it('says that pictures without anything in them are black though it knows nothing, and not that dark ones are', () => {
    // Two bytes for a hundred pixels: noise.
    const night = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 9; i++) expect(night.observeReport(window(i * MINUTE_MS, 7_000, 900, i))).toEqual([]);
    const black = createPictureWatch({ cameraId: 'c' });
    expect(black.observeReport(window(0, 1_500, 60, 1))).toEqual([]);
    expect(black.observeReport(window(10_100, 1_520, 64, 2))).toMatchObject([{ problem: 'dark', sinceMs: 0 }]);
    for (let i = 1; i < 60; i++)
      expect(black.observeReport(window(i * MINUTE_MS, 1_500 + i, 60, i))).toMatchObject([{ problem: 'dark' }]);
    black.observeReport(window(60 * MINUTE_MS, 90_000, 5_000, 70));
    expect(black.observeReport(window(61 * MINUTE_MS, 90_000, 5_000, 71))).toEqual([]);
  });

  it('tells a picture that stood still from the start after ten seconds, and looks again after the first probe', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    expect(watch.observeReport(window(0, 80_000, 30, 7))).toEqual([]);
    expect([watch.suspicious, watch.needsWindow]).toEqual([true, true]);
    const full = { ...window(10_100, 80_000, 30, 7, 3), mode: 'full' as const };
    expect(watch.observeReport(full)).toMatchObject([{ problem: 'frozen', sinceMs: 0 }]);
  });

  it('counts changes of settings, begins anew with them, and keeps their number over a restart', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 10; i++) watch.observeReport(report(i * MINUTE_MS, 80_000, i));
    const smaller = { ...report(0, 9_000, 0), stream: { codec: 'h264', transport: 'tcp', parameterSets: 'b' } };
    for (let i = 10; i < 20; i++) expect(watch.observeReport({ ...smaller, startedAtMs: i * MINUTE_MS })).toEqual([]);
    expect([watch.settingsChanges, watch.settingsChangedAtMs]).toEqual([1, 10 * MINUTE_MS]);
    const again = createPictureWatch({ cameraId: 'c', state: JSON.parse(JSON.stringify(watch.state())) as unknown });
    expect([again.settingsChanges, again.settingsChangedAtMs]).toEqual([1, 10 * MINUTE_MS]);
  });

  it('takes a failed probe for what it is: no word about the picture', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 10; i++) watch.observeReport(report(i * MINUTE_MS, 80_000, i));
    for (let i = 10; i < 20; i++) {
      const failed: ProbeReport = {
        ...report(i * MINUTE_MS, 100, 1),
        failure: { reason: 'timeout', phase: 'connect', message: 'x' },
      };
      expect(watch.observeReport(failed)).toEqual([]);
    }
  });

  it('looks again when the same key frame comes twice, and takes a clip that begins anew for no frozen picture', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 30; i++) watch.observeReport(report(i * MINUTE_MS, 80_000, 7));
    expect(watch.suspicious).toBe(true);
    expect(watch.findings()).toEqual([]);
  });

  it('finds a picture frozen by cheap probes alone, where key frames never came twice before', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 12; i++) expect(watch.observeReport(report(i * MINUTE_MS, 80_000, i))).toEqual([]);
    const found = [12, 13, 14, 15].map((i) => watch.observeReport(report(i * MINUTE_MS, 80_000, 11)).length);
    expect(found).toEqual([0, 1, 1, 1]);
    for (let i = 16; i < 20; i++) watch.observeReport(report(i * MINUTE_MS, 80_000, i));
    expect(watch.findings()).toEqual([]);
  });

  it('takes one HLS segment that two probes saw for one observation', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    const hls = (sequence: number) => ({
      measured: {
        bytes: 1,
        spanMs: 1,
        frames: 1,
        keyFrames: 1,
        hls: {
          playlistAgeSeconds: 0,
          targetDurationSeconds: 10,
          stalled: false,
          mediaSequence: 0,
          segmentSequence: sequence,
        },
      },
    });
    for (let i = 0; i < 12; i++) watch.observeReport({ ...report(i * MINUTE_MS, 80_000, i), ...hls(i) });
    for (let i = 0; i < 8; i++) watch.observeReport({ ...report(12 * MINUTE_MS + i * 5_000, 900, 99), ...hls(12) });
    expect(watch.findings()).toEqual([]);
    watch.observeReport({ ...report(14 * MINUTE_MS, 900, 100), ...hls(13) });
    expect(watch.findings()).toMatchObject([{ problem: 'dark' }]);
  });

  it('takes a clip of any length that goes round for none, wherever in it the probes come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        (length, places) => {
          const watch = createPictureWatch({ cameraId: 'c' });
          const sizes = Array.from({ length }, (_, i) => 80_000 + i * 500);
          // What never came back in its first dozen probes looks live; by then a clip of so few key frames has come back.
          for (const [i, place] of places.entries()) {
            const at = i < 13 ? i % length : place % length;
            expect(watch.observeReport(report(i * MINUTE_MS, sizes[at] ?? 0, at))).toEqual([]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('has a state of bounded size after two months', () => {
    const watch = createPictureWatch({ cameraId: 'c' });
    for (let i = 0; i < 60 * 24; i++) {
      watch.observeReport({
        ...report(i * HOUR_MS, 60_000 + (i % 977) * 50, i),
        mode: 'full',
        measured: { bytes: 1, spanMs: 1, frames: 1, keyFrames: 1, bitsPerSecond: 1e6 + i },
      });
    }
    expect(JSON.stringify(watch.state()).length).toBeLessThan(STATE_BYTES_MAX);
  });
});

describe('a low-rate picture', () => {
  it('is a mean over boxes: size, luma and tint of any colour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 400 }),
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
        (width, height, [r, g, b]) => {
          const pixels = new Uint8Array(width * height * 3);
          for (let i = 0; i < pixels.length; i += 3) pixels.set([r, g, b], i);
          const picture = lowRatePicture(width, height, pixels, 3);
          expect(picture.width).toBe(Math.min(LOW_RATE_WIDTH, width));
          expect(picture.height).toBeLessThanOrEqual(LOW_RATE_HEIGHT_MAX);
          expect(Math.abs((picture.luma[0] ?? 0) - (0.299 * r + 0.587 * g + 0.114 * b))).toBeLessThanOrEqual(0.6);
          if (r === g && g === b) expect(picture.chroma?.spread).toBeLessThan(0.01);
        },
      ),
      { numRuns: 60 },
    );
  });

  const noisy = (seed: number, change = 0): ReturnType<typeof lowRatePicture> => {
    let state = seed;
    const luma = Uint8Array.from({ length: 320 * 180 }, (_, i) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const block = Math.imul(Math.floor(i / 320 / 9) * 31 + Math.floor((i % 320) / 8), 2_654_435_761) >>> 25;
      return Math.min(
        255,
        60 + block * (Math.floor((i % 320) / 40) % 3) * 0.5 + (state >>> 30) + (i < 320 * 20 ? change * (i % 7) : 0),
      );
    });
    return { width: 320, height: 180, luma };
  };

  it('differs from the next one without the clock that is laid over it', () => {
    const [a, clock, other] = [pictureFigures(noisy(1)), pictureFigures(noisy(1, 9)), pictureFigures(noisy(2))];
    if (!a || !clock || !other) throw new Error('no figures');
    expect(difference(a.thumb, a.thumb)).toBe(0);
    expect(difference(a.thumb, clock.thumb)).toBe(0);
    expect(difference(a.thumb, other.thumb)).toBeGreaterThan(0.5);
    expect(likeness(a.edges, other.edges)).toBeGreaterThan(0.9);
    expect(pictureFigures({ width: 4, height: 4, luma: new Uint8Array(16) })).toBeUndefined();
  });
});

describe('what low-rate pictures say', () => {
  const flat = (level: number) =>
    lowRatePicture(LOW_RATE_WIDTH, 180, new Uint8Array(LOW_RATE_WIDTH * 180 * 3).fill(level), 3);
  const after = (minutes: number, levelOf: (minute: number) => number): string[] => {
    const watch = new FrameWatch(false);
    for (let minute = 0; minute < minutes; minute += 5)
      watch.observe(flat(levelOf(minute)), minute * MINUTE_MS, minute * MINUTE_MS);
    return watch.findings().map(({ problem }) => problem);
  };

  it('of a room that is black in its first night is not that they stand still', () => {
    expect(after(240, () => 2)).toEqual([]);
    expect(after(240, () => 120)).toEqual(['frozen']);
  });

  it('of a lens that is covered is that they are dark, and nothing else', () => {
    expect(after(120, (minute) => (minute < 60 ? 100 + (minute % 7) : 0))).toEqual(['dark']);
  });
});

describe('turns', () => {
  it('are given to so many at once, in order, and those who give up or come too late get none', async () => {
    const turns = new Turns(2, 3);
    const never = new AbortController().signal;
    const first = await turns.take(never);
    await turns.take(never);
    const order: number[] = [];
    const giveUp = new AbortController();
    const waiting = [
      turns.take(never).then((turn) => (order.push(1), turn)),
      turns.take(giveUp.signal).catch((error: unknown) => (order.push(2), error)),
      turns.take(never).then((turn) => (order.push(3), turn)),
    ];
    expect(await turns.take(never)).toBeUndefined();
    giveUp.abort(new Error('enough'));
    await waiting[1];
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    const second = (await waiting[0]) as Disposable;
    expect(order).toEqual([2, 1]);
    second[Symbol.dispose]();
    await waiting[2];
    expect(order).toEqual([2, 1, 3]);
  });
});
