import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../base/errors.ts';
import { compileAnchored } from '../../model/matcher.ts';
import { literalPrefix } from './literal-prefix.ts';

describe('the literal prefix of a pattern', () => {
  it('ends before anything that is not plain text', () => {
    const cases: Record<string, string> = {
      'cam-5-[0-9]+': 'cam-5-',
      'cam-5?': 'cam-',
      '10\\.0\\.0\\..*': '10.0.0.',
      'a{2}b': '',
      'a|ab': '',
      '(?i)cam': '',
      '^cam': '',
      'gate\\d': 'gate',
      'x😀*': 'x',
      plain: 'plain',
    };
    for (const [pattern, prefix] of Object.entries(cases)) expect(literalPrefix(pattern), pattern).toBe(prefix);
  });

  it('begins every text that the pattern matches', () => {
    const part = fc.constantFrom('a', 'b', 'ab', '\\.', '.', '*', '+', '?', '[ab]', '(a)', '{2}', '^', '$', '\\d', '1');
    const pattern = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '.', '1'), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 30 }), (source, texts) => {
        let matches: (value: string) => boolean;
        try {
          matches = compileAnchored(source);
        } catch (error) {
          expect(isVedetteError(error, 'PROMQL_PARSE')).toBe(true);
          return;
        }
        for (const value of texts) if (matches(value)) expect(value.startsWith(literalPrefix(source))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
