/** What `/api/vedette/alerting` answers; times are RFC 3339. */
export interface AlertingOverview {
  /** null: alerts are shown, nobody is notified by Vedette itself. */
  readonly route: {
    readonly receiver: string;
    readonly groupBy: readonly string[];
    readonly groupWait: string;
    readonly groupInterval: string;
    readonly repeatInterval: string;
  } | null;
  readonly receivers: readonly {
    readonly name: string;
    readonly integrations: readonly IntegrationOverview[];
  }[];
  readonly alerts: { readonly firing: number; readonly resolved: number };
  /** `groups` holds the first 500 of them. */
  readonly groupsTotal: number;
  readonly groups: readonly {
    readonly key: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly firing: number;
    readonly resolved: number;
    readonly lastFlush: string | null;
    readonly nextFlush: string;
  }[];
  readonly alertmanagers: readonly AlertmanagerOverview[];
}

/** How the deliveries of one integration of a receiver went, since the start of the process. */
export interface IntegrationOverview {
  /** Kind, such as `webhook`. */
  readonly name: string;
  readonly index: number;
  readonly sendResolved: boolean;
  readonly sent: number;
  readonly failed: number;
  readonly lastAttempt: string | null;
  readonly lastSuccess: string | null;
  readonly lastErrorAt: string | null;
  readonly lastError: string | null;
  readonly lastDurationSeconds: number | null;
}

/** An external Alertmanager. */
export interface AlertmanagerOverview {
  readonly address: string;
  readonly queued: number;
  readonly dropped: number;
  readonly lastSuccess: string | null;
  readonly lastErrorAt: string | null;
  readonly lastError: string | null;
}
