import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Thresholds, affectedNodes, explains, stillExplains } from './explain.ts';
import { LabelTopology, nodeKey } from './topology.ts';
import { Labels } from '../../model/labels.ts';

const site = (switches: Readonly<Record<string, number>>): LabelTopology =>
  new LabelTopology(
    'camera',
    ['switch', 'site'],
    Object.entries(switches).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, i) => ({ camera: `${name}-${i}`, switch: name, site: 'yard' })),
    ),
  );

const parentsOf = (topology: LabelTopology, camera: string) =>
  topology.parentsOf(Labels.fromObject({ camera })).map((node) => ({ key: nodeKey(node), node }));

const thresholds = (topology: LabelTopology): Thresholds => ({
  minimum: 3,
  share: 0.5,
  recoverShare: 0.25,
  childCount: (node) => topology.childCount(node),
});

function blamed(topology: LabelTopology, dead: Readonly<Record<string, number>>): readonly string[] {
  const things = Object.entries(dead).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, i) => ({
      name: `${name}-${i}`,
      parents: parentsOf(topology, `${name}-${i}`),
    })),
  );
  const nodes = affectedNodes(things);
  return [...nodes.values()].filter((node) => explains(node, thresholds(topology))).map(({ node }) => node.name);
}

describe('a parent is to blame', () => {
  it.each([
    [{ a: 40, b: 20 }, { a: 38 }, ['a']],
    [{ a: 40, b: 20 }, { a: 38, b: 2 }, ['a']],
    [{ a: 40, b: 20 }, { a: 38, b: 18 }, ['a', 'yard', 'b']],
    [{ a: 40, b: 40 }, { a: 19, b: 19 }, []],
    [{ a: 2, b: 40 }, { a: 2 }, ['a']],
    [{ a: 40 }, { a: 40 }, ['a']],
    [{ a: 10, b: 10, c: 10, d: 10 }, { a: 10, b: 10, c: 10 }, ['a', 'yard', 'b', 'c']],
    [{ a: 10, b: 10, c: 10, d: 10 }, { a: 5, b: 5, c: 5, d: 5 }, ['a', 'yard', 'b', 'c', 'd']],
  ])('of %j, when %j are affected: %j', (all, dead, wanted) => {
    expect(blamed(site(all), dead)).toEqual(wanted);
  });

  it('more easily stays blamed than becomes so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), (all, count) => {
        const topology = site({ a: all });
        const things = Array.from({ length: Math.min(all, count) }, (_, i) => ({
          name: `a-${i}`,
          parents: parentsOf(topology, `a-${i}`),
        }));
        const node = affectedNodes(things).get(nodeKey({ level: 'switch', name: 'a' }));
        if (!node) throw new Error('no node');
        if (explains(node, thresholds(topology))) expect(stillExplains(node, thresholds(topology))).toBe(true);
      }),
    );
  });
});
