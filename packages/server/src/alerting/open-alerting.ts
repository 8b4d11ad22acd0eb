import { withDeadline } from '../base/deadline.ts';
import { type HttpPlugin, withOpenPrefixes } from '../base/http-plugin.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { type Discovery, type DiscoveryConfig, StaticDiscovery } from '../metrics/receive/index.ts';
import { AlertIntake } from './alert-intake.ts';
import { AlertStore } from './alert-store.ts';
import type { ExternalGroup } from './external/external-group.ts';
import { alertingApi } from './api/overview.ts';
import { alertmanagerApi } from './api/v2/api-v2.ts';
import { roomView } from './api/v2/room-view.ts';
import type { AlertingSettings } from './config/section.ts';
import { failingWays } from './heartbeat/failing.ts';
import { Heartbeat } from './heartbeat/heartbeat.ts';
import { HeartbeatMetrics } from './heartbeat/heartbeat-metrics.ts';
import { DeliveryHealth } from './pipeline/delivery-health.ts';
import { Inhibitor } from './inhibit/inhibitor.ts';
import { buildRouting } from './route/build-routing.ts';
import { Dispatcher } from './route/dispatcher.ts';
import { routeTestApi } from './route-test/route-test-api.ts';
import { routesApi } from './route/routes-api.ts';
import type { RouteMuter } from './time-intervals/route-muter.ts';
import { Arrivals, EXPIRY_LOOK_MS } from './history/arrivals.ts';
import { MuteMemory } from './history/mute-memory.ts';
import { AlertResponse } from './escalation/open-response.ts';
import { notifyNetworks } from './notify/notify-network.ts';
import type { NotifyDeps, OpenHttp } from './notify/receiver-kind.ts';
import { RECEIVER_KINDS } from './notify/registry.ts';
import { secretFiles } from './notify/secret-files.ts';
import { loadNotificationTemplates } from './notify/templates/load-templates.ts';
import { type OpenedConfig, openConfig } from './opened-config.ts';
import { NotificationLog } from './pipeline/notification-log.ts';
import type { Muter } from './pipeline/stage.ts';
import { receiverTestApi } from './receiver-test/receiver-test-api.ts';
import { openTrial } from './receiver-test/trial-receiver.ts';
import type { AlertingDeps, AlertingRoom, IncomingAlertSink, PreparedAlerting } from './room.ts';
import { type Silences, openSilences } from './silences/silence-store.ts';
import { SILENCE_LIMITS } from './silences/silence-limits.ts';

/** How often ended alerts and old log entries are forgotten. */
const COLLECT_INTERVAL_MS = 30 * 60_000;

/** Opens the alerting room: start it before the rules, stop it after them. */
export function openAlerting(deps: AlertingDeps): AlertingRoom {
  return new Alerting(deps);
}

class Alerting implements AlertingRoom {
  readonly name = 'alerting';
  readonly sink: IncomingAlertSink = {
    receive: async (alerts, at) => {
      const kept = this.#intake.receive(alerts, at);
      for (const group of this.#externals) group.enqueue(kept);
    },
  };
  readonly plugin: HttpPlugin;
  readonly alertmanager = roomView({
    deps: () => this.#deps,
    startedMs: () => this.#startedMs,
    opened: () => this.#opened,
    store: () => this.#store,
    dispatcher: () => this.#dispatcher,
    silences: () => this.#silences,
    muters: () => [this.#inhibitor, ...this.#silenceMuters(), this.#response.hours, this.#response.rollUp],
    health: () => this.#health,
    take: (alerts, at) => {
      this.#arrivals?.arrive(alerts, at);
      this.#intake.take(alerts, at);
    },
  });
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
    alertmanagers: this.#externals.flatMap((group) => group.status()),
    health: this.#health,
    nowMs: this.#deps.clock.now(),
  }));
  readonly #receiverTests: HttpPlugin;
  readonly #deps: AlertingDeps;
  readonly #notify: Omit<NotifyDeps, 'openHttp' | 'templates'>;
  readonly #networks: ReturnType<typeof notifyNetworks>;
  readonly #health: DeliveryHealth;
  readonly #heartbeatMetrics: HeartbeatMetrics;
  readonly #store = new AlertStore();
  readonly #response: AlertResponse;
  readonly #intake: AlertIntake;
  readonly #muteMemory: MuteMemory | undefined;
  readonly #arrivals: Arrivals | undefined;
  #log: NotificationLog | undefined;
  #silences: Silences | undefined;
  #opened: OpenedConfig | undefined;
  #dispatcher: Dispatcher | undefined;
  #inhibitor = new Inhibitor([]);
  #externals: readonly ExternalGroup[] = [];
  #heartbeat: Heartbeat | undefined;
  #collector: Disposable | undefined;
  #expiry: Disposable | undefined;
  #startedMs = 0;
  #silentLogged = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: AlertingDeps) {
    this.#deps = deps;
    this.#health = new DeliveryHealth(deps.registry);
    this.#heartbeatMetrics = new HeartbeatMetrics(deps.registry);
    this.#notify = notifyDeps(deps);
    this.#networks = notifyNetworks(deps.clock, deps);
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
    this.#response = new AlertResponse({
      ...deps,
      health: this.#health,
      alerts: () => this.#store.values(),
      groups: () => this.#dispatcher?.groups ?? [],
      receiver: (name) => this.#opened?.receivers.find((receiver) => receiver.name === name),
      muters: () => [this.#inhibitor, ...this.#silenceMuters()],
      emit: (alerts, at) => this.#intake.take(alerts, at),
      externalUrl: () => this.#opened?.settings.externalUrl ?? '',
      inTurns: (dedup, deliver) => deps.turns?.().around(dedup, deliver) ?? [dedup, deliver],
      onAcknowledged: ({ alert: { labels, startsAtMs }, ...change }) =>
        deps.history?.record([{ ...change, labels, startsAtMs }]),
    });
    this.#intake = new AlertIntake({
      store: this.#store,
      health: this.#health,
      logger: deps.logger,
      onAlert: (alert, at) => {
        this.#inhibitor.insert(alert, at);
        this.#dispatcher?.insert(alert, at);
      },
      onTaken: (alerts, at) => this.#response.observe(alerts, at),
    });
    const routeTest = routeTestApi(deps.clock, () => {
      const { prepared, rollUp } = this.#response;
      const others = [this.#inhibitor, ...this.#silenceMuters(), rollUp];
      return prepared && { model: this.#opened?.model, response: prepared, muters: others };
    });
    const plugins = [
      this.#overview,
      this.#routes,
      alertmanagerApi(this.alertmanager, deps.clock),
      this.#receiverTests,
      this.#response.plugin,
      routeTest,
    ];
    this.plugin = withOpenPrefixes(
      plugins.flatMap((plugin) => plugin.openPrefixes ?? []),
      async (scope) => {
        for (const plugin of plugins) await scope.register(plugin);
      },
    );
    this.#muteMemory = deps.history && new MuteMemory(deps.history);
    this.#arrivals = deps.history && new Arrivals(deps.history, (key) => this.#store.get(key));
  }

  async prepare(settings: AlertingSettings): Promise<PreparedAlerting> {
    const templates = await loadNotificationTemplates(settings.alertmanager?.templates ?? [], this.#deps.clock);
    const { allowAddress, openHttp: overHttp } = this.#networks(settings.config.allowed_networks, 'file');
    const openHttp = this.#deps.openHttp ?? overHttp;
    const heartbeat = this.#openHeartbeat(settings, openHttp);
    let opened: OpenedConfig;
    try {
      opened = openConfig(
        settings,
        this.#deps.receiverKinds ?? RECEIVER_KINDS,
        { ...this.#notify, templates, allowAddress, openHttp },
        { openHttp, logger: this.#deps.logger, discover: this.#deps.discover ?? onlyWritten },
      );
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
        await Promise.all([heartbeat?.stop(), closeConfig(opened)]);
      },
    };
  }

  async apply(settings: AlertingSettings): Promise<void> {
    await (await this.prepare(settings)).commit();
  }

  async start(): Promise<void> {
    const { clock, state, logger } = this.#deps;
    const log = await NotificationLog.open(state, clock);
    const silences = await openSilences(state, this.#deps.silenceLimits ?? SILENCE_LIMITS);
    this.#log = log;
    this.#silences = silences;
    this.#health.countSilences(() => silences.count(clock.now()));
    const turns = this.#deps.turns?.();
    if (turns) log.onOthers((entry) => turns.heardTold(entry));
    this.#startedMs = clock.now();
    await this.#response.start(log);
    if (this.#opened) await this.#swap(this.#opened, log);
    this.#heartbeat?.start();
    this.#expiry = clock.every(
      { intervalMs: EXPIRY_LOOK_MS },
      async (at) => this.#arrivals?.expire(at),
      (error) => logger.error({ error: errorMessage(error) }, 'alerts that ended without a word could not be told'),
    );
    this.#collector = clock.every(
      { intervalMs: COLLECT_INTERVAL_MS },
      async (at) => {
        this.#store.collect(at);
        this.#inhibitor.collect(at);
        await silences.collect(at);
        await log.collect();
        await this.#response.collect(at);
      },
      (error) =>
        logger.warn(
          { error: errorMessage(error) },
          'old silences or entries of the notification log could not be removed; tried again later',
        ),
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#collector?.[Symbol.dispose]();
    this.#expiry?.[Symbol.dispose]();
    await this.#heartbeat?.stop();
    await this.#changing;
    // What is not told by then is told after the start: the log remembers.
    await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, signal, async (soon) => {
      await Promise.all([
        this.#response.stop(soon),
        this.#dispatcher?.stop(soon),
        ...this.#externals.map((group) => group.stop(soon)),
      ]);
    });
    if (this.#opened) await closeConfig(this.#opened);
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
        const alertmanagers = this.#externals.flatMap((group) => group.status());
        return failingWays(this.#opened?.receivers ?? [], this.#health, alertmanagers);
      },
    });
  }

  get alertmanagerUrls(): readonly string[] {
    return this.#externals.flatMap((group) => group.urls);
  }

  async #commit(opened: OpenedConfig): Promise<void> {
    const before = this.#opened;
    this.#opened = opened;
    this.#intake.apply(opened.settings);
    const log = this.#log;
    if (log) {
      const change = this.#changing.then(() => this.#swap(opened, log));
      // A change that failed must not fail the ones after it.
      this.#changing = change.catch(() => undefined);
      await change;
    }
    if (before) await closeConfig(before);
  }

  async #swap(opened: OpenedConfig, log: NotificationLog): Promise<void> {
    const { clock, logger, random } = this.#deps;
    const stopped = this.#externals.map((group) =>
      group.stop(AbortSignal.abort(new VedetteError('NOTIFY_FAILED', 'replaced by a new configuration'))),
    );
    this.#externals = opened.externals;
    const senders = { clock, random, logger, health: this.#health };
    await Promise.all(opened.externals.map((group) => group.start(senders)));
    this.#inhibitor = new Inhibitor(opened.model?.inhibitRules ?? []);
    for (const alert of this.#store.values()) this.#inhibitor.insert(alert, clock.now());
    const { history } = this.#deps;
    const routing = buildRouting(opened, (hours) => ({
      clock,
      logger,
      random,
      log,
      health: this.#health,
      history,
      muteMemory: this.#muteMemory,
      turns: this.#deps.turns?.(),
      muters: this.#mutersOf(hours),
      externalUrl: () => opened.settings.externalUrl,
      stages: this.#response.stages(log),
      deliver: (notifier) => this.#response.deliver(notifier, log),
    }));
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
          waitMs: () => this.#deps.turns?.().waitMs ?? 0,
        });
      // A flush under way ends; what it did not tell, the new groups will.
      await withDeadline(this.#deps.clock, DELIVERY_WAIT_MS, undefined, async (soon) => before?.stop(soon));
      for (const alert of this.#store.values()) this.#dispatcher?.insert(alert, clock.now());
    }
    await this.#response.commit(opened.response);
    this.#reportSilence();
    await Promise.all(stopped);
  }

  /** In Alertmanager's order: inhibition, the hour, silences. */
  #mutersOf(hours: RouteMuter): readonly Muter[] {
    return [this.#inhibitor, hours, ...this.#silenceMuters()];
  }

  #silenceMuters(): readonly Muter[] {
    return this.#silences ? [this.#silences] : [];
  }

  #reportSilence(): void {
    if (this.#dispatcher || this.#externals.length > 0 || this.#silentLogged) return;
    this.#silentLogged = true;
    this.#deps.logger.info(
      {},
      'no alerting.route and no alerting.alertmanagers: alerts are shown on the pages, nobody is notified',
    );
  }
}

async function closeConfig({ receivers, externals }: OpenedConfig): Promise<void> {
  await Promise.all([...receivers.map((receiver) => receiver.retire()), ...externals.map((one) => one.close())]);
}

function onlyWritten({ static_configs }: DiscoveryConfig): readonly Discovery[] {
  return [new StaticDiscovery(static_configs)];
}

/** What notifiers get unless the room was given something else. */
function notifyDeps(deps: AlertingDeps): Omit<NotifyDeps, 'openHttp' | 'templates'> {
  const { clock, random, logger } = deps;
  return {
    clock,
    random,
    logger,
    secretFiles,
  };
}

/** A reload that regroups, and a stop, wait this long for a delivery under way: its receiver may hang. */
const DELIVERY_WAIT_MS = 5_000;
