import { matchersText } from './matcher-text.ts';
import { matchersOf } from './matcher-section.ts';
import type { RouteNode } from './model.ts';
import type { MatcherMode } from './parse-matchers.ts';
import { GROUP_BY_ALL, type RouteSection } from './route-section.ts';

type Inherited = Pick<
  RouteNode,
  'receiver' | 'groupBy' | 'groupByAll' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs' | 'labels'
>;

/** What the root has when it says nothing. Source: Alertmanager documentation, `<route>`. */
const ROOT_DEFAULTS: Inherited = {
  receiver: '',
  groupBy: [],
  groupByAll: false,
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 4 * 3_600_000,
  labels: {},
};

/** The tree with everything that routes inherit written out: all but matchers, `continue`, and time intervals. */
export function routeTree(root: RouteSection, mode: MatcherMode): RouteNode {
  return nodeOf(root, ROOT_DEFAULTS, undefined, mode);
}

interface Place {
  readonly parent: RouteNode;
  readonly position: number;
}

function nodeOf(section: RouteSection, inherited: Inherited, place: Place | undefined, mode: MatcherMode): RouteNode {
  const matchers = matchersOf({ match: section.match, matchRe: section.match_re, matchers: section.matchers }, mode);
  const text = matchersText(matchers);
  const all = section.group_by?.includes(GROUP_BY_ALL) ?? false;
  const own: Inherited = {
    receiver: section.receiver || inherited.receiver,
    groupBy: section.group_by === undefined ? inherited.groupBy : all ? [] : section.group_by,
    groupByAll: section.group_by === undefined ? inherited.groupByAll : all,
    groupWaitMs: section.group_wait ?? inherited.groupWaitMs,
    groupIntervalMs: section.group_interval ?? inherited.groupIntervalMs,
    repeatIntervalMs: section.repeat_interval ?? inherited.repeatIntervalMs,
    labels: { ...inherited.labels, ...section.labels },
  };
  const routes: RouteNode[] = [];
  const node: RouteNode = {
    ...own,
    key: place ? `${place.parent.key}/${text}` : text,
    id: place ? `${place.parent.id}/${text}/${place.position}` : text,
    matchers,
    continue: section.continue,
    muteTimeIntervals: section.mute_time_intervals ?? [],
    activeTimeIntervals: section.active_time_intervals ?? [],
    routes,
  };
  for (const [position, inner] of (section.routes ?? []).entries())
    routes.push(nodeOf(inner, own, { parent: node, position }, mode));
  return node;
}
