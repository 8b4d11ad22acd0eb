/**
 * Turns alerts into notifications. In: firing and resolved alerts from rules through `sink`. Out: grouped, deduplicated
 * webhook messages with retries, the same alerts to external Alertmanagers, /api/vedette/alerting for the pages.
 * `app` opens it before the rules; the notification log lives in the StateStore.
 */
export type {
  AlertmanagerConfig,
  AlertmanagerGlobal,
  InhibitRule,
  IntegrationModel,
  NamedTimeInterval,
  ReceiverModel,
  RouteNode,
  TimeInterval,
} from './config/model.ts';
export { type AlertingConfig, type AlertingSettings, alertingConfigSchema } from './config/section.ts';
export type { MuteKind, MuteReason } from './mute-reason.ts';
export type { PostJson, PostRequest, PostResponse } from './notify/http-post.ts';
export type { Delivery, GroupAlert, Notification, Notifier } from './notify/notification.ts';
export type { NotifyDeps, ReceiverKind } from './notify/receiver-kind.ts';
export { RECEIVER_KINDS } from './notify/registry.ts';
export type { Muter, Stage } from './pipeline/stage.ts';
export type {
  Acknowledgement,
  Acknowledgements,
  Silence,
  SilenceDraft,
  SilenceState,
  SilenceStore,
  Topology,
  TopologyNode,
} from './ports.ts';
export type { AlertingDeps, AlertingRoom, IncomingAlert, IncomingAlertSink, PreparedAlerting } from './room.ts';
export {
  type InhibitionCase,
  type PossibleAlerts,
  checkInhibition,
  targetKey,
  withHostLabel,
  withoutPort,
} from './inhibition-check/index.ts';
export { openAlerting } from './open-alerting.ts';
