import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { NotifyReason } from './dedup-stage.ts';
import type { GroupAlert } from '../notify/notification.ts';

/** One group on its way to one integration of a receiver; every stage hands on what is left to do. */
export interface AlertGroupBatch {
  readonly receiver: string;
  /** `webhook[0]`: kind and position in the receiver. */
  readonly integration: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly routeLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly GroupAlert[];
  readonly repeatIntervalMs: number;
  /** Why it is told now; set by the stage that decides so. */
  readonly reason?: NotifyReason;
  /** A signed link that acknowledges the group's alerts. */
  readonly acknowledgeUrl?: string;
}

/** A step of the pipeline. A batch without alerts ends it: there is nothing to say. */
export interface Stage {
  run(batch: AlertGroupBatch, at: UnixMs, signal: AbortSignal): Promise<AlertGroupBatch>;
}

/** Decides whether an alert is kept quiet. */
export interface Muter {
  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined;
}
