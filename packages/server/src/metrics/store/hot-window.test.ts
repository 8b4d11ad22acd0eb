import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleBuffer } from '../../model/sample.ts';
import { HotWindow, LATE, REPEATED, REPLACED, STORED, type AppendOutcome } from './hot-window.ts';
import { FREED_SLOT_REST_MS } from './slot-slab.ts';

const AGE_MS = 7_200_000;

class Harness {
  readonly hot: HotWindow;
  writes = 0;
  nowMs = 0;

  constructor(sizeBytes = 1 << 20, ageMs = AGE_MS) {
    this.hot = new HotWindow({ sizeBytes, ageMs });
  }

  append(ref: number, timestampMs: number, value: number): AppendOutcome {
    const values = Float64Array.of(value);
    this.hot.begin(++this.writes, this.nowMs);
    return this.hot.append(ref, timestampMs, values, new Uint32Array(values.buffer), 0);
  }

  read(ref: number, fromMs = -Infinity, toMs = Infinity): [number, number][] {
    const into = new SampleBuffer(1);
    this.hot.read(ref, this.hot.firstSlot(ref), fromMs, toMs, into);
    return Array.from({ length: into.length }, (_, i) => [into.timestampMs[i] as number, into.value[i] as number]);
  }
}

describe('hot window', () => {
  it('merges samples that come out of order, last write winning', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 3 })), { maxLength: 500 }),
        (writes) => {
          const harness = new Harness();
          harness.hot.addSeries(1, -Infinity);
          const model = new Map<number, number>();
          for (const [at, value] of writes) {
            const before = model.get(at);
            const expected = before === undefined ? STORED : before === value ? REPEATED : REPLACED;
            expect(harness.append(1, at, value)).toBe(expected);
            model.set(at, value);
          }
          expect(harness.read(1)).toEqual([...model].sort(([a], [b]) => a - b));
          expect(harness.hot.samples).toBe(model.size);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps its bound by dropping the oldest chunks once they are durable, and says from when it is complete', () => {
    const harness = new Harness(20_000);
    const { hot } = harness;
    for (let ref = 1; ref <= 10; ref++) hot.addSeries(ref, -Infinity);
    for (let step = 0; step < 2_000; step++) {
      for (let ref = 1; ref <= 10; ref++) harness.append(ref, step * 5_000, Math.sqrt(step + ref));
      hot.evict(0, 10);
    }
    expect(hot.samples).toBe(20_000);
    hot.evict(harness.writes, 10);
    expect(hot.usedBytes).toBeLessThanOrEqual(20_000);
    for (let ref = 1; ref <= 10; ref++) {
      const samples = harness.read(ref);
      const covered = hot.coveredFromMs(ref);
      expect(samples.length).toBeGreaterThan(0);
      expect(samples[0]?.[0]).toBeGreaterThanOrEqual(covered);
      expect(samples.map(([at]) => at)).toEqual(
        Array.from({ length: samples.length }, (_, i) => (2_000 - samples.length + i) * 5_000),
      );
      expect(harness.append(ref, covered - 1, 1)).toBe(LATE);
    }
  });

  it('lets go of what arrived too long ago, also of series that ended, whatever the timestamps say', () => {
    const harness = new Harness(1 << 20, 600_000);
    const { hot } = harness;
    hot.addSeries(1, -Infinity);
    hot.addSeries(2, -Infinity);
    harness.append(1, 1_000_000_000, 1);
    for (let step = 0; step < 1_000; step++) {
      harness.nowMs = step * 5_000;
      harness.append(2, step * 5_000, Math.sqrt(step));
      hot.evict(harness.writes, 1);
    }
    expect(hot.firstSlot(1)).toBe(0);
    expect(hot.coveredFromMs(1)).toBe(1_000_000_001);
    expect(hot.activeSeries).toBe(1);
    expect(harness.append(1, 10, 1)).toBe(LATE);
    expect(harness.append(1, 1_000_000_001, 1)).toBe(STORED);
    const kept = harness.read(2).length;
    expect(kept).toBeGreaterThanOrEqual(120);
    expect(kept).toBeLessThan(200);
  });

  it('sends a history that is far older than what it has to the table', () => {
    const harness = new Harness();
    harness.hot.addSeries(1, -Infinity);
    expect(harness.append(1, 10_000_000, 1)).toBe(STORED);
    expect(harness.append(1, 9_900_000, 1)).toBe(STORED);
    expect(harness.append(1, 5_000_000, 1)).toBe(LATE);
    expect(harness.hot.coveredFromMs(1)).toBe(9_900_000);
    expect(harness.append(1, 9_800_000, 1)).toBe(LATE);
    expect(harness.read(1)).toHaveLength(2);
  });

  it('a reader keeps what it saw until the memory is used again, and knows when it was', () => {
    const harness = new Harness(6_000);
    const { hot } = harness;
    hot.addSeries(1, -Infinity);
    for (let step = 0; step < 100; step++) harness.append(1, step, Math.sqrt(step));
    const first = hot.firstSlot(1);
    const mark = hot.pin();
    const before = new SampleBuffer();
    hot.read(1, first, -Infinity, Infinity, before);
    // Rewrites the chain while the reader holds the old one.
    harness.append(1, 50.5 * 2, -1);
    harness.append(1, 7, -1);
    const after = new SampleBuffer();
    hot.read(1, first, -Infinity, Infinity, after);
    expect(hot.intact(mark)).toBe(true);
    expect(after.length).toBeGreaterThanOrEqual(before.length);
    hot.begin(1_000, FREED_SLOT_REST_MS * 2);
    for (let step = 200; step < 300; step++) {
      const values = Float64Array.of(Math.sqrt(step));
      hot.append(1, step, values, new Uint32Array(values.buffer), 0);
    }
    expect(hot.intact(mark)).toBe(false);
  });

  it('puts older samples in front of newer ones', () => {
    const harness = new Harness();
    harness.hot.addSeries(1, 1_000);
    expect(harness.append(1, 999, 1)).toBe(LATE);
    expect(harness.append(1, 1_000, 2)).toBe(STORED);
    const older = new SampleBuffer();
    for (const at of [100, 500, 1_000, 1_500]) older.push(at, at);
    harness.hot.adopt(1, older, 50);
    expect(harness.read(1)).toEqual([
      [100, 100],
      [500, 500],
      [1_000, 2],
    ]);
    expect(harness.append(1, 60, 6)).toBe(STORED);
    expect(harness.append(1, 49, 6)).toBe(LATE);
  });

  it('estimates how many samples a range has', () => {
    const harness = new Harness();
    harness.hot.addSeries(1, -Infinity);
    for (let step = 0; step < 2_000; step++) harness.append(1, step * 1_000, Math.sin(step));
    expect(harness.hot.estimate(1, -Infinity, Infinity)).toBe(2_000);
    expect(Math.abs(harness.hot.estimate(1, 500_000, 999_000) - 500)).toBeLessThan(10);
    expect(harness.hot.estimate(1, 2_000_000, 3_000_000)).toBe(0);
  });
});
