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
export {
  type AlertmanagerFileOptions,
  type LoadedAlertmanagerFile,
  formatWarnings,
  loadAlertmanagerFile,
  parseAlertmanagerFile,
} from './config/alertmanager-file.ts';
export { type MatcherMode, parseMatcher, parseMatchers } from './config/parse-matchers.ts';
export { matcherText } from './config/matcher-text.ts';
export { type AlertingConfig, type AlertingSettings, alertingConfigSchema } from './config/section.ts';
export { withFolder as alertmanagerWithFolder } from './external/config.ts';
export { type HighAvailabilityConfig, checkHighAvailability } from './ha/config.ts';
export { type HighAvailability, openHighAvailability } from './ha/open-ha.ts';
export type { AlertHistory, HistoryDelivery, HistoryEvent } from './history/event.ts';
export { type AlertHistoryRoom, openAlertHistory } from './history/open-history.ts';
export type { MuteKind, MuteReason } from './mute-reason.ts';
export type { PostJson, PostRequest, PostResponse } from './external/post-json.ts';
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
export { countRoutes, eachRoute } from './route/match-routes.ts';
export { type RoutePathStep, routePath } from './route/route-path.ts';
export { timeIntervalSchema } from './config/time-interval-section.ts';
export { containsTime } from './time-intervals/contains-time.ts';
export { TimeIntervals } from './time-intervals/time-intervals.ts';
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
export { alertmanagerApiV1 } from './api/v1/api-v1.ts';
export { SILENCE_LIMITS, type SilenceLimits } from './silences/silence-limits.ts';
export { inlineModel } from './config/inline-model.ts';
export { type PreparedResponse, prepareResponse } from './escalation/open-response.ts';
export { type RouteDifference, checkExpectation, parseExpectations } from './route-test/expectations.ts';
export { type RouteTestDeps, testRoute } from './route-test/route-test.ts';
