import { type Document, type Node, isAlias, isScalar, visit } from 'yaml';

/**
 * What the YAML library checks by comparing everything with everything, in one walk: sixty thousand short lines would hold the event
 * loop for half a minute.
 */

/** Resolving an alias looks at all anchors and aliases of its document. */
const ANCHORS_MAX = 5_000;

export interface KeyFault {
  readonly offset: number;
  readonly message: string;
  readonly remedy: string;
}

/** Keys that stand twice in one mapping, and more anchors and aliases than can be resolved in time. */
export function findKeyFaults(document: Document.Parsed): readonly KeyFault[] {
  const faults: KeyFault[] = [];
  let anchors = 0;
  const countAnchor = (node: Node): symbol | undefined => {
    if (!isAlias(node) && !('anchor' in node && node.anchor !== undefined)) return undefined;
    if (++anchors <= ANCHORS_MAX) return undefined;
    faults.push({
      offset: node.range?.[0] ?? 0,
      message: `more than ${ANCHORS_MAX} anchors and aliases`,
      remedy: 'write repeated values out',
    });
    return visit.BREAK;
  };
  visit(document, {
    Node: (_key, node) => countAnchor(node),
    Map: (_key, map) => {
      const known = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value))
          faults.push({
            offset: key.range?.[0] ?? 0,
            message: 'Map keys must be unique',
            remedy: 'keep one of the two',
          });
        known.add(key.value);
      }
      return countAnchor(map);
    },
  });
  return faults;
}
