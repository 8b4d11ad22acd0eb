import type { Clock } from '../../../base/clock.ts';
import { ZERO_TIME, rfc3339 } from '../../fingerprint.ts';
import { type PostJson, authorize, connectionFault, retryAfterMs } from '../http-post.ts';
import { type Delivery, type GroupAlert, type Notification, type Notifier, truncated } from '../notification.ts';
import { withTimeout } from '../../timeout.ts';
import type { WebhookConfig } from './config.ts';

/** How much of an error's answer goes into the reason. */
const REASON_CHARS_MAX = 200;

/** Alertmanager's generic receiver: one JSON document of version 4 per notification. */
export function webhookNotifier(config: WebhookConfig, post: PostJson, clock: Clock): Notifier {
  const { url, headers } = authorize(config.url.reveal(), config.http_config);
  return {
    integration: 'webhook',
    sendResolved: config.send_resolved,
    notify: async (message, signal): Promise<Delivery> => {
      const body = JSON.stringify(webhookBody(message, config.max_alerts));
      try {
        const response = await withTimeout(clock, config.timeout, signal, (inner) =>
          post({ url, headers, body }, inner),
        );
        if (response.status >= 200 && response.status < 300) return { ok: true };
        // 5xx and 429 may pass; anything else says the same thing the next time.
        const retry = response.status >= 500 || response.status === 429;
        const words = response.bodyStart.trim().replace(/\s+/g, ' ').slice(0, REASON_CHARS_MAX);
        const after = retry ? retryAfterMs(response.retryAfter, clock.now()) : undefined;
        const reason = `HTTP status ${response.status}${words === '' ? '' : `: ${words}`}`;
        return { ok: false, retry, reason, ...(after === undefined ? {} : { retryAfterMs: after }) };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, retry: true, reason: connectionFault(error, url) };
      }
    },
  };
}

/** Spec: Alertmanager documentation, `<webhook_config>`. `alertsMax` 0 sends all. */
export function webhookBody(message: Notification, alertsMax: number): object {
  const shown = truncated(message, alertsMax);
  return {
    receiver: message.receiver,
    status: message.status,
    alerts: shown.alerts.map(alertJson),
    groupLabels: message.groupLabels.toObject(),
    commonLabels: shown.commonLabels,
    commonAnnotations: shown.commonAnnotations,
    externalURL: message.externalUrl,
    version: '4',
    groupKey: message.groupKey,
    truncatedAlerts: shown.truncatedAlerts,
  };
}

function alertJson(alert: GroupAlert): object {
  return {
    status: alert.resolved ? 'resolved' : 'firing',
    labels: alert.labels.toObject(),
    annotations: alert.annotations,
    startsAt: rfc3339(alert.startsAtMs),
    endsAt: alert.resolved ? rfc3339(alert.endsAtMs) : ZERO_TIME,
    generatorURL: alert.generatorUrl,
    fingerprint: alert.fingerprint,
  };
}
