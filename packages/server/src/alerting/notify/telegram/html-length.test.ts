import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlTextLength } from './html-length.ts';

describe('what Telegram counts of HTML', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['<b>bold</b>', 4],
    ['<a href="http://watch/?a=1&amp;b=2">link</a>', 4],
    ['a &lt; b &amp; c', 9],
    ['&#65;&#x42;&#128247;', 3],
    ['&nbsp;', 6],
    ['a & b', 5],
    ['📷📷', 2],
    ['<b', 2],
    ['a < b', 5],
  ])('%s', (html, count) => {
    expect(htmlTextLength(html)).toBe(count);
  });

  it('is never more than the characters there are, and ends for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '#', 'x', '1', ';', 'lt', '📷') }), (html) => {
        expect(htmlTextLength(html)).toBeLessThanOrEqual([...html].length);
      }),
    );
  });

  it('takes a moment for a long hostile text', () => {
    const started = performance.now();
    htmlTextLength('<'.repeat(200_000));
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
