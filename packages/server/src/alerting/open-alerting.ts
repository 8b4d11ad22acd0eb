import type { UnixMs } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { AlertStore } from './alert-store.ts';
import { AlertmanagerSender } from './external/alertmanager-sender.ts';
import { alertingApi } from './api/overview.ts';
import type { AlertingSettings } from './config/section.ts';
import { failingWays } from './heartbeat/failing.ts';
import { Heartbeat } from './heartbeat/heartbeat.ts';
import { HeartbeatMetrics } from './heartbeat/heartbeat-metrics.ts';
import { DeliveryHealth } from './pipeline/delivery-health.ts';
import { Dispatcher, type Route } from './route/dispatcher.ts';
import { type PostJson, postOverHttp } from './notify/http-post.ts';
import { notifyNetworks } from './notify/notify-network.ts';
import type { NotifyDeps, OpenHttp } from './notify/receiver-kind.ts';
import { RECEIVER_KINDS } from './notify/registry.ts';
import { secretFiles } from './notify/secret-files.ts';
import { loadNotificationTemplates } from './notify/templates/load-templates.ts';
import { type OpenedConfig, openConfig } from './opened-config.ts';
import { NotificationLog } from './pipeline/notification-log.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { receiverTestApi } from './receiver-test/receiver-test-api.ts';
import { openTrial } from './receiver-test/trial-receiver.ts';
import type { AlertingDeps, AlertingRoom, IncomingAlert, IncomingAlertSink, PreparedAlerting } from './room.ts';

/** How often ended alerts and old log entries are forgotten. */
const COLLECT_INTERVAL_MS = 30 * 60_000;

/** Opens the alerting room: start it before the rules, stop it after them. */
export function openAlerting(deps: AlertingDeps): AlertingRoom {
  return new Alerting(deps);
}

class Alerting implements AlertingRoom {
  readonly name = 'alerting';
  readonly sink: IncomingAlertSink = { receive: (alerts, at) => this.#receive(alerts, at) };
  readonly plugin: HttpPlugin = async (scope) => {
    await scope.register(this.#overview);
    await scope.register(this.#receiverTests);
  };
  readonly #overview = alertingApi(() => ({
    route: this.#dispatcher?.route,
    receivers: this.#opened?.receivers ?? [],
    groups: this.#dispatcher?.groups ?? [],
    alerts: this.#store.count(this.#deps.clock.now()),
    alertmanagers: this.#senders.map((sender) => sender.status()),
    health: this.#health,
    nowMs: this.#deps.clock.now(),
  }));
  readonly #receiverTests: HttpPlugin;
  readonly #deps: AlertingDeps;
  readonly #post: PostJson;
  readonly #notify: Omit<NotifyDeps, 'openHttp' | 'templates'>;
  readonly #networks: ReturnType<typeof notifyNetworks>;
  readonly #health: DeliveryHealth;
  readonly #heartbeatMetrics: HeartbeatMetrics;
  readonly #store = new AlertStore();
  #log: NotificationLog | undefined;
  #opened: OpenedConfig | undefined;
  #dispatcher: Dispatcher | undefined;
  #senders: readonly AlertmanagerSender[] = [];
  #heartbeat: Heartbeat | undefined;
  #collector: Disposable | undefined;
  #startedMs = 0;
  #silentLogged = false;
  #fullLogged = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: AlertingDeps) {
    this.#deps = deps;
    this.#post = deps.post ?? postOverHttp;
    this.#health = new DeliveryHealth(deps.registry);
    this.#heartbeatMetrics = new HeartbeatMetrics(deps.registry);
    this.#notify = notifyDeps(deps, this.#post);
    this.#networks = notifyNetworks(deps.clock);
    this.#receiverTests = receiverTestApi({
      clock: deps.clock,
      logger: deps.logger,
      receivers: () => this.#opened?.receivers ?? [],
      health: this.#health,
      openTrial: async (written) => {
        const settings = this.#opened?.settings;
        const templates = await loadNotificationTemplates(settings?.alertmanager?.templates ?? [], deps.clock);
        const network = this.#networks(settings?.config.allowed_networks, 'api');
        const kinds = deps.receiverKinds ?? RECEIVER_KINDS;
        return openTrial(written, kinds, { ...this.#notify, ...network, templates });
      },
      externalUrl: () => this.#opened?.settings.externalUrl ?? '',
    });
  }

  async prepare(settings: AlertingSettings): Promise<PreparedAlerting> {
    const templates = await loadNotificationTemplates(settings.alertmanager?.templates ?? [], this.#deps.clock);
    const { allowAddress, openHttp } = this.#networks(settings.config.allowed_networks, 'file');
    const notify = { ...this.#notify, templates, allowAddress, openHttp: this.#deps.openHttp ?? openHttp };
    const heartbeat = this.#openHeartbeat(settings, notify.openHttp);
    let opened: OpenedConfig;
    try {
      opened = openConfig(settings, this.#deps.receiverKinds ?? RECEIVER_KINDS, notify);
    } catch (error) {
      await heartbeat?.stop();
      throw error;
    }
    return {
      commit: async () => {
        await this.#commit(opened);
        await this.#heartbeat?.stop();
        this.#heartbeat = heartbeat;
        if (this.#log) heartbeat?.start();
      },
      discard: async () => {
        await Promise.all([heartbeat?.stop(), ...opened.receivers.map((receiver) => receiver.retire())]);
      },
    };
  }

  async apply(settings: AlertingSettings): Promise<void> {
    await (await this.prepare(settings)).commit();
  }

  async start(): Promise<void> {
    const { clock, state, logger } = this.#deps;
    const log = await NotificationLog.open(state, clock);
    this.#log = log;
    this.#startedMs = clock.now();
    if (this.#opened) await this.#swap(this.#opened, log);
    this.#heartbeat?.start();
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
    await this.#heartbeat?.stop();
    await this.#changing;
    // What is not told by then is told after the start: the log remembers.
    await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, signal, async (soon) => {
      await Promise.all([this.#dispatcher?.stop(soon), ...this.#senders.map((sender) => sender.stop(soon))]);
    });
    await Promise.all(this.#opened?.receivers.map((receiver) => receiver.retire()) ?? []);
  }

  /** Throws as the clients of receivers do. */
  #openHeartbeat({ config: { heartbeat } }: AlertingSettings, openHttp: OpenHttp): Heartbeat | undefined {
    if (!heartbeat) return undefined;
    const { clock, logger, rulesStalled } = this.#deps;
    return new Heartbeat(heartbeat, {
      clock,
      logger,
      openHttp,
      secretFiles,
      metrics: this.#heartbeatMetrics,
      rulesStalled: () => rulesStalled?.(),
      failing: () => {
        const alertmanagers = this.#senders.map((sender) => sender.status());
        return failingWays(this.#opened?.receivers ?? [], this.#health, alertmanagers);
      },
    });
  }

  async #commit(opened: OpenedConfig): Promise<void> {
    const before = this.#opened?.receivers ?? [];
    this.#opened = opened;
    const log = this.#log;
    if (log) {
      const change = this.#changing.then(() => this.#swap(opened, log));
      // A change that failed must not fail the ones after it.
      this.#changing = change.catch(() => undefined);
      await change;
    }
    await Promise.all(before.map((receiver) => receiver.retire()));
  }

  async #swap(opened: OpenedConfig, log: NotificationLog): Promise<void> {
    const { clock, logger, random } = this.#deps;
    const stopped = this.#senders.map((sender) =>
      sender.stop(AbortSignal.abort(new VedetteError('NOTIFY_FAILED', 'replaced by a new configuration'))),
    );
    this.#senders = this.#buildSenders(opened);
    const route = this.#buildRoute(opened, { clock, logger, random, log });
    const before = this.#dispatcher;
    if (before && route && before.canTake(route.node)) {
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
    { settings, model, receivers }: OpenedConfig,
    deps: Pick<AlertingDeps, 'clock' | 'logger' | 'random'> & { readonly log: NotificationLog },
  ): Route | undefined {
    const receiver = receivers.find(({ name }) => name === model?.route.receiver);
    if (!model || !receiver) return undefined;
    const externalUrl = (): string => settings.externalUrl;
    return {
      node: model.route,
      pipeline: new Pipeline(receiver, { ...deps, health: this.#health, muters: [], externalUrl }),
    };
  }

  #buildSenders({ settings: { config } }: OpenedConfig): readonly AlertmanagerSender[] {
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
    const external = Object.entries(this.#opened?.settings.externalLabels ?? {});
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

/** What notifiers get unless the room was given something else. */
function notifyDeps(deps: AlertingDeps, post: PostJson): Omit<NotifyDeps, 'openHttp' | 'templates'> {
  const { clock, random, logger } = deps;
  return {
    clock,
    random,
    logger,
    post,
    secretFiles,
  };
}

/** A reload that regroups, and a stop, wait this long for a delivery under way: its receiver may hang. */
const DELIVERY_WAIT_MS = 5_000;
