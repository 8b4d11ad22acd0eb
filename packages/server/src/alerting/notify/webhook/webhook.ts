import { ZERO_TIME, rfc3339 } from '../../fingerprint.ts';
import { httpNotifier } from '../http-notifier.ts';
import type { GroupAlert, Notification, Notifier } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { filledStructure } from '../templates/filled-structure.ts';
import { quotedReceiver } from '../templates/template-data.ts';
import type { WebhookConfig } from './config.ts';

/** Alertmanager's generic receiver: one JSON document of version 4 per notification, or what `payload` says. */
export function webhookNotifier(config: WebhookConfig, deps: NotifyDeps): Notifier {
  deps.templates.check({ url: config.url?.reveal() });
  return httpNotifier('webhook', config, deps, async ({ fill, secret, hide, send, fail }) => {
    const written = await secret(config.url, config.url_file);
    const url = fill.text(written ?? '');
    hide(url);
    if (!isHttpUrl(url)) return fail('url is not an http or https URL once it is filled in', false);
    // The payload speaks about the alerts that are shown, too.
    const shown = fill.truncatedTo(config.max_alerts);
    const { payload } = config;
    const body =
      payload === undefined || payload === null ? webhookBody(shown.message) : filledStructure(payload, shown.text);
    await send({ url, body: JSON.stringify(body), headers: JSON_TYPE, timeoutMs: config.timeout });
    return { ok: true };
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** Spec: Alertmanager documentation, `<webhook_config>`; the fields of 0.34. */
export function webhookBody(message: Notification): object {
  return {
    receiver: quotedReceiver(message.receiver),
    status: message.status,
    alerts: message.alerts.map(alertJson),
    notification_reason: message.reason ?? 'unknown',
    groupLabels: message.groupLabels.toObject(),
    commonLabels: message.commonLabels,
    commonAnnotations: message.commonAnnotations,
    routeLabels: message.routeLabels,
    externalURL: message.externalUrl,
    version: '4',
    groupKey: message.groupKey,
    truncatedAlerts: message.truncatedAlerts,
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
