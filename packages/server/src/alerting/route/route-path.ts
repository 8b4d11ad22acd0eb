import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { AlertmanagerConfig, RouteNode } from '../config/model.ts';
import type { MuteReason } from '../mute-reason.ts';
import { TimeIntervals } from '../time-intervals/time-intervals.ts';
import { groupKeyOf, groupLabelsOf } from './group-key.ts';
import { matchRoutes } from './match-routes.ts';

/** One route that an alert takes: who is told, with whom it is grouped, and whether the hour keeps it quiet. */
export interface RoutePathStep {
  readonly route: RouteNode;
  /** From the root to `route`, both included. */
  readonly trail: readonly RouteNode[];
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly groupKey: string;
  /** Set when a mute or active time interval keeps the route quiet at that moment. */
  readonly mutedBy: MuteReason | undefined;
}

/** Where an alert with these labels goes at a moment; at least one step. Pure: it asks no clock and touches no alert. */
export function routePath(config: AlertmanagerConfig, labels: Labels, at: UnixMs): readonly RoutePathStep[] {
  const intervals = new TimeIntervals(config.timeIntervals);
  return matchRoutes(config.route, labels).map((route) => {
    const groupLabels = groupLabelsOf(route, labels);
    return {
      route,
      trail: trailTo(config.route, route),
      receiver: route.receiver,
      groupLabels,
      groupKey: groupKeyOf(route, groupLabels),
      mutedBy: intervals.mutedBy(route, at),
    };
  });
}

function trailTo(from: RouteNode, wanted: RouteNode): readonly RouteNode[] {
  if (from === wanted) return [from];
  for (const inner of from.routes) {
    const rest = trailTo(inner, wanted);
    if (rest.length > 0) return [from, ...rest];
  }
  return [];
}
