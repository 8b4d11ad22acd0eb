import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtraSlots, runOrdered } from './run-ordered.ts';

/** Runs and says which rules ran at one time, and in which order they began. */
async function trace(order: readonly (readonly number[])[], slots = new ExtraSlots()) {
  const began: number[] = [];
  const ended = new Set<number>();
  let together = 0;
  let togetherMax = 0;
  await runOrdered(order, slots, async (index) => {
    for (const before of order[index] ?? []) expect(ended.has(before)).toBe(true);
    began.push(index);
    togetherMax = Math.max(togetherMax, ++together);
    for (let turns = 0; turns <= index % 3; turns++) await Promise.resolve();
    together--;
    ended.add(index);
  });
  return { began, togetherMax };
}

describe('rules of a group', () => {
  it('run side by side, no more than there is room for', async () => {
    const { began, togetherMax } = await trace(Array.from({ length: 20 }, () => []));
    expect(togetherMax).toBe(5);
    expect([...began].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('run one at a time when all the room is taken by other groups', async () => {
    const slots = new ExtraSlots(0);
    const { began, togetherMax } = await trace(
      Array.from({ length: 5 }, () => []),
      slots,
    );
    expect({ began, togetherMax }).toEqual({ began: [0, 1, 2, 3, 4], togetherMax: 1 });
  });

  it('leave the room behind as they found it, failures included', async () => {
    const slots = new ExtraSlots(2);
    const failing = runOrdered([[], [], [], []], slots, async (index) => {
      await Promise.resolve();
      if (index === 1) throw new Error('rule 1');
    });
    await expect(failing).rejects.toThrow('rule 1');
    expect([slots.take(), slots.take(), slots.take()]).toEqual([true, true, false]);
  });

  it('whatever waits for what, each runs once and after those it waits for', async () => {
    const orders = fc
      .array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 })
      .map((rows) => rows.map((row, j) => [...new Set(row.filter((i) => i < j))]));
    await fc.assert(
      fc.asyncProperty(orders, fc.nat(6), async (order, room) => {
        const { began, togetherMax } = await trace(order, new ExtraSlots(room));
        return new Set(began).size === order.length && began.length === order.length && togetherMax <= room + 1;
      }),
      { numRuns: 300 },
    );
  });
});
