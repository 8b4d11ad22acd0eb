import type { UnixMs } from '../base/clock.ts';
import type { Labels } from '../model/labels.ts';

/** An alert inside a group, as it stands at the moment of a flush. */
export interface GroupAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly resolved: boolean;
  readonly generatorUrl: string;
  /** Sixteen hexadecimal digits. */
  readonly fingerprint: string;
}

/** One group on its way to one integration of a receiver; every stage hands on what is left to do. */
export interface AlertGroupBatch {
  readonly receiver: string;
  /** `webhook[0]`: kind and position in the receiver. */
  readonly integration: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly GroupAlert[];
  readonly repeatIntervalMs: number;
}

/** A step of the pipeline. A batch without alerts ends it: there is nothing to say. */
export interface Stage {
  run(batch: AlertGroupBatch, at: UnixMs, signal: AbortSignal): Promise<AlertGroupBatch>;
}

export interface MuteReason {
  readonly by: 'inhibition' | 'silence' | 'time-interval';
  readonly id: string;
}

/** Decides whether an alert is kept quiet. */
export interface Muter {
  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined;
}

/** What a notifier tells the world. */
export interface Notification {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly GroupAlert[];
  readonly externalUrl: string;
}

export type Delivery =
  | { readonly ok: true }
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
}
