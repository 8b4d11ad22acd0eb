import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

describe('a queue of what is due', () => {
  it('gives back what was not removed, by time and then by arrival', () => {
    const entry = fc.record({ dueMs: fc.nat({ max: 10 }), isRemoved: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry), fc.nat({ max: 12 }), (entries, atMs) => {
        const queue = new DueQueue<number>();
        const handles = entries.map(({ dueMs }, i) => queue.add(dueMs, i));
        for (const [i, { isRemoved }] of entries.entries()) if (isRemoved) handles[i]?.[Symbol.dispose]();
        const taken: number[] = [];
        for (let next = queue.take(atMs); next; next = queue.take(atMs)) taken.push(next.item);
        const expected = entries
          .map(({ dueMs, isRemoved }, i) => ({ dueMs, isRemoved, i }))
          .filter(({ dueMs, isRemoved }) => dueMs <= atMs && !isRemoved)
          .sort((a, b) => a.dueMs - b.dueMs || a.i - b.i)
          .map(({ i }) => i);
        expect(taken).toEqual(expected);
      }),
    );
  });
});
