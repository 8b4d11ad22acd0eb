import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../table-rows.ts';
import { type StartEntry, StartTimes, fillStartTimes } from './start-times.ts';

const HOUR_MS = 3_600_000;

function filled(times: readonly number[], stored: readonly StartEntry[], recent: readonly StartEntry[]): number[] {
  const starts = new Float64Array(times.length);
  fillStartTimes(Float64Array.from(times), times.length, stored, recent, starts);
  return [...starts];
}

describe('start times', () => {
  it('are given back for every sample as it was written, in any order, from memory and from what was stored', () => {
    const write = fc.tuple(fc.nat(4 * 24), fc.constantFrom(0, 1, 1, 1, 2));
    fc.assert(
      fc.property(fc.array(write, { maxLength: 60 }), fc.nat(60), (writes, restartAt) => {
        let starts = new StartTimes(1_000 * DAY_MS);
        const model = new Map<number, number>();
        const stored: StartEntry[] = [];
        let newestMs = -Infinity;
        for (const [i, [hour, start]] of writes.entries()) {
          const at = hour * HOUR_MS;
          if (i === restartAt && model.size > 0) {
            // Memory is empty then, and the catalog knows the newest day only.
            const had = starts.has(1);
            starts = new StartTimes(1_000 * DAY_MS);
            if (had) starts.addSeries(1, Infinity);
            newestMs = (Math.floor(newestMs / DAY_MS) + 1) * DAY_MS - 1;
          }
          const entry = starts.note(1, at, start, newestMs, 1);
          if (entry !== undefined) stored.push(entry);
          if (at > newestMs) newestMs = at;
          model.set(at, start);
        }
        const times = [...model.keys()].sort((a, b) => a - b);
        const expected = times.map((at) => model.get(at));
        expect(filled(times, stored, [])).toEqual(expected);
        if (restartAt >= writes.length)
          expect(filled(times, [], starts.entries(1, times[0] ?? 0, Infinity))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('cost one entry a day for a counter that goes on, and none for series without', () => {
    const starts = new StartTimes(2 * HOUR_MS);
    let entries = 0;
    for (let at = 0; at < 3 * DAY_MS; at += 60_000) {
      if (starts.note(1, at, 5, at - 60_000, 1) !== undefined) entries++;
      starts.note(2, at, 0, at - 60_000, 1);
    }
    expect(entries).toBe(3);
    expect(starts.has(2)).toBe(false);
  });

  it('leave memory when they are old and durable, but for the step in force', () => {
    const starts = new StartTimes(HOUR_MS);
    for (let at = 0; at <= 4 * HOUR_MS; at += 60_000) starts.note(1, at, at, at - 1, at / 60_000);
    starts.evict(-1, 4 * HOUR_MS);
    expect(starts.coveredFromMs(1)).toBe(-Infinity);
    starts.evict(Infinity, 4 * HOUR_MS);
    expect(starts.coveredFromMs(1)).toBe(3 * HOUR_MS - 60_000);
    const times = [3 * HOUR_MS - 30_000, 3 * HOUR_MS, 4 * HOUR_MS];
    expect(filled(times, [], starts.entries(1, times[0] as number, Infinity))).toEqual([
      3 * HOUR_MS - 60_000,
      3 * HOUR_MS,
      4 * HOUR_MS,
    ]);
  });
});
