/** A notifier with real HTTP beneath it, on a virtual clock, and the real server that it speaks to. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import type { AlertmanagerGlobal } from '../../src/alerting/config/model.ts';
import { fingerprint } from '../../src/alerting/fingerprint.ts';
import {
  type Delivery,
  type Notification,
  type Notifier,
  createNotification,
} from '../../src/alerting/notify/notification.ts';
import type { NotifyDeps, ReceiverKind } from '../../src/alerting/notify/receiver-kind.ts';
import { secretFiles } from '../../src/alerting/notify/secret-files.ts';
import { loadNotificationTemplates } from '../../src/alerting/notify/templates/load-templates.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Deadlines, HttpClient, type HttpClientDeps } from '../../src/base/http-client/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { type ReceivedRequest, type ReceiverAnswer, ReceiverServer } from './receiver-server.ts';
import { later } from './scrape-harness.ts';

/** A receiver's server that answers each request as told, 200 by default; it ends with the test. */
export async function openChat(
  respond: (request: ReceivedRequest) => ReceiverAnswer = () => ({}),
): Promise<ReceiverServer> {
  const server = await ReceiverServer.start({ respond });
  later(() => server.close());
  return server;
}

/** The default templates; they tell the time of the machine, which no test looks at. */
const TEMPLATES = await loadNotificationTemplates([], new SystemClock());

export const GLOBAL: AlertmanagerGlobal = { resolve_timeout: 300_000 };

export interface OpenedNotifier {
  readonly notifier: Notifier;
  readonly clock: VirtualClock;
  /** Tells the message; moves the clock by `waitMs` while the answer does not come. */
  tell(message?: Notification, waitMs?: number): Promise<Delivery>;
}

/** Opens a kind with the settings as a file would have them. */
export function openNotifier<Config extends { readonly send_resolved: boolean }>(
  kind: ReceiverKind<Config>,
  settings: unknown,
  more: { readonly global?: AlertmanagerGlobal; readonly allowAddress?: HttpClientDeps['allowAddress'] } = {},
): OpenedNotifier {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const { allowAddress } = more;
  const deps: NotifyDeps = {
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    openHttp: (config) =>
      new HttpClient({ clock, deadlines, userAgent: 'Vedette/test', ...(allowAddress && { allowAddress }) }, config),
    allowAddress,
    templates: TEMPLATES,
    secretFiles,
  };
  const parsed = kind.schema(more.global ?? GLOBAL).safeParse(settings);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const notifier = kind.open(parsed.data, deps);
  later(async () => notifier.close?.());
  return {
    notifier,
    clock,
    tell: async (message = aMessage(), waitMs = 0) => {
      const progress = { done: false };
      const delivery = notifier.notify(message, new AbortController().signal).finally(() => {
        progress.done = true;
      });
      for (let waited = 0; !progress.done && waited < waitMs; waited += 1_000) {
        for (let i = 0; i < 20 && !progress.done; i++) await nextTurn();
        await clock.advance(1_000);
      }
      return delivery;
    },
  };
}

/** A group of cameras, of which `resolved` are well again. */
export function aMessage(
  cameras: readonly string[] = ['gate'],
  resolved: readonly string[] = [],
  labels: Readonly<Record<string, string>> = {},
): Notification {
  return createNotification({
    receiver: 'chat',
    alerts: cameras.map((camera) => {
      const alertLabels = Labels.fromObject({ alertname: 'CameraDown', camera, severity: 'critical', ...labels });
      return {
        labels: alertLabels,
        annotations: { summary: `${camera} is down` },
        value: 0,
        startsAtMs: Date.UTC(2026, 0, 1),
        endsAtMs: Date.UTC(2026, 0, 1, 0, 5),
        resolved: resolved.includes(camera),
        generatorUrl: 'http://watch/graph',
        fingerprint: fingerprint(alertLabels),
      };
    }),
    groupKey: '{}:{alertname="CameraDown"}',
    groupLabels: Labels.fromObject({ alertname: 'CameraDown' }),
    routeLabels: {},
    externalUrl: 'http://watch',
  });
}
