import { ZERO_TIME, rfc3339 } from '../../fingerprint.ts';
import { httpNotifier } from '../http-notifier.ts';
import { type GroupAlert, type Notification, type Notifier, truncated } from '../notification.ts';
import type { NotifyDeps } from '../receiver-kind.ts';
import { settingTexts } from '../setting-texts.ts';
import type { IncidentioConfig } from './config.ts';

/** incident.io refuses larger events, with 429. */
const BODY_BYTES_MAX = 512 * 1024;

/** incident.io: one alert event per notification, to an alert source of the kind Alertmanager. */
export function incidentioNotifier(config: IncidentioConfig, deps: NotifyDeps): Notifier {
  deps.templates.check(settingTexts(config));
  const { alert_source_token: token, alert_source_token_file: file } = config;
  // The token counts before what http_config says.
  const own = { basic_auth: undefined, oauth2: undefined, bearer_token: undefined, bearer_token_file: undefined };
  const http =
    token === undefined && file === undefined
      ? config.http_config
      : {
          ...config.http_config,
          ...own,
          authorization: { type: 'Bearer', credentials: token, credentials_file: file },
        };
  return httpNotifier('incidentio', { ...config, http_config: http }, deps, async (telling) => {
    const url = config.url ?? (await telling.secret(undefined, config.url_file));
    if (url === undefined || !URL.canParse(url))
      return telling.fail(`${config.url_file ?? 'url_file'} does not hold a URL`, false);
    await telling.send({
      url,
      headers: { 'content-type': 'application/json' },
      body: eventJson(truncated(telling.message, config.max_alerts)),
      timeoutMs: config.timeout,
    });
    return { ok: true };
  });
}

/** All alerts, or the first alone where all are too many. */
function eventJson(message: Notification): string {
  const all = JSON.stringify(event(message));
  return Buffer.byteLength(all) <= BODY_BYTES_MAX ? all : JSON.stringify(event(truncated(message, 1)));
}

function event(message: Notification): object {
  return {
    receiver: message.receiver,
    status: message.status,
    alerts: message.alerts.map(alertJson),
    groupLabels: message.groupLabels.toObject(),
    commonLabels: message.commonLabels,
    commonAnnotations: message.commonAnnotations,
    externalURL: message.externalUrl,
    version: '1',
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
