import type { Labels } from '../../model/labels.ts';
import type { Topology, TopologyNode } from '../ports.ts';
import type { InventoryRow } from './inventory.ts';

/** Tells nodes apart: two switches of one name in two sites are one node unless their names differ. */
export function nodeKey({ level, name }: TopologyNode): string {
  return `${level}\n${name}`;
}

/**
 * What hangs on what: as the inventory says, where it knows the thing; else as the alert's own labels say. Only an inventory knows how
 * many things hang on a parent.
 */
export class LabelTopology implements Topology {
  readonly #child: string;
  readonly #levels: readonly string[];
  readonly #parents = new Map<string, readonly TopologyNode[]>();
  readonly #children = new Map<string, Set<string>>();

  constructor(child: string, levels: readonly string[], inventory: readonly InventoryRow[] = []) {
    this.#child = child;
    this.#levels = levels;
    for (const row of inventory) {
      const thing = row[child];
      if (thing === undefined || thing === '') continue;
      const parents = this.#nodes((level) => row[level] ?? '');
      this.#parents.set(thing, parents);
      for (const parent of parents) {
        const key = nodeKey(parent);
        const things = this.#children.get(key);
        if (things) things.add(thing);
        else this.#children.set(key, new Set([thing]));
      }
    }
  }

  parentsOf(labels: Labels): readonly TopologyNode[] {
    return this.#parents.get(labels.get(this.#child)) ?? this.#nodes((level) => labels.get(level));
  }

  childCount(node: TopologyNode): number | undefined {
    return this.#children.get(nodeKey(node))?.size;
  }

  /** Names of the things that hang on a node, as far as the inventory knows them. */
  childrenOf(node: TopologyNode): ReadonlySet<string> {
    return this.#children.get(nodeKey(node)) ?? new Set();
  }

  #nodes(nameOf: (level: string) => string): readonly TopologyNode[] {
    return this.#levels.map((level) => ({ level, name: nameOf(level) })).filter(({ name }) => name !== '');
  }
}
