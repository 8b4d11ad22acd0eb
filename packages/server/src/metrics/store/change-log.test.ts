import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeLog } from './change-log.ts';

const MINUTE = 60_000;

describe('the log of changes', () => {
  it('tells the first minute that changed after a mark', () => {
    const log = new ChangeLog();
    log.touch(10 * MINUTE, 12 * MINUTE + 5);
    const mark = log.mark();
    expect(log.firstChange(mark, 0, Infinity)).toBe(Infinity);
    log.touch(20 * MINUTE + 7, 20 * MINUTE + 8);
    log.touch(15 * MINUTE, 15 * MINUTE);
    expect(log.firstChange(mark, 0, 60 * MINUTE)).toBe(15 * MINUTE);
    expect(log.firstChange(mark, 16 * MINUTE, 60 * MINUTE)).toBe(20 * MINUTE);
    expect(log.firstChange(mark, 20 * MINUTE + 30, 60 * MINUTE)).toBe(20 * MINUTE + 30);
    expect(log.firstChange(mark, 21 * MINUTE, 60 * MINUTE)).toBe(Infinity);
  });

  it('a change without bounds is one of everything', () => {
    const log = new ChangeLog();
    const mark = log.mark();
    log.touch(-Infinity, Infinity);
    expect(log.firstChange(mark, 5, 10)).toBe(5);
  });

  it('never calls something unchanged that changed, however far apart the changes lie', () => {
    const time = fc.integer({ min: -20_000, max: 20_000 }).map((minutes) => minutes * MINUTE);
    const change = fc.record({ from: time, length: fc.constantFrom(0, MINUTE, 30 * MINUTE, 5_000 * MINUTE) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.nat(60), time, time, (changes, marked, a, b) => {
        const log = new ChangeLog();
        let mark = 0;
        for (const [i, { from, length }] of changes.entries()) {
          if (i === marked) mark = log.mark();
          log.touch(from, from + length);
        }
        const after = marked < changes.length ? changes.slice(marked) : [];
        if (marked >= changes.length) mark = log.mark();
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const told = log.firstChange(mark, start, end);
        for (const { from, length } of after)
          if (from <= end && from + length >= start) expect(told).toBeLessThanOrEqual(Math.max(from, start));
      }),
    );
  });
});
