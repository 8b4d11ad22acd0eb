import { describe, expect, it } from 'vitest';
import { type Pace, desiredShards } from './shard-count.ts';

/** 10,000 rows a second, 2,000 a request of 100 ms: half a shard is busy. */
const pace: Pace = {
  current: 1,
  seconds: 10,
  rowsIn: 100_000,
  rowsSent: 100_000,
  secondsSpent: 5,
  rowsBehind: 0,
  min: 1,
  max: 50,
};

describe('desiredShards', () => {
  it('one is enough while requests are fast', () => {
    expect(desiredShards(pace)).toEqual({ desired: 1, raw: 0.5 });
  });

  it('slow requests want more, up to the bound', () => {
    expect(desiredShards({ ...pace, secondsSpent: 100 }).desired).toBe(10);
    expect(desiredShards({ ...pace, secondsSpent: 1_000 }).desired).toBe(50);
  });

  it('a backlog wants more: 5 % of it a second', () => {
    expect(desiredShards({ ...pace, rowsBehind: 1_000_000 }).desired).toBe(3);
  });

  it('nothing was sent: nothing is known, and the bounds hold', () => {
    expect(desiredShards({ ...pace, current: 7, rowsSent: 0 }).desired).toBe(7);
    expect(desiredShards({ ...pace, current: 70, rowsSent: 0 }).desired).toBe(50);
  });

  it('small changes are none, and fewer only once nothing waits', () => {
    expect(desiredShards({ ...pace, current: 10, secondsSpent: 90 }).desired).toBe(10);
    expect(desiredShards({ ...pace, current: 40, secondsSpent: 50, rowsBehind: 200_000 }).desired).toBe(40);
    expect(desiredShards({ ...pace, current: 40, secondsSpent: 50 }).desired).toBe(5);
  });
});
