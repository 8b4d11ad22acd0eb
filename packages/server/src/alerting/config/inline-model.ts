import type { ReceiverKind } from '../notify/receiver-kind.ts';
import { DEFAULT_GLOBAL } from './global-section.ts';
import type { AlertmanagerConfig, AlertmanagerGlobal, RouteNode } from './model.ts';
import { type ReceiverSection, receiverModel } from './receiver-section.ts';

/** The inline section has no `global`: Alertmanager's defaults. */
export const INLINE_GLOBAL: AlertmanagerGlobal = DEFAULT_GLOBAL;

/** The key of the root route: a route without matchers. */
export const ROOT_ROUTE_KEY = '{}';

/** What of the section `alerting:` makes routes; times in milliseconds. */
export interface InlineSection {
  readonly route?:
    | {
        readonly receiver: string;
        readonly group_by: readonly string[];
        readonly group_wait: number;
        readonly group_interval: number;
        readonly repeat_interval: number;
      }
    | undefined;
  readonly receivers: readonly ReceiverSection[];
}

/** The inline route and receivers as an Alertmanager file with one route would load; undefined when there is no route. */
export function inlineModel(
  { route, receivers }: InlineSection,
  kinds: readonly ReceiverKind[],
): AlertmanagerConfig | undefined {
  if (!route) return undefined;
  const groupByAll = route.group_by.includes('...');
  const root: RouteNode = {
    key: ROOT_ROUTE_KEY,
    id: ROOT_ROUTE_KEY,
    receiver: route.receiver,
    matchers: [],
    continue: false,
    groupBy: groupByAll ? [] : route.group_by,
    groupByAll,
    groupWaitMs: route.group_wait,
    groupIntervalMs: route.group_interval,
    repeatIntervalMs: route.repeat_interval,
    muteTimeIntervals: [],
    activeTimeIntervals: [],
    labels: {},
    routes: [],
  };
  return {
    global: INLINE_GLOBAL,
    route: root,
    inhibitRules: [],
    timeIntervals: [],
    receivers: receivers.map((receiver) => receiverModel(receiver, kinds)),
    templates: [],
  };
}
