import { describe, expect, it } from 'vitest';
import { histogramText } from './query.ts';

describe('a native histogram on the terminal', () => {
  it('shows count, sum and each bucket with the bounds that belong to it', () => {
    expect(
      histogramText({
        count: '10',
        sum: '18.4',
        buckets: [
          [1, '-2', '-1', '2'],
          [3, '-0.25', '0.25', '3'],
          [0, '0.5', '1', '1'],
          [2, '2', '+Inf', '4'],
        ],
      }),
    ).toBe('{count:10, sum:18.4, [-2,-1):2, [-0.25,0.25]:3, (0.5,1]:1, (2,+Inf):4}');
    expect(histogramText({ count: '0', sum: '0' })).toBe('{count:0, sum:0}');
  });
});
