import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../base/errors.ts';
import { compileAnchored, createMatcher, literalAlternatives, matchesEmpty } from './matcher.ts';
import { REGEX_LENGTH_MAX } from './regex-limits.ts';

describe('matchers', () => {
  it('regular expressions are anchored at both ends', () => {
    const matcher = createMatcher('job', '=~', 'api|web.*');
    expect(['api', 'web', 'web-1'].every((value) => matcher.matches(value))).toBe(true);
    expect(['xapi', 'apix', ''].some((value) => matcher.matches(value))).toBe(false);
  });

  it('a missing label is the empty string', () => {
    expect(matchesEmpty([createMatcher('job', '=', '')])).toBe(true);
    expect(matchesEmpty([createMatcher('job', '!=', 'x'), createMatcher('site', '=~', '.*')])).toBe(true);
    expect(matchesEmpty([createMatcher('job', '=~', '.+')])).toBe(false);
    expect(matchesEmpty([createMatcher('job', '!~', '')])).toBe(false);
  });

  it('plain alternations are recognised as sets', () => {
    expect(literalAlternatives('a|b|')).toEqual(['a', 'b', '']);
    expect(literalAlternatives('a.b')).toBeUndefined();
    expect(compileAnchored('a|b|')('')).toBe(true);
  });

  it('a hostile pattern takes linear time', () => {
    const test = compileAnchored('(a+)+(a+)+b');
    const before = performance.now();
    expect(test('a'.repeat(5_000))).toBe(false);
    // A backtracking engine would need longer than the age of the universe.
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('a pattern that is no RE2, or too long, is refused with its reason', () => {
    for (const pattern of ['(', '(?=x)', 'x'.repeat(REGEX_LENGTH_MAX + 1)]) {
      try {
        compileAnchored(pattern);
        expect.unreachable(pattern.slice(0, 20));
      } catch (error) {
        expect(isVedetteError(error, 'PROMQL_PARSE')).toBe(true);
      }
    }
  });
});
