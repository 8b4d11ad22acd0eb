/**
 * Alertmanager's API v2 under `/api/v2`: silences, alerts, groups, status. Field names and spelling are upstream's; times are RFC 3339
 * with milliseconds. What Vedette adds is marked.
 */

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** Absent in what older clients send: true. */
  readonly isEqual?: boolean;
}

/** Body of `POST /api/v2/silences`. */
export interface PostableSilence {
  /** Names a silence to change; absent or empty: a new one. */
  readonly id?: string;
  /** At least one; one of them must not match the empty string. */
  readonly matchers: readonly SilenceMatcher[];
  /** A past beginning becomes now. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Whoever is signed in takes the place of this name. */
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Answer of `POST /api/v2/silences`: the id under which the silence lives now, which a change may have replaced. */
export interface SilencePosted {
  readonly silenceID: string;
}

/** `GET /api/v2/silences` is a list of these: active ones first, then pending, then expired. `GET /api/v2/silence/{id}` is one. */
export interface GettableSilence {
  readonly id: string;
  readonly status: { readonly state: 'pending' | 'active' | 'expired' };
  readonly updatedAt: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly endsAt: string;
  readonly matchers: readonly Required<SilenceMatcher>[];
  readonly startsAt: string;
  /** Absent when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One of the list of `POST /api/v2/alerts`. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  /** Absent: `resolve_timeout` from now, unless the alert is sent again. */
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** One of the list of `GET /api/v2/alerts`, in the order of fingerprints. */
export interface GettableAlert {
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt: string;
  readonly fingerprint: string;
  /** Of all routes that the alert takes. */
  readonly receivers: readonly ReceiverName[];
  readonly startsAt: string;
  readonly status: AlertStatus;
  readonly updatedAt: string;
  readonly generatorURL?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AlertStatus {
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
  /** Names of the time intervals that keep its groups quiet; only where an alert is shown in its group. */
  readonly mutedBy: readonly string[];
  /** Ids of active silences. */
  readonly silencedBy: readonly string[];
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  /** Vedette's: one sentence for people for each thing that keeps the alert quiet. */
  readonly reasons: readonly string[];
}

export interface ReceiverName {
  readonly name: string;
}

/** One of the list of `GET /api/v2/alerts/groups`. */
export interface AlertGroupAnswer {
  readonly alerts: readonly GettableAlert[];
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: ReceiverName;
}

/** `GET /api/v2/status`. */
export interface AlertmanagerStatus {
  readonly cluster: { readonly peers: readonly []; readonly status: 'disabled' };
  /** The Alertmanager file with its secrets masked. */
  readonly config: { readonly original: string };
  /** When the process began. */
  readonly uptime: string;
  readonly versionInfo: {
    readonly branch: string;
    readonly buildDate: string;
    readonly buildUser: string;
    readonly goVersion: string;
    readonly revision: string;
    readonly version: string;
  };
}
