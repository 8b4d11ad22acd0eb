import type { Labels } from '../../model/labels.ts';
import { compareCodeUnits } from '../../model/labels.ts';

/** An alert inside a group, as it stands at the moment of a flush. */
export interface GroupAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Newest value of the rule's expression; undefined for alerts that came without one (API v2). */
  readonly value: number | undefined;
  /** Firing by what was remembered from before a restart: an end that somebody told meanwhile counts more. */
  readonly isUnconfirmed?: boolean;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly resolved: boolean;
  /** When somebody last said something about it; undefined where nobody keeps that. */
  readonly updatedAtMs?: number;
  readonly generatorUrl: string;
  /** Sixteen hexadecimal digits. */
  readonly fingerprint: string;
}

/** What a notifier tells the world: all that Alertmanager's templates can speak about. */
export interface Notification {
  readonly receiver: string;
  /** `firing` when any alert is. */
  readonly status: 'firing' | 'resolved';
  /** In the order of their labels. */
  readonly alerts: readonly GroupAlert[];
  /** Alerts left out because a receiver takes only so many. */
  readonly truncatedAlerts: number;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** What all of `alerts` have. */
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  /** As the route has them; a value may be a template, which is filled in with the message. */
  readonly routeLabels: Readonly<Record<string, string>>;
  /** Why it is sent now, in Alertmanager's words (`first notification`); undefined when nobody told. */
  readonly reason?: string | undefined;
  /** Address people reach Vedette at, without a slash at the end. */
  readonly externalUrl: string;
  /** A signed link that acknowledges the alerts; left out where there is nothing to acknowledge. */
  readonly acknowledgeUrl?: string | undefined;
}

export type NotificationParts = Pick<
  Notification,
  'receiver' | 'alerts' | 'groupKey' | 'groupLabels' | 'routeLabels' | 'externalUrl' | 'reason' | 'acknowledgeUrl'
>;

/** Sorts the alerts, and says what they have in common. */
export function createNotification(parts: NotificationParts): Notification {
  const alerts = [...parts.alerts].sort((a, b) => compareCodeUnits(a.labels.key, b.labels.key));
  return {
    ...parts,
    alerts,
    status: alerts.some((alert) => !alert.resolved) ? 'firing' : 'resolved',
    truncatedAlerts: 0,
    ...commonOf(alerts),
  };
}

/** The first `alertsMax` alerts, and what those have in common; the status stays that of all. 0 means no limit. */
export function truncated(message: Notification, alertsMax: number): Notification {
  if (alertsMax === 0 || message.alerts.length <= alertsMax) return message;
  const alerts = message.alerts.slice(0, alertsMax);
  const truncatedAlerts = message.truncatedAlerts + message.alerts.length - alerts.length;
  return { ...message, alerts, truncatedAlerts, ...commonOf(alerts) };
}

function commonOf(alerts: readonly GroupAlert[]): Pick<Notification, 'commonLabels' | 'commonAnnotations'> {
  return {
    commonLabels: common(alerts.map((alert) => new Map(alert.labels))),
    commonAnnotations: common(alerts.map((alert) => new Map(Object.entries(alert.annotations)))),
  };
}

/** Pairs that all have. */
function common(maps: readonly ReadonlyMap<string, string>[]): Record<string, string> {
  const [first, ...rest] = maps;
  return Object.fromEntries([...(first ?? [])].filter(([name, value]) => rest.every((map) => map.get(name) === value)));
}

export type Delivery =
  | {
      readonly ok: true;
      /** What the receiver called the message, when that matters to people: a ticket's key. Without secrets. */
      readonly receiverSaid?: string;
    }
  | {
      readonly ok: false;
      /** False when trying again cannot help. */
      readonly retry: boolean;
      /** Without secrets. */
      readonly reason: string;
      /** Earliest moment the receiver wants to hear from us again. */
      readonly retryAfterMs?: number;
    };

export interface Notifier {
  /** Kind, as in Alertmanager: `webhook`. */
  readonly integration: string;
  readonly sendResolved: boolean;
  /** Never rejects except when the signal aborts. */
  notify(message: Notification, signal: AbortSignal): Promise<Delivery>;
  /** Gives back what `open` took, such as connections; called once, when no notification is under way any more. */
  close?(): Promise<void>;
}
