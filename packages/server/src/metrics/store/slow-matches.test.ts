import { describe, expect, it } from 'vitest';
import { type Matcher, createMatcher } from '../../model/matcher.ts';
import { SlowMatches } from './slow-matches.ts';

const signal = new AbortController().signal;
const values = Array.from({ length: 1_000 }, (_, i) => `cam-${i}`);

/** Each look at the clock finds a millisecond gone. */
function tickingClock(): { monotonicMs(): number } {
  let nowMs = 0;
  return { monotonicMs: () => nowMs++ };
}

function counted(pattern: string): { readonly matcher: Matcher; readonly count: () => number } {
  const matcher = createMatcher('camera', '=~', pattern);
  let count = 0;
  const matches = (value: string): boolean => {
    count++;
    return matcher.matches(value);
  };
  return { matcher: { ...matcher, matches }, count: () => count };
}

describe('tests by slow expressions', () => {
  it('come out as the matcher says, and the next time without asking it', async () => {
    const slow = new SlowMatches(tickingClock());
    const { matcher, count } = counted('cam-[1-3]+');
    const verdicts = await slow.test(matcher, values, signal);
    expect(values.filter((value) => verdicts.get(value))).toEqual(values.filter((value) => /^cam-[1-3]+$/.test(value)));
    await slow.test(matcher, [...values, 'cam-new'], signal);
    expect(count()).toBe(values.length + 1);
  });

  it('leave the event loop to others in between, and end when nobody wants to know any more', async () => {
    const slow = new SlowMatches(tickingClock());
    const { matcher, count } = counted('cam-[1-3]+');
    const left = new AbortController();
    const testing = slow.test(matcher, values, left.signal);
    expect(count()).toBeLessThan(10);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    left.abort(new Error('the client left'));
    await expect(testing).rejects.toThrow('the client left');
    expect(count()).toBeLessThan(50);
  });

  it('are remembered up to a bound', async () => {
    const slow = new SlowMatches(tickingClock());
    const many = Array.from({ length: 90_000 }, (_, i) => `v${i}`);
    const [first, second, third] = [counted('v1.?'), counted('v2.?'), counted('v3.?')];
    for (const { matcher } of [first, second, third]) await slow.test(matcher, many, signal);
    await slow.test(third.matcher, many, signal);
    expect(third.count()).toBe(many.length);
    await slow.test(first.matcher, many, signal);
    expect(first.count()).toBe(2 * many.length);
  });
});
