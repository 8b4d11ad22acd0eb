/**
 * Turns alerts into notifications. In: firing and resolved alerts from rules through `sink`. Out: grouped, deduplicated
 * webhook messages with retries, the same alerts to external Alertmanagers, /api/vedette/alerting for the pages.
 * `app` opens it before the rules; the notification log lives in the StateStore.
 */
export {
  type AlertingConfig,
  type AlertingSettings,
  type ReceiverConfig,
  type RouteConfig,
  alertingConfigSchema,
} from './config.ts';
export type {
  AlertingDeps,
  AlertingRoom,
  IncomingAlert,
  IncomingAlertSink,
  PostJson,
  PostRequest,
  PostResponse,
} from './room.ts';
export { type Delivery, type Muter, type Notification, type Notifier, type Stage } from './notification.ts';
export { openAlerting } from './open-alerting.ts';
