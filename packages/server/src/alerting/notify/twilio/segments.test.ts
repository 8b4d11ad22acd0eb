import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentCount, truncateSegments } from './segments.ts';

describe('parts of a text message', () => {
  it.each([
    ['', 1],
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['a'.repeat(306), 2],
    ['a'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    [`${'a'.repeat(69)}…`, 1],
    [`${'a'.repeat(70)}…`, 2],
    ['📷'.repeat(35), 1],
    ['📷'.repeat(36), 2],
  ])('%s', (text, count) => {
    expect(segmentCount(text)).toBe(count);
  });

  it('a long text keeps its beginning, in seven bits where it can', () => {
    expect(truncateSegments('a'.repeat(200), 1)).toBe(`${'a'.repeat(157)}...`);
    expect(truncateSegments(`${'é'.repeat(200)}`, 2)).toBe('é'.repeat(200));
    expect(truncateSegments('Ж'.repeat(200), 1)).toBe(`${'Ж'.repeat(69)}…`);
  });

  it('never takes more than it may', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1_000 }), fc.integer({ min: 1, max: 10 }), (text, max) => {
        expect(segmentCount(truncateSegments(text, max))).toBeLessThanOrEqual(max);
      }),
    );
  });
});
