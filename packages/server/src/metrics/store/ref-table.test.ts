import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefTable } from './ref-table.ts';

describe('a table of refs by hash', () => {
  it('finds what a Map would find, whatever comes and goes, with hashes that collide', () => {
    const step = fc.record({ ref: fc.integer({ min: 1, max: 5_000 }), hash: fc.integer({ min: 0, max: 700 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6_000 }), fc.integer({ min: 0, max: 31 }), (steps, shift) => {
        const table = new RefTable();
        const model = new Map<number, number>();
        for (const { ref, hash } of steps) {
          const before = model.get(ref);
          if (before === undefined) {
            const word = (hash << shift) >>> 0;
            table.add(word, ref);
            model.set(ref, word);
          } else {
            table.delete(before, ref);
            model.delete(ref);
          }
        }
        expect(table.size).toBe(model.size);
        for (const [ref, hash] of model) expect(table.find(hash, (other) => other === ref)).toBe(ref);
        for (const { ref, hash } of steps)
          if (!model.has(ref)) expect(table.find((hash << shift) >>> 0, (other) => other === ref)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
