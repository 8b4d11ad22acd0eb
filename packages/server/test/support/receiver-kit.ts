import { SystemClock } from '../../src/base/clock.ts';
import { Deadlines, HttpClient, type HttpClientDeps } from '../../src/base/http-client/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { AlertmanagerGlobal, IntegrationConfig } from '../../src/alerting/config/model.ts';
import { fingerprint } from '../../src/alerting/fingerprint.ts';
import {
  type Delivery,
  type GroupAlert,
  type Notification,
  type Notifier,
  createNotification,
} from '../../src/alerting/notify/notification.ts';
import type { NotifyDeps, ReceiverKind } from '../../src/alerting/notify/receiver-kind.ts';
import { secretFiles } from '../../src/alerting/notify/secret-files.ts';
import { loadNotificationTemplates } from '../../src/alerting/notify/templates/load-templates.ts';
import { Labels } from '../../src/model/labels.ts';

/** Noon of the first day of 2026. */
export const STARTED_MS = Date.UTC(2026, 0, 1, 12);

export const GLOBAL: AlertmanagerGlobal = { resolve_timeout: 300_000 };

export function alert(labels: Record<string, string> = {}, more: Partial<GroupAlert> = {}): GroupAlert {
  const all = Labels.fromObject({ alertname: 'CameraDown', camera: 'gate', ...labels });
  return {
    labels: all,
    annotations: { summary: 'The camera is down' },
    value: 0,
    startsAtMs: STARTED_MS,
    endsAtMs: STARTED_MS + 300_250,
    resolved: false,
    generatorUrl: 'http://watch/graph',
    fingerprint: fingerprint(all),
    ...more,
  };
}

export const ended = (labels: Record<string, string> = {}): GroupAlert => alert(labels, { resolved: true });

export function message(alerts: readonly GroupAlert[] = [alert()], more: Partial<Notification> = {}): Notification {
  return {
    ...createNotification({
      receiver: 'pager',
      alerts,
      groupKey: '{}:{alertname="CameraDown"}',
      groupLabels: Labels.fromObject({ alertname: 'CameraDown' }),
      routeLabels: {},
      externalUrl: 'http://watch',
    }),
    ...more,
  };
}

/** What a notifier works with: a real clock, real connections, the default templates and those of the globs. */
export async function notifyDeps(
  templateGlobs: readonly string[] = [],
  more: Pick<HttpClientDeps, 'allowAddress' | 'proxyEnvironment'> = {},
): Promise<NotifyDeps> {
  const clock = new SystemClock();
  const deadlines = new Deadlines(clock);
  return {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    openHttp: (config) => new HttpClient({ clock, deadlines, userAgent: 'Vedette/test', ...more }, config),
    templates: await loadNotificationTemplates(templateGlobs, clock),
    secretFiles,
  };
}

/** A notifier of the kind as a file with these settings opens it. */
export async function open<Config extends IntegrationConfig>(
  kind: ReceiverKind<Config>,
  settings: unknown,
  options: { readonly global?: Partial<AlertmanagerGlobal>; readonly deps?: NotifyDeps } = {},
): Promise<Notifier> {
  const config = kind.schema({ ...GLOBAL, ...options.global }).parse(settings);
  return kind.open(config, options.deps ?? (await notifyDeps()));
}

/** Opens, tells one message, closes. */
export async function tell<Config extends IntegrationConfig>(
  kind: ReceiverKind<Config>,
  settings: unknown,
  told: Notification = message(),
  options: {
    readonly global?: Partial<AlertmanagerGlobal>;
    readonly deps?: NotifyDeps;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Delivery> {
  const notifier = await open(kind, settings, options);
  try {
    return await notifier.notify(told, options.signal ?? new AbortController().signal);
  } finally {
    await notifier.close?.();
  }
}

/** What the schema says about wrong settings; '' when they are right. */
export function faults(kind: ReceiverKind, settings: unknown, global: Partial<AlertmanagerGlobal> = {}): string {
  const result = kind.schema({ ...GLOBAL, ...global }).safeParse(settings);
  return result.success
    ? ''
    : result.error.issues.map(({ path, message: words }) => `${path.join('.')}: ${words}`).join('\n');
}
