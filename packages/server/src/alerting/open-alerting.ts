import type { UnixMs } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { AlertStore } from './alert-store.ts';
import { AlertmanagerSender } from './external/alertmanager-sender.ts';
import { alertingApi } from './api/overview.ts';
import type { AlertingSettings } from './config/section.ts';
import { DeliveryHealth } from './pipeline/delivery-health.ts';
import { Inhibitor } from './inhibit/inhibitor.ts';
import { Dispatcher, type Routing } from './route/dispatcher.ts';
import { eachRoute } from './route/match-routes.ts';
import { routeTestApi } from './route-test/route-test-api.ts';
import { routesApi } from './route/routes-api.ts';
import { RouteMuter } from './time-intervals/route-muter.ts';
import { TimeIntervals } from './time-intervals/time-intervals.ts';
import { type PostJson, postOverHttp } from './notify/http-post.ts';
import { type HttpPlugin, withOpenPrefixes } from '../base/http-plugin.ts';
import { AlertResponse } from './escalation/open-response.ts';
import type { GroupAlert } from './notify/notification.ts';
import { notifyNetworks } from './notify/notify-network.ts';
import type { NotifyDeps } from './notify/receiver-kind.ts';
import { RECEIVER_KINDS } from './notify/registry.ts';
import { secretFiles } from './notify/secret-files.ts';
import { loadNotificationTemplates } from './notify/templates/load-templates.ts';
import { type OpenedConfig, openConfig } from './opened-config.ts';
import { NotificationLog } from './pipeline/notification-log.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import type { Muter } from './pipeline/stage.ts';
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
  readonly plugin: HttpPlugin;
  readonly #routes = routesApi(() => ({
    source: this.#opened?.settings.alertmanager ? 'alertmanager' : 'vedette',
    config: this.#opened?.model,
    dispatcher: this.#dispatcher,
    inhibitor: this.#inhibitor,
    now: this.#deps.clock.now(),
  }));
  readonly #overview = alertingApi(() => ({
    route: this.#dispatcher?.root,
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
  readonly #store = new AlertStore();
  readonly #response: AlertResponse;
  #log: NotificationLog | undefined;
  #opened: OpenedConfig | undefined;
  #dispatcher: Dispatcher | undefined;
  #inhibitor = new Inhibitor([]);
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
    this.#notify = notifyDeps(deps, this.#post);
    this.#networks = notifyNetworks(deps.clock);
    this.#receiverTests = receiverTestApi({
      clock: deps.clock,
      logger: deps.logger,
      receivers: () => this.#opened?.receivers ?? [],
      openTrial: async (written) => {
        const settings = this.#opened?.settings;
        const templates = await loadNotificationTemplates(settings?.alertmanager?.templates ?? [], deps.clock);
        const network = this.#networks(settings?.config.allowed_networks, 'api');
        const kinds = deps.receiverKinds ?? RECEIVER_KINDS;
        return openTrial(written, kinds, { ...this.#notify, ...network, templates });
      },
      externalUrl: () => this.#opened?.settings.externalUrl ?? '',
    });
    this.#response = new AlertResponse({
      ...deps,
      health: this.#health,
      alerts: () => this.#store.values(),
      groups: () => this.#dispatcher?.groups ?? [],
      receiver: (name) => this.#opened?.receivers.find((receiver) => receiver.name === name),
      muters: () => [this.#inhibitor, ...(deps.silences ? [deps.silences] : [])],
      emit: (alerts, at) => this.#take(alerts, at),
      externalUrl: () => this.#opened?.settings.externalUrl ?? '',
    });
    const routeTest = routeTestApi(deps.clock, () => {
      const { prepared, rollUp } = this.#response;
      const silences = deps.silences ? [deps.silences] : [];
      const others = [this.#inhibitor, ...silences, rollUp];
      return prepared && { model: this.#opened?.model, response: prepared, muters: others };
    });
    const plugins = [this.#overview, this.#routes, this.#receiverTests, this.#response.plugin, routeTest];
    this.plugin = withOpenPrefixes(
      plugins.flatMap((plugin) => plugin.openPrefixes ?? []),
      async (scope) => {
        for (const plugin of plugins) await scope.register(plugin);
      },
    );
  }

  async prepare(settings: AlertingSettings): Promise<PreparedAlerting> {
    const templates = await loadNotificationTemplates(settings.alertmanager?.templates ?? [], this.#deps.clock);
    const { allowAddress, openHttp } = this.#networks(settings.config.allowed_networks, 'file');
    const notify = { ...this.#notify, templates, allowAddress, openHttp: this.#deps.openHttp ?? openHttp };
    const opened = openConfig(settings, this.#deps.receiverKinds ?? RECEIVER_KINDS, notify);
    return {
      commit: () => this.#commit(opened),
      discard: async () => {
        await Promise.all(opened.receivers.map((receiver) => receiver.retire()));
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
    await this.#response.start(log);
    if (this.#opened) await this.#swap(this.#opened, log);
    this.#collector = clock.every(
      { intervalMs: COLLECT_INTERVAL_MS },
      async (at) => {
        this.#store.collect(at);
        this.#inhibitor.collect(at);
        await log.collect();
        await this.#response.collect(at);
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
      await Promise.all([
        this.#response.stop(soon),
        this.#dispatcher?.stop(soon),
        ...this.#senders.map((sender) => sender.stop(soon)),
      ]);
    });
    await Promise.all(this.#opened?.receivers.map((receiver) => receiver.retire()) ?? []);
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
    this.#inhibitor = new Inhibitor(opened.model?.inhibitRules ?? []);
    for (const alert of this.#store.values()) this.#inhibitor.insert(alert, clock.now());
    const routing = this.#buildRouting(opened, { clock, logger, random, log });
    const before = this.#dispatcher;
    if (before && routing && before.canTake(routing.root)) {
      before.take(routing);
    } else {
      this.#dispatcher =
        routing &&
        new Dispatcher(routing, {
          clock,
          logger,
          onGroups: (count) => this.#health.groups.set(count),
          startedMs: this.#startedMs,
        });
      // A flush under way ends; what it did not tell, the new groups will.
      await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, undefined, async (soon) => before?.stop(soon));
      for (const alert of this.#store.values()) this.#dispatcher?.insert(alert, clock.now());
    }
    await this.#response.commit(opened.response);
    this.#reportSilence();
    await Promise.all(stopped);
  }

  #buildRouting(
    { settings, model, receivers }: OpenedConfig,
    deps: Pick<AlertingDeps, 'clock' | 'logger' | 'random'> & { readonly log: NotificationLog },
  ): Routing | undefined {
    if (!model) return undefined;
    const externalUrl = (): string => settings.externalUrl;
    const intervals = new TimeIntervals(model.timeIntervals);
    const pipelines = new Map<string, Pipeline>();
    for (const route of eachRoute(model.route)) {
      const receiver = receivers.find(({ name }) => name === route.receiver);
      if (!receiver) continue;
      const muters = this.#mutersOf(new RouteMuter(intervals, route));
      pipelines.set(
        route.id,
        new Pipeline(receiver, {
          ...deps,
          health: this.#health,
          muters,
          externalUrl,
          stages: this.#response.stages(deps.log),
          deliver: (notifier) => this.#response.deliver(notifier, deps.log),
        }),
      );
    }
    return { root: model.route, pipelines };
  }

  /** In Alertmanager's order: inhibition, the hour, silences. */
  #mutersOf(hours: RouteMuter): readonly Muter[] {
    return [this.#inhibitor, hours, ...(this.#deps.silences ? [this.#deps.silences] : [])];
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
    for (const alert of accepted) this.#health.alertsReceived.inc({ status: alert.resolved ? 'resolved' : 'firing' });
    this.#take(accepted, at);
    for (const sender of this.#senders) sender.enqueue(accepted);
  }

  #take(alerts: readonly IncomingAlert[], at: UnixMs): void {
    const taken: GroupAlert[] = [];
    for (const alert of alerts) {
      const merged = this.#store.merge(alert, at);
      if (merged) {
        this.#inhibitor.insert(merged, at);
        this.#dispatcher?.insert(merged, at);
        taken.push(merged);
      } else this.#refuse();
    }
    this.#response.observe(taken, at);
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
