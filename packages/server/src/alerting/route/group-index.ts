import type { Labels } from '../../model/labels.ts';
import type { RouteNode } from '../config/model.ts';
import type { AlertGroup } from './alert-group.ts';

/** By the value of one label of group_by, '' where an alert has none; the last level holds the groups. */
type Level = Map<string, Level | AlertGroup>;

/**
 * The groups of one route. Every alert that arrives asks for its group, and seldom is the group a new one: a way from value to value finds it
 * without making a text or a set of labels for the question.
 */
export class GroupIndex {
  /** Undefined: by all labels. */
  readonly #names: readonly string[] | undefined;
  readonly #root: Level = new Map();
  #size = 0;

  constructor({ groupBy, groupByAll }: Pick<RouteNode, 'groupBy' | 'groupByAll'>) {
    this.#names = groupByAll ? undefined : groupBy;
  }

  get size(): number {
    return this.#size;
  }

  /** The group of an alert with these labels. */
  get(labels: Labels): AlertGroup | undefined {
    const names = this.#names;
    if (!names) return this.#root.get(labels.key) as AlertGroup | undefined;
    let level: Level | undefined = this.#root;
    const last = names.length - 1;
    for (let i = 0; i < last && level; i++) level = level.get(labels.get(names[i] as string)) as Level | undefined;
    return level?.get(lastValue(names, labels)) as AlertGroup | undefined;
  }

  add(group: AlertGroup): void {
    const { labels } = group;
    const names = this.#names;
    let level = this.#root;
    for (const name of names?.slice(0, -1) ?? []) {
      let next = level.get(labels.get(name)) as Level | undefined;
      if (!next) level.set(labels.get(name), (next = new Map()));
      level = next;
    }
    level.set(names ? lastValue(names, labels) : labels.key, group);
    this.#size++;
  }

  /** Levels that become empty go as well: the values of a label may be without end. */
  delete(group: AlertGroup): void {
    if (this.get(group.labels) !== group) return;
    const { labels } = group;
    const names = this.#names;
    if (names) removeBelow(this.#root, names, 0, labels);
    else this.#root.delete(labels.key);
    this.#size--;
  }

  values(): readonly AlertGroup[] {
    const found: AlertGroup[] = [];
    collect(this.#root, Math.max(0, (this.#names?.length ?? 1) - 1), found);
    return found;
  }
}

/** With an empty group_by there is one group. */
function lastValue(names: readonly string[], labels: Labels): string {
  return names.length === 0 ? '' : labels.get(names[names.length - 1] as string);
}

function removeBelow(level: Level, names: readonly string[], depth: number, labels: Labels): void {
  if (depth >= names.length - 1) {
    level.delete(lastValue(names, labels));
    return;
  }
  const value = labels.get(names[depth] as string);
  const next = level.get(value) as Level;
  removeBelow(next, names, depth + 1, labels);
  if (next.size === 0) level.delete(value);
}

function collect(level: Level, depth: number, found: AlertGroup[]): void {
  for (const entry of level.values()) {
    if (depth === 0) found.push(entry as AlertGroup);
    else collect(entry as Level, depth - 1, found);
  }
}
