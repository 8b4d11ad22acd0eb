import type { SourcePath } from '../../base/yaml-source.ts';
import type { RouteSection } from './route-section.ts';

/** What of a file refers to other parts of it. */
export interface FileSections {
  readonly route?: RouteSection | undefined;
  readonly receivers: readonly { readonly name: string }[];
  readonly time_intervals: readonly { readonly name: string }[];
  readonly mute_time_intervals: readonly { readonly name: string }[];
}

const ADD_ROUTE = 'add `route:` with the receiver that is told by default';

/** Of a file that holds nothing at all, for which upstream has other words. */
export const NOTHING_IN_FILE = { message: 'no route provided in config', remedy: ADD_ROUTE };

export interface CrossFault {
  readonly path: SourcePath;
  readonly message: string;
  readonly remedy?: string;
}

/** Every reference that leads nowhere, name that is taken, and thing that a root route may not have; with upstream's words. */
export function crossChecks(sections: FileSections): readonly CrossFault[] {
  const faults: CrossFault[] = [];
  const receivers = uniqueNames(sections.receivers, 'receivers', 'notification config name', faults);
  const intervals = uniqueNames(sections.mute_time_intervals, 'mute_time_intervals', 'mute time interval', faults);
  uniqueNames(sections.time_intervals, 'time_intervals', 'time interval', faults, intervals);
  if (!sections.route) {
    return [...faults, { path: [], message: 'no routes provided', remedy: ADD_ROUTE }];
  }
  faults.push(...rootFaults(sections.route));
  referenceFaults(sections.route, ['route'], { receivers, intervals }, faults);
  return faults;
}

function uniqueNames(
  items: readonly { readonly name: string }[],
  section: string,
  what: string,
  faults: CrossFault[],
  names = new Set<string>(),
): Set<string> {
  for (const [i, { name }] of items.entries()) {
    if (names.has(name))
      faults.push({ path: [section, i, 'name'], message: `${what} ${JSON.stringify(name)} is not unique` });
    names.add(name);
  }
  return names;
}

function rootFaults(root: RouteSection): readonly CrossFault[] {
  const faults: CrossFault[] = [];
  const refuse = (path: SourcePath, message: string): void => {
    faults.push({ path, message });
  };
  if ((root.receiver ?? '') === '') refuse(['route'], 'root route must specify a default receiver');
  for (const key of ['match', 'match_re', 'matchers'] as const) {
    if (Object.keys(root[key] ?? {}).length > 0) refuse(['route', key], 'root route must not have any matchers');
  }
  if ((root.mute_time_intervals ?? []).length > 0)
    refuse(['route', 'mute_time_intervals'], 'root route must not have any mute time intervals');
  if ((root.active_time_intervals ?? []).length > 0)
    refuse(['route', 'active_time_intervals'], 'root route must not have any active time intervals');
  if (root.continue) refuse(['route', 'continue'], 'cannot have continue in root route');
  return faults;
}

function referenceFaults(
  route: RouteSection,
  path: SourcePath,
  known: { readonly receivers: ReadonlySet<string>; readonly intervals: ReadonlySet<string> },
  faults: CrossFault[],
): void {
  const { receiver = '' } = route;
  if (receiver !== '' && !known.receivers.has(receiver)) {
    const message = `undefined receiver ${JSON.stringify(receiver)} used in route`;
    faults.push({ path: [...path, 'receiver'], message, remedy: remedy('receivers', known.receivers) });
  }
  for (const key of ['active_time_intervals', 'mute_time_intervals'] as const) {
    for (const [i, name] of (route[key] ?? []).entries()) {
      if (known.intervals.has(name)) continue;
      const message = `undefined time interval ${JSON.stringify(name)} used in route`;
      faults.push({ path: [...path, key, i], message, remedy: remedy('time_intervals', known.intervals) });
    }
  }
  for (const [i, inner] of (route.routes ?? []).entries())
    referenceFaults(inner, [...path, 'routes', i], known, faults);
}

const NAMES_SHOWN = 10;

function remedy(section: string, names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, NAMES_SHOWN).join(', ');
  if (names.size === 0) return `declare it under ${section}`;
  return `declare it under ${section}, or use one of ${shown}${names.size > NAMES_SHOWN ? ', …' : ''}`;
}
