import type { AlertingRoutes, InhibitRuleOverview, RouteTreeNode } from '@vedette/wire/http';
import type { UnixMs } from '../../base/clock.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import { formatDuration } from '../../base/units.ts';
import { matcherText } from '../config/matcher-text.ts';
import type { AlertmanagerConfig, RouteNode } from '../config/model.ts';
import type { Inhibitor } from '../inhibit/inhibitor.ts';
import { TimeIntervals } from '../time-intervals/time-intervals.ts';
import type { Dispatcher } from './dispatcher.ts';

export interface RoutesView {
  readonly source: 'alertmanager' | 'vedette';
  /** Undefined: Vedette itself notifies nobody. */
  readonly config: AlertmanagerConfig | undefined;
  readonly dispatcher: Pick<Dispatcher, 'groupsOf'> | undefined;
  readonly inhibitor: Pick<Inhibitor, 'firingSources'>;
  readonly now: UnixMs;
}

/** `/api/vedette/alerting/routes`: the routing tree as it runs, without anything secret. */
export function routesApi(view: () => RoutesView): HttpPlugin {
  return async (scope) => {
    scope.get('/api/vedette/alerting/routes', async (): Promise<AlertingRoutes> => routesJson(view()));
  };
}

export function routesJson(view: RoutesView): AlertingRoutes {
  const { config, source, now } = view;
  if (!config) return { source: null, root: null, receivers: [], timeIntervals: [], inhibitRules: [] };
  const intervals = new TimeIntervals(config.timeIntervals);
  return {
    source,
    root: nodeJson(config.route, view, intervals),
    receivers: config.receivers.map(({ name, integrations }) => ({
      name,
      integrations: integrations.map(({ kind }) => kind.replace(/_configs$/, '')),
    })),
    timeIntervals: config.timeIntervals.map(({ name }) => ({ name, holds: intervals.holds(name, now) })),
    inhibitRules: inhibitJson(config, view),
  };
}

function nodeJson(route: RouteNode, view: RoutesView, intervals: TimeIntervals): RouteTreeNode {
  const groups = view.dispatcher?.groupsOf(route).filter(({ alerts }) => alerts.size > 0) ?? [];
  return {
    id: route.id,
    key: route.key,
    receiver: route.receiver,
    matchers: route.matchers.map(matcherText),
    continue: route.continue,
    groupBy: route.groupByAll ? ['...'] : route.groupBy,
    groupWait: formatDuration(route.groupWaitMs),
    groupInterval: formatDuration(route.groupIntervalMs),
    repeatInterval: formatDuration(route.repeatIntervalMs),
    muteTimeIntervals: route.muteTimeIntervals,
    activeTimeIntervals: route.activeTimeIntervals,
    labels: route.labels,
    mutedBy: intervals.mutedBy(route, view.now)?.text ?? null,
    groups: groups.length,
    alerts: groups.reduce((count, { alerts }) => count + alerts.size, 0),
    routes: route.routes.map((inner) => nodeJson(inner, view, intervals)),
  };
}

function inhibitJson(
  { inhibitRules }: AlertmanagerConfig,
  { inhibitor, now }: RoutesView,
): readonly InhibitRuleOverview[] {
  const firing = inhibitor.firingSources(now);
  return inhibitRules.map(({ name, source, target, equal }, i) => ({
    name: name ?? null,
    source: source.map(matcherText),
    target: target.map(matcherText),
    equal,
    firingSources: firing[i] ?? 0,
  }));
}
