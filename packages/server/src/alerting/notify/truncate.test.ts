import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runeCount, truncateBytes, truncateRunes } from './truncate.ts';

describe('texts that are too long', () => {
  it.each([
    ['short', 5, 'short', false],
    ['longer', 5, 'long…', true],
    ['abcd', 3, 'abc', true],
    ['📷📷📷📷📷', 5, '📷📷📷📷📷', false],
    ['📷📷📷📷📷', 4, '📷📷📷…', true],
    ['abc', 0, '', true],
  ])('%s in %i characters', (text, max, expected, wasCut) => {
    expect(truncateRunes(text, max)).toEqual({ text: expected, wasCut });
  });

  it.each([
    ['short', 5, 'short', false],
    ['longer', 5, 'lo…', true],
    ['éééé', 8, 'éééé', false],
    ['éééé', 7, 'éé…', true],
    ['📷📷', 7, '📷…', true],
    ['📷', 3, '', true],
  ])('%s in %i bytes', (text, max, expected, wasCut) => {
    expect(truncateBytes(text, max)).toEqual({ text: expected, wasCut });
  });

  it('never break the limit or a character, and are left alone when they fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, max) => {
        const runes = truncateRunes(text, max);
        expect(runeCount(runes.text)).toBeLessThanOrEqual(max);
        expect(runes.wasCut).toBe(runeCount(text) > max);
        const bytes = truncateBytes(text, max);
        expect(Buffer.byteLength(bytes.text)).toBeLessThanOrEqual(max);
        expect(bytes.wasCut).toBe(Buffer.byteLength(text) > max);
        for (const cut of [runes, bytes]) {
          expect(Buffer.from(cut.text).toString()).toBe(cut.text);
          expect(text.startsWith(cut.wasCut ? cut.text.replace(/…$/, '') : cut.text)).toBe(true);
        }
      }),
    );
  });
});
