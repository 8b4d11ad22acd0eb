import { describe, expect, it } from 'vitest';
import { LateRanges } from './late-ranges.ts';

describe('late samples', () => {
  it('were forgotten while their buckets were being made anew, and grids answered without them', () => {
    const late = new LateRanges();
    late.add(7, 100, 200, 0);
    late.take(7);
    expect(late.overlaps(7, 50, 150)).toBe(true);
    expect(late.due(1_000, 0, 0)).toEqual([]);
    // More that comes meanwhile is late again, and stays so when the first are made.
    late.add(7, 500, 600, 1);
    late.made(7);
    expect(late.overlaps(7, 50, 150)).toBe(false);
    expect(late.overlaps(7, 450, 550)).toBe(true);
  });

  it('overlap by the bucket: after its beginning, up to its end', () => {
    const late = new LateRanges();
    late.add(2_000, 300, 300, 0);
    expect(late.overlaps(2_000, 299, 300)).toBe(true);
    expect(late.overlaps(2_000, 300, 400)).toBe(false);
    expect(late.overlaps(3, 0, Infinity)).toBe(false);
  });
});
