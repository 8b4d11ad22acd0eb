import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { AlertGroup } from './alert-group.ts';
import { GroupIndex } from './group-index.ts';

const NAMES = ['a', 'b', 'c'];
const labelSet = fc
  .dictionary(fc.constantFrom(...NAMES, 'other'), fc.constantFrom('', '1', '2', '1:2'), { maxKeys: 4 })
  .map((object) => Labels.fromObject(object));
const grouping = fc.oneof(
  fc.constant({ groupBy: [], groupByAll: true }),
  fc.subarray(NAMES).map((groupBy) => ({ groupBy, groupByAll: false })),
);

describe('the groups of a route', () => {
  it('are found by the labels they share, and gone when they are taken away', () => {
    fc.assert(
      fc.property(
        grouping,
        fc.array(fc.tuple(labelSet, fc.boolean()), { maxLength: 60 }),
        ({ groupBy, groupByAll }, steps) => {
          const index = new GroupIndex({ groupBy, groupByAll });
          const expected = new Map<string, AlertGroup>();
          for (const [alert, isEnd] of steps) {
            const labels = groupByAll ? alert : alert.only(...groupBy);
            expect(index.get(alert)).toBe(expected.get(labels.key));
            const group = expected.get(labels.key) ?? ({ labels } as AlertGroup);
            if (isEnd) {
              index.delete(group);
              expected.delete(labels.key);
            } else if (!expected.has(labels.key)) {
              index.add(group);
              expected.set(labels.key, group);
            }
            expect(index.size).toBe(expected.size);
            expect(new Set(index.values())).toEqual(new Set(expected.values()));
          }
        },
      ),
    );
  });

  it('leave nothing behind: values of a label may be without end', () => {
    const index = new GroupIndex({ groupBy: ['a', 'b'], groupByAll: false });
    const groups = Array.from(
      { length: 1_000 },
      (_, i) => ({ labels: Labels.fromObject({ a: `${i}`, b: 'x' }) }) as AlertGroup,
    );
    for (const group of groups) index.add(group);
    for (const group of groups) index.delete(group);
    expect(index.size).toBe(0);
    expect(index.values()).toEqual([]);
  });
});
