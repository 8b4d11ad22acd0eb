/** `GET /api/vedette/alerting/routes`: the routing tree as it runs, with what hangs on it. */
export interface AlertingRoutes {
  /** An Alertmanager file, or the section `alerting:` of vedette.yaml; null: Vedette itself notifies nobody. */
  readonly source: 'alertmanager' | 'vedette' | null;
  readonly root: RouteTreeNode | null;
  readonly receivers: readonly { readonly name: string; readonly integrations: readonly string[] }[];
  readonly timeIntervals: readonly { readonly name: string; readonly holds: boolean }[];
  readonly inhibitRules: readonly InhibitRuleOverview[];
}

/** One route with what it inherited; durations as Prometheus writes them. */
export interface RouteTreeNode {
  /** Names this route and no other. */
  readonly id: string;
  /** The beginning of its groups' keys. */
  readonly key: string;
  readonly receiver: string;
  /** As a file has them: `severity="critical"`. Empty: every alert that comes this far. */
  readonly matchers: readonly string[];
  readonly continue: boolean;
  /** `['...']`: a group for each set of labels. */
  readonly groupBy: readonly string[];
  readonly groupWait: string;
  readonly groupInterval: string;
  readonly repeatInterval: string;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Why time intervals keep its groups quiet now; null when they do not. */
  readonly mutedBy: string | null;
  /** Groups and alerts in them at this moment, without those of the routes below. */
  readonly groups: number;
  readonly alerts: number;
  readonly routes: readonly RouteTreeNode[];
}

export interface InhibitRuleOverview {
  readonly name: string | null;
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly equal: readonly string[];
  /** Alerts that fire now and match `source`. */
  readonly firingSources: number;
}
