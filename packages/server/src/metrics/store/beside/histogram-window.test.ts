import type { NativeHistogram } from '@vedette/wire/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRun } from './histogram-chunk.ts';
import { type HistogramSample, hintBehind } from './histogram-sample.ts';
import { HistogramWindow } from './histogram-window.ts';

const HOUR_MS = 3_600_000;

function histogram(count: number, counterResetHint: NativeHistogram['counterResetHint'] = 'unknown'): NativeHistogram {
  return {
    schema: 0,
    counterResetHint,
    zeroThreshold: 0.001,
    zeroCount: 0,
    count,
    sum: count,
    positiveSpans: [{ offset: 0, length: 1 }],
    positiveBuckets: Float64Array.of(count),
    negativeSpans: [],
    negativeBuckets: new Float64Array(),
    customValues: new Float64Array(),
  };
}

function read(window: HistogramWindow, ref: number, fromMs = -Infinity, toMs = Infinity): HistogramSample[] {
  const samples: HistogramSample[] = [];
  for (const run of window.runs(ref, fromMs, toMs)) readRun(run, fromMs, toMs, (sample) => samples.push(sample));
  return samples;
}

function hints(window: HistogramWindow): string[] {
  let previousMs: number | undefined;
  return read(window, 1).map((sample) => {
    const hint = hintBehind(sample, previousMs);
    previousMs = sample.timestampMs;
    return `${sample.timestampMs} ${hint}`;
  });
}

describe('histogram window', () => {
  it('gives back what was appended in any order, the last of equal times, like a plain map', () => {
    const some = fc
      .record({ count: fc.nat(1_000), schema: fc.integer({ min: -1, max: 1 }), sum: fc.double() })
      .map(({ count, schema, sum }) => ({ ...histogram(count), schema, sum }));
    const write = fc.tuple(fc.nat(400), some);
    fc.assert(
      fc.property(fc.array(write, { maxLength: 150 }), fc.nat(400), fc.nat(400), (writes, from, to) => {
        const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
        window.addSeries(1, -Infinity);
        const model = new Map<number, NativeHistogram>();
        for (const [at, value] of writes) {
          window.append(1, at, value, 1, 0);
          model.set(at, value);
        }
        const expected = [...model].filter(([at]) => at >= from && at <= to).sort(([a], [b]) => a - b);
        const withoutHint = (value: NativeHistogram): NativeHistogram => ({ ...value, counterResetHint: 'unknown' });
        expect(read(window, 1, from, to).map(({ timestampMs, value }) => [timestampMs, withoutHint(value)])).toEqual(
          expected.map(([at, value]) => [at, withoutHint(value)]),
        );
        expect(window.samples).toBe(model.size);
      }),
      { numRuns: 150 },
    );
  });

  it('a reader sees the samples as they were when it began', () => {
    const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
    window.addSeries(1, -Infinity);
    for (let at = 0; at < 50; at++) window.append(1, at * 10, histogram(at), 1, 0);
    const runs = window.runs(1, -Infinity, Infinity);
    for (let at = 0; at < 100; at++) window.append(1, at * 5, histogram(1_000 + at), 2, 0);
    window.erase(1, 0, 200, 0);
    const seen: number[] = [];
    for (const run of runs) readRun(run, -Infinity, Infinity, ({ value }) => seen.push(value.count));
    expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  it('marks what has grown since the histogram before as not reset, and nothing else', () => {
    const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
    window.addSeries(1, -Infinity);
    for (const [at, count] of [
      [10, 5],
      [20, 7],
      [30, 3],
      [40, 4],
    ] as const)
      window.append(1, at, histogram(count), 1, 0);
    window.append(1, 50, histogram(9, 'gauge'), 1, 0);
    window.append(1, 60, histogram(10), 1, 0);
    window.append(1, 70, histogram(10, 'reset'), 1, 0);
    window.append(1, 80, histogram(2, 'not_reset'), 1, 0);
    expect(hints(window)).toEqual([
      '10 unknown',
      '20 not_reset',
      '30 unknown',
      '40 not_reset',
      '50 gauge',
      '60 unknown',
      '70 reset',
      '80 not_reset',
    ]);
  });

  it('a hint says nothing once another histogram came to stand before, or the one before was deleted', () => {
    const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
    window.addSeries(1, -Infinity);
    for (const [at, count] of [
      [10, 5],
      [20, 7],
      [40, 8],
      [50, 9],
    ] as const)
      window.append(1, at, histogram(count), 1, 0);
    window.append(1, 30, histogram(2), 1, 0);
    expect(hints(window)).toEqual(['10 unknown', '20 not_reset', '30 unknown', '40 unknown', '50 not_reset']);
    window.erase(1, 15, 45, 0);
    expect(hints(window)).toEqual(['10 unknown', '50 unknown']);
  });

  it('no chunk boundary invents or loses a hint', () => {
    const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
    window.addSeries(1, -Infinity);
    for (let at = 0; at < 200; at++) window.append(1, at, histogram(at % 50), 1, 0);
    expect(hints(window)).toEqual(
      Array.from({ length: 200 }, (_, at) => `${at} ${at % 50 === 0 ? 'unknown' : 'not_reset'}`),
    );
  });

  it('lets go of what is durable, when there is no room and when it is old, and says what it still covers', () => {
    const window = new HistogramWindow({ sizeBytes: 20_000, ageMs: HOUR_MS });
    window.addSeries(1, -Infinity);
    for (let at = 0; at < 5_000; at++) window.append(1, at, histogram(at), Math.floor(at / 1_000), at);
    window.evict(-1, 5_000);
    expect(window.samples).toBe(5_000);
    window.evict(2, 5_000);
    expect(window.coveredFromMs(1)).toBeGreaterThan(2_900);
    expect(window.coveredFromMs(1)).toBeLessThan(3_050);
    expect(read(window, 1).map(({ timestampMs }) => timestampMs)[0]).toBe(window.coveredFromMs(1));
    window.evict(9, 5_000);
    expect(window.usedBytes).toBeLessThanOrEqual(20_000);
    window.evict(9, 5_000 + 2 * HOUR_MS);
    expect(window.samples).toBe(0);
    expect(window.usedBytes).toBe(0);
    expect(window.coveredFromMs(1)).toBe(5_000);
  });

  it('takes what an earlier process stored, without a second one of any time', () => {
    const window = new HistogramWindow({ sizeBytes: 1e9, ageMs: HOUR_MS });
    window.addSeries(1, Infinity);
    window.append(1, 30, histogram(3), 1, 0);
    window.append(1, 50, histogram(5), 1, 0);
    const older = [10, 30, 40].map((timestampMs) => ({ timestampMs, linkMs: 0, value: histogram(100) }));
    window.adopt(1, older, 5, 0);
    expect(read(window, 1).map(({ timestampMs, value }) => [timestampMs, value.count])).toEqual([
      [10, 100],
      [30, 3],
      [40, 100],
      [50, 5],
    ]);
    expect(window.coveredFromMs(1)).toBe(5);
  });
});
