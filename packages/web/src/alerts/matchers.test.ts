import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchersOf, matchersText, parseMatchers } from './matchers.ts';

const matcher = fc.record({
  name: fc.oneof(
    fc.constantFrom('alertname', 'camera_id', 'a:b'),
    fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }),
  ),
  value: fc.oneof(
    fc.constantFrom('', 'x', '.*|b', 'with "quotes"', 'a, b', '{c}', 'line\nbreak'),
    fc.string({ unit: 'grapheme' }),
  ),
  isRegex: fc.boolean(),
  isEqual: fc.boolean(),
});

describe('matchers of silences', () => {
  it('come back from their text', () => {
    fc.assert(
      fc.property(fc.array(matcher, { minLength: 1, maxLength: 4 }), (matchers) => {
        expect(parseMatchers(matchersText(matchers))).toEqual({ ok: true, matchers });
      }),
    );
  });

  it.each([
    ['alertname=CameraOffline', 'alertname="CameraOffline"'],
    ['{site=~"north|south", severity!="info",}', 'site=~"north|south", severity!="info"'],
    [' a = b c , d!~e', 'a="b c", d!~"e"'],
  ])('%s is read as a person means it', (text, expected) => {
    const parsed = parseMatchers(text);
    expect(parsed.ok && matchersText(parsed.matchers)).toBe(expected);
  });

  it.each(['', 'alertname', '="x"', 'a="b" c="d"', 'a="\\q"'])('%j is refused with what to write', (text) => {
    expect(parseMatchers(text)).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/Write|cannot be read/) as string,
    });
  });

  it('labels make matchers that are exact', () => {
    expect(matchersText(matchersOf({ alertname: 'A', site: 'x"y' }))).toBe('alertname="A", site="x\\"y"');
  });
});
