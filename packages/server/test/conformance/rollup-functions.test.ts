import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unixMs } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { MemorySelector, openQueryEngine } from '../../src/metrics/query/index.ts';
import { BucketRowsBuilder } from '../../src/metrics/store/rollup/bucket-rows.ts';
import { fillGrid } from '../../src/metrics/store/rollup/grid-functions.ts';
import { Labels } from '../../src/model/labels.ts';
import type { GridFunction } from '../../src/model/ports.ts';
import { SampleBuffer } from '../../src/model/sample.ts';
import { STALE_NAN } from '../../src/model/stale.ts';

const RESOLUTION_MS = 300_000;
const FUNCTIONS: readonly GridFunction[] = [
  'last',
  'rate',
  'increase',
  'delta',
  'changes',
  'resets',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'first_over_time',
  'present_over_time',
];

/** Steps between samples, with gaps and jitter; values that rise, repeat, fall to zero, end, and are no numbers. */
const samplesArbitrary = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(5_000, 15_000, 60_000) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 90_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 2_000_000 }) },
      ),
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }).map((up) => ['up', up] as const) },
        { weight: 2, arbitrary: fc.constant(['reset', 0] as const) },
        { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => ['set', x] as const) },
        { weight: 1, arbitrary: fc.constant(['set', Number.NaN] as const) },
        { weight: 1, arbitrary: fc.constant(['stale', 0] as const) },
      ),
    ),
    { minLength: 1, maxLength: 200 },
  )
  .map((moves) => {
    let atMs = 10_000_000;
    let value = 0;
    return moves.map(([stepMs, [kind, x]]) => {
      atMs += stepMs;
      if (kind === 'stale') return [atMs, STALE_NAN] as const;
      value = kind === 'up' ? (Number.isNaN(value) ? 0 : value) + x : kind === 'reset' ? 0 : x;
      return [atMs, value] as const;
    });
  });

describe('functions over rollup buckets', () => {
  it.each(FUNCTIONS)('%s gives what the engine gives on the samples themselves', async (name) => {
    await fc.assert(
      fc.asyncProperty(
        samplesArbitrary,
        fc.constantFrom(1, 2, 3, 12),
        fc.constantFrom(1, 2, 5),
        fc.boolean(),
        async (samples, rangeBuckets, stepBuckets, shortLookback) => {
          const labels = Labels.fromObject({ __name__: 'x' });
          const memory = new MemorySelector();
          const buffer = new SampleBuffer();
          for (const [atMs, value] of samples) {
            memory.add(labels, atMs, value);
            buffer.push(atMs, value);
          }
          const rangeMs = name === 'last' && shortLookback ? 120_000 : rangeBuckets * RESOLUTION_MS;
          const stepMs = stepBuckets * RESOLUTION_MS;
          const firstEndMs = Math.floor((samples[0]?.[0] ?? 0) / RESOLUTION_MS) * RESOLUTION_MS;
          const steps = Math.ceil(((samples.at(-1)?.[0] ?? 0) - firstEndMs) / stepMs) + 2;

          const rows = new BucketRowsBuilder(1);
          rows.add(7, buffer, RESOLUTION_MS);
          const values = new Float64Array(steps);
          const present = new Uint8Array(steps);
          fillGrid(name, rows, 0, rows.length, { firstEndMs, stepMs, steps, rangeMs }, values, present);

          const engine = openQueryEngine({ selector: memory, clock: new VirtualClock(unixMs(0)) });
          const query = name === 'last' ? 'x' : `${name}(x[${rangeMs}ms])`;
          const window = { startMs: firstEndMs, endMs: firstEndMs + (steps - 1) * stepMs, stepMs };
          const answer = await engine.range(
            query,
            { ...window, startMs: unixMs(window.startMs), endMs: unixMs(window.endMs) },
            { signal: new AbortController().signal, ...(name === 'last' ? { lookbackDeltaMs: rangeMs } : {}) },
          );
          const expected = new Map<number, number>();
          const series = answer.series[0];
          for (const [i, atMs] of series?.timestampMs.entries() ?? []) expected.set(atMs, series?.value[i] as number);
          for (let k = 0; k < steps; k++) {
            const atMs = firstEndMs + k * stepMs;
            expect(present[k] === 1, `${name} at ${atMs}`).toBe(expected.has(atMs));
            if (present[k] !== 1) continue;
            const got = values[k] as number;
            const want = expected.get(atMs) as number;
            const close =
              Object.is(got, want) || got === want || Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want));
            expect(close, `${name} at ${atMs}: ${got} and ${want}`).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
