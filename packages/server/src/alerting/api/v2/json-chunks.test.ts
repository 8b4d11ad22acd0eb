import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonChunks } from './json-chunks.ts';

const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString('utf8');

describe('JSON in chunks', () => {
  it('is the text that the pieces make, whatever their lengths and letters', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.integer({ min: 1, max: 40_000 }))
        .map(([a, n]) => a.repeat(n)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(text([...jsonChunks(pieces)])).toBe(pieces.join(''));
      }),
      { numRuns: 60 },
    );
  });

  it('takes no more pieces than the next chunk needs', () => {
    let taken = 0;
    const pieces = (function* () {
      for (let i = 0; i < 1_000; i++) {
        taken++;
        yield 'x'.repeat(1_024);
      }
    })();
    const chunks = jsonChunks(pieces);
    expect(chunks.next().value).toHaveLength(64 * 1_024);
    expect(taken).toBe(64);
  });

  it('of nothing is nothing', () => {
    expect([...jsonChunks([])]).toEqual([]);
  });
});
