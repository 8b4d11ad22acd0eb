import type { AlertHistoryState } from '@vedette/wire/http';
import type { Labels } from '../../model/labels.ts';
import type { MuteReason } from '../mute-reason.ts';

/** Something that happened to one alert. What does not apply is left out. */
export interface HistoryEvent {
  readonly atMs: number;
  readonly state: AlertHistoryState;
  /** As receivers get them, external labels included. */
  readonly labels: Labels;
  /** When this firing began; of one that is pending, when it became active. */
  readonly startsAtMs: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly value?: number | undefined;
  readonly activeAtMs?: number | undefined;
  readonly firedAtMs?: number | undefined;
  readonly rule?: { readonly file: string; readonly group: string };
  readonly delivery?: HistoryDelivery;
  readonly mute?: MuteReason;
  /** The person who acknowledged or took back. */
  readonly who?: string;
  readonly comment?: string;
}

export interface HistoryDelivery {
  readonly receiver: string;
  /** `webhook[0]`. */
  readonly integration: string;
  readonly groupKey: string;
  readonly told: 'firing' | 'resolved';
  readonly attempts: number;
  readonly durationMs: number;
  /** What the receiver said, or why it could not be told; without secrets. */
  readonly answer: string;
}

/** Where the parts of alerting tell what they did. */
export interface AlertHistory {
  /** Returns at once and never throws: what does not fit into its queue is counted as lost. */
  record(events: readonly HistoryEvent[]): void;
}
