import type { UnixMs } from '../../../base/clock.ts';
import type { Labels } from '../../../model/labels.ts';
import type { AlertmanagerConfig } from '../../config/model.ts';
import type { MuteReason } from '../../mute-reason.ts';
import type { GroupAlert } from '../../notify/notification.ts';
import type { Silence, SilenceStore } from '../../ports.ts';
import type { IncomingAlert } from '../../room.ts';

/** What the room lets API v2 see and do. */
export interface AlertmanagerView {
  now(): UnixMs;
  /** When the process began to take alerts. */
  startedAt(): UnixMs;
  /** Of Vedette. */
  version(): string;
  /** Undefined: nobody is notified by Vedette itself. */
  config(): AlertmanagerConfig | undefined;
  /** All that are held, ended ones too. */
  alerts(): Iterable<GroupAlert>;
  /** Names of the receivers of all routes that the labels take, in the order of routes. */
  receiversOf(labels: Labels): readonly string[];
  groups(): Iterable<ViewedGroup>;
  /** Everything that keeps an alert with these labels quiet now, but for time intervals: those belong to routes. */
  mutedBy(labels: Labels, at: UnixMs): readonly MuteReason[];
  /** Throws DATABASE_UNAVAILABLE while the room has not started. */
  silences(): SilenceStore;
  /** Takes alerts that arrived over the API. */
  receive(alerts: readonly IncomingAlert[], at: UnixMs): Promise<void>;
  /** Counts what arrived, valid or not; for metrics. */
  counted(counts: ArrivedAlerts): void;
  /** A silence was made, changed or ended over the API; for the log and the history. */
  silenced(silence: Silence): void;
}

export interface ViewedGroup {
  readonly labels: Labels;
  readonly receiver: string;
  readonly alerts: Iterable<GroupAlert>;
  /** Set while time intervals keep its route quiet. */
  readonly mutedBy: MuteReason | undefined;
}

export interface ArrivedAlerts {
  readonly firing: number;
  readonly resolved: number;
  readonly invalid: number;
  readonly version: 'v1' | 'v2';
}
