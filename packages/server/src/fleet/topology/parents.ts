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

export function parentsOf(camera: Camera): readonly (Parent & { readonly level: ParentLevel })[] {
  const { site } = camera;
  return LEVELS.flatMap((level) => {
    const name = camera[level];
    return name === undefined || name === '' ? [] : [{ level, name, site: level === 'site' ? undefined : site }];
  });
}

/** Tells parents apart; also the id of a cause behind it. */
export function parentKey({ level, name, site }: Parent): string {
  return JSON.stringify(site === undefined ? [level, name] : [level, name, site]);
}
