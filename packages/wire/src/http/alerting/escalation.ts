/** What `GET /api/vedette/alerting/escalation` answers; times are RFC 3339. */
export interface EscalationOverview {
  /** Open incidents, oldest first; at most 500 of `incidentsTotal`. */
  readonly incidents: readonly IncidentJson[];
  readonly incidentsTotal: number;
  /** Who is on call now, per schedule. */
  readonly onCall: readonly OnCallJson[];
  /** Parents that explain their children's alerts now. */
  readonly rollUps: readonly RollUpJson[];
  /** Alerts that ought to arrive all the time. */
  readonly expected: readonly ExpectedJson[];
}

/** Alerts that one policy handles together. */
export interface IncidentJson {
  readonly key: string;
  readonly policy: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly openedAt: string;
  readonly firing: number;
  readonly acknowledged: number;
  readonly levels: readonly IncidentLevelJson[];
}

export interface IncidentLevelJson {
  /** When it is told next, or was due first; null once there is nothing more to tell. */
  readonly dueAt: string | null;
  readonly told: number;
  readonly lastToldAt: string | null;
  /** Receivers that its targets mean now. */
  readonly receivers: readonly string[];
}

export interface OnCallJson {
  readonly schedule: string;
  /** null: nobody. */
  readonly person: string | null;
  readonly receiver: string | null;
  /** Why: the name of the layer, `override`, or null. */
  readonly because: string | null;
  /** When somebody else (or nobody) takes over, looked up to 14 days ahead; null beyond. */
  readonly until: string | null;
}

export interface RollUpJson {
  readonly level: string;
  readonly name: string;
  readonly since: string;
  readonly firing: number;
  /** null: nobody counted. */
  readonly children: number | null;
  /** Of the alert that stands for them. */
  readonly fingerprint: string;
}

export interface ExpectedJson {
  readonly name: string;
  readonly lastSeen: string | null;
  readonly missing: boolean;
}
