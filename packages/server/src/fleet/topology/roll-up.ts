import { type Onset, clustersOf } from './cluster.ts';
import { LEVELS, type NamedParent, type Parent, parentKey } from './parents.ts';

/** A camera in trouble of one kind. */
export interface Hit extends Onset {
  readonly id: string;
  /** What is the matter with it: hits of different families have no common cause. */
  readonly family: string;
  /** Why its probes fail, where that is the trouble. */
  readonly failure?: string | undefined;
  readonly parents: readonly NamedParent[];
}

export interface RollUpRules {
  /** This part of a parent's cameras … */
  readonly ratio: number;
  /** … and at least so many … */
  readonly camerasMin: number;
  /** … within this time. */
  readonly windowMs: number;
}

/** A parent that explains hits. */
export interface Explanation {
  readonly family: string;
  readonly parent: Parent;
  readonly hits: readonly Hit[];
  readonly total: number;
}

/** What was explained before goes on with this part of what is asked for at first, so that a cause does not come and go. */
const HOLD = 0.5;

/**
 * The smallest common parents that explain the hits: of each group that happened together, the parent with the best balance of how many of
 * its cameras are hit and how many of the hits are its cameras; then what it does not explain, again. `totals` counts by parentKey the
 * cameras that are expected to run; `open` says which explanations exist already.
 */
export function explain(
  hits: readonly Hit[],
  totals: ReadonlyMap<string, number>,
  rules: RollUpRules,
  open: ReadonlySet<string>,
): readonly Explanation[] {
  const found = new Map<string, Explanation>();
  for (const [family, ofFamily] of groupsBy(hits, ({ family }) => family)) {
    for (const [, ofSite] of groupsBy(ofFamily, (hit) => siteOf(hit))) {
      const sizeMin = Math.max(2, Math.floor(rules.camerasMin * HOLD));
      for (const cluster of clustersOf(ofSite, rules.windowMs, sizeMin))
        for (const one of explainCluster(family, cluster, totals, rules, open)) add(found, one);
    }
  }
  return [...found.values()];
}

/** What goes in two waves below one parent has one card. */
function add(found: Map<string, Explanation>, one: Explanation): void {
  const key = explanationKey(one.family, one.parent);
  const known = found.get(key);
  found.set(key, known ? { ...one, hits: [...known.hits, ...one.hits] } : one);
}

export function explanationKey(family: string, parent: Parent): string {
  return `${family} ${parentKey(parent)}`;
}

function explainCluster(
  family: string,
  cluster: readonly Hit[],
  totals: ReadonlyMap<string, number>,
  rules: RollUpRules,
  open: ReadonlySet<string>,
): readonly Explanation[] {
  const found: Explanation[] = [];
  let rest = cluster;
  for (;;) {
    const best = bestOf(family, rest, totals, rules, open);
    if (!best) return found;
    found.push(best);
    const explained = new Set(best.hits);
    rest = rest.filter((hit) => !explained.has(hit));
  }
}

function bestOf(
  family: string,
  hits: readonly Hit[],
  totals: ReadonlyMap<string, number>,
  rules: RollUpRules,
  open: ReadonlySet<string>,
): Explanation | undefined {
  const candidates = new Map<string, { readonly parent: NamedParent; readonly hits: Hit[] }>();
  for (const hit of hits) {
    for (const parent of hit.parents) {
      const known = candidates.get(parent.key);
      if (known) known.hits.push(hit);
      else candidates.set(parent.key, { parent, hits: [hit] });
    }
  }
  let best: Explanation | undefined;
  let bestScore = 0;
  let bestLevel = 0;
  for (const [key, { parent, hits: own }] of candidates) {
    const total = Math.max(totals.get(key) ?? 0, own.length);
    const hold = open.has(explanationKey(family, parent)) ? HOLD : 1;
    if (own.length < Math.max(2, rules.camerasMin * hold) || own.length < rules.ratio * hold * total) continue;
    const precision = own.length / total;
    const recall = own.length / hits.length;
    const score = (2 * precision * recall) / (precision + recall);
    const level = LEVELS.indexOf(parent.level);
    if (score < bestScore - EQUAL || (score < bestScore + EQUAL && best && level >= bestLevel)) continue;
    best = { family, parent, hits: own, total };
    bestScore = score;
    bestLevel = level;
  }
  return best;
}

/** Scores so close are equal: then the smaller parent explains. */
const EQUAL = 1e-3;

function siteOf({ parents }: Hit): string {
  return parents.find(({ level }) => level === 'site')?.name ?? '';
}

function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
