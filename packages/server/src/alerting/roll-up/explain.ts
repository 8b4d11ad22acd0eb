import type { TopologyNode } from '../ports.ts';

/** A thing with a firing alert, and what it hangs on, nearest first. */
export interface AffectedThing {
  readonly name: string;
  readonly parents: readonly { readonly key: string; readonly node: TopologyNode }[];
}

export interface Thresholds {
  readonly minimum: number;
  readonly share: number;
  /** Below it a parent that was blamed has recovered. */
  readonly recoverShare: number;
  readonly childCount: (node: TopologyNode) => number | undefined;
}

/** A parent with what of it is affected. */
export interface AffectedNode {
  readonly node: TopologyNode;
  readonly things: ReadonlySet<string>;
  /** The same things by the part of the node they are in: the next lower parent, or themselves. */
  readonly parts: ReadonlyMap<
    string,
    { readonly node: TopologyNode | undefined; readonly things: ReadonlySet<string> }
  >;
}

export function affectedNodes(things: Iterable<AffectedThing>): ReadonlyMap<string, AffectedNode> {
  const nodes = new Map<
    string,
    {
      node: TopologyNode;
      things: Set<string>;
      parts: Map<string, { node: TopologyNode | undefined; things: Set<string> }>;
    }
  >();
  for (const { name, parents } of things) {
    for (const [i, { key, node }] of parents.entries()) {
      const found = nodes.get(key) ?? { node, things: new Set(), parts: new Map() };
      nodes.set(key, found);
      found.things.add(name);
      const lower = parents[i - 1];
      const partKey = lower?.key ?? `\n${name}`;
      const part = found.parts.get(partKey) ?? { node: lower?.node, things: new Set() };
      found.parts.set(partKey, part);
      part.things.add(name);
    }
  }
  return nodes;
}

/** How many things must be affected for a parent of `all` things; only the minimum counts where nobody knows how many there are. */
export function needed({ minimum, share }: Pick<Thresholds, 'minimum' | 'share'>, all: number | undefined): number {
  return all === undefined ? minimum : Math.max(Math.min(minimum, all), Math.ceil(share * all));
}

/**
 * Whether a parent is to blame: enough of it is affected, and that is not the doing of one of its parts alone. A site is not blamed for
 * its one dead switch, however many cameras hang on it: without that switch, enough of the rest must be affected too.
 */
export function explains({ node, things, parts }: AffectedNode, thresholds: Thresholds): boolean {
  const all = thresholds.childCount(node);
  if (things.size < needed(thresholds, all)) return false;
  const blamed = [...parts.values()]
    .filter((part) => part.node && part.things.size >= needed(thresholds, thresholds.childCount(part.node)))
    .sort((a, b) => b.things.size - a.things.size)[0];
  if (!blamed?.node) return true;
  const rest = things.size - blamed.things.size;
  const partAll = thresholds.childCount(blamed.node);
  const restAll = all === undefined || partAll === undefined ? undefined : all - partAll;
  return rest > 0 && rest >= needed(thresholds, restAll);
}

/** Whether a parent that was blamed still is: it takes less to stay than to become. */
export function stillExplains(
  { node, things }: Pick<AffectedNode, 'node' | 'things'>,
  { minimum, recoverShare, childCount }: Thresholds,
): boolean {
  const all = childCount(node);
  const least = all === undefined ? Math.max(1, Math.floor(minimum / 2)) : Math.max(1, recoverShare * all);
  return things.size >= least;
}
