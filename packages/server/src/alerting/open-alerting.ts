import type { UnixMs } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { AlertStore } from './alert-store.ts';
import { AlertmanagerSender } from './alertmanager-sender.ts';
import { alertingApi } from './api.ts';
import type { AlertingSettings } from './config.ts';
import { DeliveryHealth } from './delivery-health.ts';
import { Dispatcher, type Route } from './dispatcher.ts';
import { postOverHttp } from './http-post.ts';
import { NotificationLog } from './notification-log.ts';
import { Pipeline, type Receiver } from './pipeline.ts';
import type { AlertingDeps, AlertingRoom, IncomingAlert, IncomingAlertSink, PostJson } from './room.ts';
import { webhookNotifier } from './webhook.ts';

/** How often ended alerts and old log entries are forgotten. */
const COLLECT_INTERVAL_MS = 30 * 60_000;

/** Opens the alerting room: start it before the rules, stop it after them. */
export function openAlerting(deps: AlertingDeps): AlertingRoom {
  return new Alerting(deps);
}

class Alerting implements AlertingRoom {
  readonly name = 'alerting';
  readonly sink: IncomingAlertSink = { receive: (alerts, at) => this.#receive(alerts, at) };
  readonly plugin = alertingApi(() => ({
    route: this.#dispatcher?.route,
    receivers: this.#receivers,
    groups: this.#dispatcher?.groups ?? [],
    alerts: this.#store.count(this.#deps.clock.now()),
    alertmanagers: this.#senders.map((sender) => sender.status()),
    health: this.#health,
    nowMs: this.#deps.clock.now(),
  }));
  readonly #deps: AlertingDeps;
  readonly #post: PostJson;
  readonly #health: DeliveryHealth;
  readonly #store = new AlertStore();
  #log: NotificationLog | undefined;
  #settings: AlertingSettings | undefined;
  #receivers: readonly Receiver[] = [];
  #dispatcher: Dispatcher | undefined;
  #senders: readonly AlertmanagerSender[] = [];
  #collector: Disposable | undefined;
  #startedMs = 0;
  #silentLogged = false;
  #fullLogged = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: AlertingDeps) {
    this.#deps = deps;
    this.#post = deps.post ?? postOverHttp;
    this.#health = new DeliveryHealth(deps.registry);
  }

  async apply(settings: AlertingSettings): Promise<void> {
    this.#settings = settings;
    const log = this.#log;
    if (!log) return;
    const change = this.#changing.then(() => this.#swap(settings, log));
    // A change that failed must not fail the ones after it.
    this.#changing = change.catch(() => undefined);
    await change;
  }

  async start(): Promise<void> {
    const { clock, state, logger } = this.#deps;
    const log = await NotificationLog.open(state, clock);
    this.#log = log;
    this.#startedMs = clock.now();
    if (this.#settings) await this.#swap(this.#settings, log);
    this.#collector = clock.every(
      { intervalMs: COLLECT_INTERVAL_MS },
      async (at) => {
        this.#store.collect(at);
        await log.collect();
      },
      (error) =>
        logger.warn(
          { error: errorMessage(error) },
          'old entries of the notification log could not be removed; tried again later',
        ),
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#collector?.[Symbol.dispose]();
    await this.#changing;
    // What is not told by then is told after the start: the log remembers.
    await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, signal, async (soon) => {
      await Promise.all([this.#dispatcher?.stop(soon), ...this.#senders.map((sender) => sender.stop(soon))]);
    });
  }

  async #swap(settings: AlertingSettings, log: NotificationLog): Promise<void> {
    const { clock, logger, random } = this.#deps;
    this.#receivers = settings.config.receivers.map(({ name, webhook_configs: webhooks }) => ({
      name,
      notifiers: webhooks.map((webhook) => webhookNotifier(webhook, this.#post, clock)),
    }));
    const stopped = this.#senders.map((sender) =>
      sender.stop(AbortSignal.abort(new VedetteError('NOTIFY_FAILED', 'replaced by a new configuration'))),
    );
    this.#senders = this.#buildSenders(settings);
    const route = this.#buildRoute(settings, { clock, logger, random, log });
    const before = this.#dispatcher;
    if (before && route && before.canTake(route.config)) {
      before.take(route);
    } else {
      this.#dispatcher =
        route &&
        new Dispatcher(route, {
          clock,
          logger,
          onGroups: (count) => this.#health.groups.set(count),
          startedMs: this.#startedMs,
        });
      // A flush under way ends; what it did not tell, the new groups will.
      await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, undefined, async (soon) => before?.stop(soon));
      for (const alert of this.#store.values()) this.#dispatcher?.insert(alert, clock.now());
    }
    this.#reportSilence();
    await Promise.all(stopped);
  }

  #buildRoute(
    { config, externalUrl }: AlertingSettings,
    deps: Pick<AlertingDeps, 'clock' | 'logger' | 'random'> & { readonly log: NotificationLog },
  ): Route | undefined {
    const receiver = this.#receivers.find(({ name }) => name === config.route?.receiver);
    if (!config.route || !receiver) return undefined;
    return {
      config: config.route,
      pipeline: new Pipeline(receiver, { ...deps, health: this.#health, muters: [], externalUrl: () => externalUrl }),
    };
  }

  #buildSenders({ config }: AlertingSettings): readonly AlertmanagerSender[] {
    const { clock, random, logger } = this.#deps;
    return config.alertmanagers.flatMap((group) => {
      const targets = new Set(group.static_configs.flatMap(({ targets }) => targets));
      const prefix = group.path_prefix.replace(/^\/*(.*?)\/*$/, '$1');
      return [...targets].map((target) => {
        const address = `${group.scheme}://${target}`;
        const url = `${address}${prefix === '' ? '' : `/${prefix}`}/api/v2/alerts`;
        const options = { address, url, timeoutMs: group.timeout, auth: group };
        const sender = new AlertmanagerSender(options, {
          clock,
          random,
          logger,
          post: this.#post,
          health: this.#health,
        });
        sender.start();
        return sender;
      });
    });
  }

  #reportSilence(): void {
    if (this.#dispatcher || this.#senders.length > 0 || this.#silentLogged) return;
    this.#silentLogged = true;
    this.#deps.logger.info(
      {},
      'no alerting.route and no alerting.alertmanagers: alerts are shown on the pages, nobody is notified',
    );
  }

  async #receive(alerts: readonly IncomingAlert[], at: UnixMs): Promise<void> {
    const external = Object.entries(this.#settings?.externalLabels ?? {});
    const accepted = alerts.map((alert) => {
      let { labels } = alert;
      for (const [name, value] of external) if (!labels.has(name)) labels = labels.with(name, value);
      return labels === alert.labels ? alert : { ...alert, labels };
    });
    for (const alert of accepted) {
      this.#health.alertsReceived.inc({ status: alert.resolved ? 'resolved' : 'firing' });
      const merged = this.#store.merge(alert, at);
      if (merged) this.#dispatcher?.insert(merged, at);
      else this.#refuse();
    }
    for (const sender of this.#senders) sender.enqueue(accepted);
  }

  #refuse(): void {
    this.#health.alertsRefused.inc();
    if (this.#fullLogged) return;
    this.#fullLogged = true;
    this.#deps.logger.error(
      { held: this.#store.size },
      'too many alerts are held: new ones are refused; give the rules a `limit` or aggregate',
    );
  }
}

/** A reload that regroups, and a stop, wait this long for a delivery under way: its receiver may hang. */
const DELIVERY_WAIT_MS = 5_000;
