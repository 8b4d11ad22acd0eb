import {
  type MatcherMode,
  RECEIVER_KINDS,
  countRoutes,
  formatWarnings,
  loadAlertmanagerFile,
} from '../alerting/index.ts';

export interface CheckedAlertmanagerFile {
  readonly warnings: readonly string[];
  readonly routes: number;
  readonly receivers: number;
  readonly inhibitRules: number;
  readonly timeIntervals: number;
}

/** An Alertmanager file as Vedette would run it. Throws ALERTMANAGER_INVALID with every fault at its place, CONFIG_UNREADABLE. */
export function checkAlertmanagerFile(file: string, matchers?: MatcherMode): CheckedAlertmanagerFile {
  const loaded = loadAlertmanagerFile(file, { kinds: RECEIVER_KINDS, matchers });
  const { route, receivers, inhibitRules, timeIntervals } = loaded.config;
  return {
    warnings: formatWarnings(loaded),
    routes: countRoutes(route),
    receivers: receivers.length,
    inhibitRules: inhibitRules.length,
    timeIntervals: timeIntervals.length,
  };
}
