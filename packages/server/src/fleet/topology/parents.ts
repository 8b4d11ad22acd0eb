import type { Camera, CauseCard } from '@vedette/wire/http';

export type Level = CauseCard['level'];
/** Levels that cameras name in the inventory, the smallest first. */
export const LEVELS = ['switch', 'recorder', 'site'] as const;
export type ParentLevel = (typeof LEVELS)[number];

/** Something that many cameras depend on. */
export interface Parent {
  readonly level: Level;
  readonly name: string;
  /** Of a switch or recorder: names repeat from site to site. */
  readonly site: string | undefined;
}

/** A parent that the inventory names, with its key. */
export interface NamedParent extends Parent {
  readonly level: ParentLevel;
  readonly key: string;
}

export function parentsOf(camera: Camera): readonly NamedParent[] {
  const { site } = camera;
  return LEVELS.flatMap((level) => {
    const name = camera[level];
    if (name === undefined || name === '') return [];
    const parent = { level, name, site: level === 'site' ? undefined : site };
    return [{ ...parent, key: parentKey(parent) }];
  });
}

/** Tells parents apart; also the id of a cause behind it. */
export function parentKey({ level, name, site }: Parent): string {
  return JSON.stringify(site === undefined ? [level, name] : [level, name, site]);
}
