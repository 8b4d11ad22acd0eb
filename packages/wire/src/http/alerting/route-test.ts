/** Body of `POST /api/vedette/alerting/route-test`. */
export interface RouteTestRequest {
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339; now when left out. */
  readonly at?: string;
}

/** The whole path of an alert with the given labels that fires at the moment. */
export interface RouteTestAnswer {
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In the order in which the tree is walked; one per route that takes the alert. */
  readonly routes: readonly RouteStepJson[];
  /** Why it would be kept quiet wherever it goes; empty when it would not. */
  readonly muted: readonly RouteMuteJson[];
  readonly escalation: readonly RouteEscalationJson[];
  readonly raises: readonly RouteRaiseJson[];
  /** What it hangs on, nearest first. */
  readonly parents: readonly { readonly level: string; readonly name: string }[];
}

export interface RouteStepJson {
  readonly id: string;
  readonly receiver: string;
  /** Matchers from the root down to the route, one text per route on the way; the root has none. */
  readonly path: readonly string[];
  readonly groupBy: readonly string[];
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly groupKey: string;
  readonly groupWait: string;
  readonly groupInterval: string;
  readonly repeatInterval: string;
  /** Why this route is quiet at the moment; empty when it is not. */
  readonly muted: readonly RouteMuteJson[];
  /** The receiver that takes over when this one cannot be reached. */
  readonly backup: string | null;
}

export interface RouteMuteJson {
  readonly by: string;
  readonly text: string;
}

export interface RouteEscalationJson {
  readonly policy: string;
  readonly levels: readonly {
    readonly at: string;
    /** Since the incident began, as a Prometheus duration. */
    readonly after: string;
    readonly until: 'acknowledged' | 'resolved';
    readonly repeat: string | null;
    readonly targets: readonly {
      readonly receiver: string | null;
      readonly schedule: string | null;
      readonly person: string | null;
    }[];
  }[];
}

export interface RouteRaiseJson {
  readonly name: string;
  readonly to: string;
  /** When age raises it; null where only spread does. */
  readonly at: string | null;
  /** How many must fire at once; null where only age counts. */
  readonly alerts: number | null;
}
