import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../base/errors.ts';
import { createMatcher } from '../../model/matcher.ts';
import { matcherText, matchersText } from './matcher-text.ts';
import { type MatcherMode, parseMatcher, parseMatchers } from './parse-matchers.ts';

const MODES: readonly MatcherMode[] = ['fallback', 'utf8-strict', 'classic'];

function read(text: string, mode?: MatcherMode): string {
  try {
    return matchersText(parseMatchers(text, mode).matchers);
  } catch (error) {
    if (!isVedetteError(error, 'ALERTMANAGER_INVALID')) throw error;
    return error.message;
  }
}

describe('matchers in all three ways of reading', () => {
  it.each([
    ['severity="critical"', '{severity="critical"}'],
    ['{severity="critical",team!="a, b"}', '{severity="critical",team!="a, b"}'],
    [' service =~ "a|b" , x!~"y.*" ,', '{service=~"a|b",x!~"y.*"}'],
    ['job=node', '{job="node"}'],
    ['text="a\\nb\\\\c\\"d"', '{text="a\\nb\\\\c\\"d"}'],
    ['empty=""', '{empty=""}'],
    ['{}', '{}'],
  ])('%s', (text, expected) => {
    expect(MODES.map((mode) => read(text, mode))).toEqual([expected, expected, expected]);
  });
});

describe('matchers in the newer way of reading', () => {
  it.each([
    ['"site name"="Köln"', '{"site name"="Köln"}'],
    ['größe="1"', '{größe="1"}'],
    ['a="\\u00e4\\x41\\101"', '{a="äAA"}'],
    ['a', "end of input: expected an operator such as '=', '!=', '=~' or '!~'"],
    ['a=', 'end of input: expected label value'],
    ['=b', '0:1: unexpected =: expected label name'],
    ['a="b', '2:4: "b: missing end "'],
    ['a="b" c="d"', '6:7: unexpected c: expected a comma or close brace'],
    ['a="b",,', '6:7: unexpected ,: expected a matcher or close brace after comma'],
    ['{a="b"', '0:6: end of input: expected close brace'],
    ['a="b"}', '0:6: }: expected opening brace'],
    ['{a="b"}x', '7:8: x: expected end of input'],
    ["a='b'", "2:3: ': invalid input"],
    ['a="\\q"', '2:6: "\\q": invalid input'],
    ['a="\\xff"', '2:8: "\\xff": invalid input'],
    ['a!b', "1:2: !: expected one of '=~'"],
    ['a!', "1:2: unexpected end of input, expected one of '=~'"],
  ])('%s', (text, expected) => {
    expect(read(text, 'utf8-strict')).toBe(expected);
  });

  it('a wrong regular expression is told as such', () => {
    expect(read('a=~"("', 'utf8-strict')).toContain('failed to create matcher: error parsing regexp: missing');
  });
});

describe('matchers in the older way of reading', () => {
  it.each([
    ['a=b c', '{a="b c"}'],
    ['a=~\\d+', '{a=~"\\\\d+"}'],
    ['a="b\\d"', '{a="b\\\\d"}'],
    ['{a="b"', '{a="b"}'],
    ['a="b', 'matcher value contains unescaped double quote: "b'],
    ['a=b"c', 'matcher value contains unescaped double quote: b"c'],
    ['größe="1"', 'bad matcher format: größe="1"'],
    ['a', 'bad matcher format: a'],
    ['a=b,,c=d', 'bad matcher format: '],
  ])('%s', (text, expected) => {
    expect(read(text, 'classic')).toBe(expected);
  });
});

describe('fallback between them', () => {
  it('what only the newer way reads is read so', () => {
    expect(parseMatchers('"site name"="x"')).toEqual({ matchers: [expect.objectContaining({ name: 'site name' })] });
  });

  it('what only the older way reads is read so, with a warning that has the new spelling', () => {
    const { matchers, warning } = parseMatchers('a=~\\d+');
    expect(matchersText(matchers)).toBe('{a=~"\\\\d+"}');
    expect(warning).toContain('write it as a=~"\\\\d+"');
  });

  it('where the two disagree the older way wins, with a warning', () => {
    // \t is a tab to the newer way, a backslash and a t to the older.
    const { matchers, warning } = parseMatchers('a="\\t"');
    expect(matchersText(matchers)).toBe('{a="\\\\t"}');
    expect(warning).toContain("Alertmanager's older reading");
  });

  it('what neither reads has the words of the older way', () => {
    expect(read('a')).toBe('bad matcher format: a');
  });
});

describe('one matcher', () => {
  it('has no braces', () => {
    expect(() => parseMatcher('{a="b"}')).toThrow('unexpected open or close brace: {a="b"}');
    expect(matcherText(parseMatcher('a="b"'))).toBe('a="b"');
  });

  it('is one', () => {
    expect(() => parseMatcher('a="b",c="d"', 'utf8-strict')).toThrow('expected 1 matcher, found 2');
    expect(() => parseMatcher('', 'utf8-strict')).toThrow('no matchers');
  });
});

describe('any text', () => {
  it('is read or refused with a code, in time that grows with its length', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'{}=!~,"\\ ab\n\'ä') }));
    fc.assert(
      fc.property(text, fc.constantFrom(...MODES), (input, mode) => {
        read(input, mode);
      }),
    );
    for (const part of [' ', '{', '"', '\\', ',', 'a=b,', '!'])
      for (const mode of MODES) read(part.repeat(100_000), mode);
  });

  it('a matcher that is written is read again as the same one, in the newer way', () => {
    const value = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.constantFrom('=' as const, '!=' as const),
        value,
        (name, operator, text) => {
          const [again] = parseMatchers(matcherText(createMatcher(name, operator, text)), 'utf8-strict').matchers;
          expect(again).toMatchObject({ name, operator, value: text });
        },
      ),
    );
  });

  it('a matcher with an old name and value is read the same in both ways', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'b_1', ':c'),
        fc.string({ unit: fc.constantFrom(...'ab ,={}"\\n\n') }),
        (name, value) => {
          const { matchers, warning } = parseMatchers(matcherText(createMatcher(name, '=', value)));
          expect(matchers).toMatchObject([{ name, value }]);
          expect(warning).toBeUndefined();
        },
      ),
    );
  });
});
