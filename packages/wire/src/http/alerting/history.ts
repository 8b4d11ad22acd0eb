/** What became of an alert, as `/api/vedette/alerting/history` tells it; times are RFC 3339. */

/**
 * `pending`, `firing`, `resolved`: told by its rule (`resolved` with `firedAt` null: it ended before it fired). `notified`,
 * `not-delivered`: one attempt to tell one integration, with its retries. `muted`, `unmuted`: kept quiet from then on, and not any more.
 * `acknowledged`, `unacknowledged`: somebody took it, and gave it back.
 */
export type AlertHistoryState =
  | 'pending'
  | 'firing'
  | 'resolved'
  | 'notified'
  | 'not-delivered'
  | 'muted'
  | 'unmuted'
  | 'acknowledged'
  | 'unacknowledged';

export interface AlertHistoryEvent {
  readonly at: string;
  readonly state: AlertHistoryState;
  /** Alertmanager's fingerprint of the labels; stays the same each time the alert comes back. */
  readonly fingerprint: string;
  /** Of the alert as receivers get it, external labels included. */
  readonly labels: Readonly<Record<string, string>>;
  /** Only of `pending`, `firing` and `resolved`; else empty. */
  readonly annotations: Readonly<Record<string, string>>;
  /** As Prometheus writes numbers (`+Inf`, `NaN`); null when nobody told. */
  readonly value: string | null;
  /** When this firing began; of one that is pending, when it became active. */
  readonly startsAt: string;
  /** First evaluation that returned it; only of `pending`, `firing` and `resolved`. */
  readonly activeAt: string | null;
  readonly firedAt: string | null;
  /** The rule's name is the label `alertname`; file and group only of `pending`, `firing` and `resolved`. */
  readonly rule: { readonly file: string; readonly group: string; readonly name: string } | null;
  /** Of `notified` and `not-delivered`. */
  readonly delivery: AlertHistoryDelivery | null;
  /** Of `muted` and `unmuted`. */
  readonly mute: {
    readonly by: string;
    /** Silences' ids, fingerprints of alerts that inhibit, names of intervals. */
    readonly ids: readonly string[];
    /** One sentence for people. */
    readonly text: string;
  } | null;
  /** Who acknowledged or took back; null when it was no person. */
  readonly who: string | null;
  /** What they wrote; empty when nothing. */
  readonly comment: string;
  /** Which of several Vedettes tells it; empty without high availability. */
  readonly replica: string;
}

export interface AlertHistoryDelivery {
  readonly receiver: string;
  /** Kind and position in the receiver: `webhook[0]`. */
  readonly integration: string;
  readonly groupKey: string;
  /** What it was told about this alert. */
  readonly told: 'firing' | 'resolved';
  readonly attempts: number;
  /** From the first attempt to the answer. */
  readonly seconds: number;
  /** What the receiver said (a ticket's key), or why it could not be told; empty when nothing. */
  readonly answer: string;
}

export interface AlertHistoryAnswer {
  /** Newest first. */
  readonly events: readonly AlertHistoryEvent[];
  /** Hand it back as `cursor` for the older ones; null when there are none. */
  readonly next: string | null;
  /** Events of this process that could not be stored since its start. */
  readonly lost: number;
}
