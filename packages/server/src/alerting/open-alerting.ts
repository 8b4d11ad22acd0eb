import type { UnixMs } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { Deadlines, HttpClient } from '../base/http-client/index.ts';
import { BUILTINS, TemplateSet } from '../template/index.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { AlertStore } from './alert-store.ts';
import { withExternalLabels } from './external-labels.ts';
import { AlertmanagerSender } from './external/alertmanager-sender.ts';
import { alertingApi } from './api/overview.ts';
import type { AlertingSettings } from './config/section.ts';
import { DeliveryHealth } from './pipeline/delivery-health.ts';
import { Dispatcher, type Route } from './route/dispatcher.ts';
import { MuteMemory } from './history/mute-memory.ts';
import { type PostJson, postOverHttp } from './notify/http-post.ts';
import type { NotifyDeps } from './notify/receiver-kind.ts';
import { RECEIVER_KINDS } from './notify/registry.ts';
import { secretFiles } from './notify/secret-files.ts';
import { NotificationTemplates } from './notify/templates/notification-templates.ts';
import { type OpenedConfig, openConfig } from './opened-config.ts';
import { NotificationLog } from './pipeline/notification-log.ts';
import { Pipeline } from './pipeline/pipeline.ts';
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
  readonly plugin = alertingApi(() => ({
    route: this.#dispatcher?.route,
    receivers: this.#opened?.receivers ?? [],
    groups: this.#dispatcher?.groups ?? [],
    alerts: this.#store.count(this.#deps.clock.now()),
    alertmanagers: this.#senders.map((sender) => sender.status()),
    health: this.#health,
    nowMs: this.#deps.clock.now(),
  }));
  readonly #deps: AlertingDeps;
  readonly #post: PostJson;
  readonly #notify: NotifyDeps;
  readonly #health: DeliveryHealth;
  readonly #store = new AlertStore();
  readonly #muteMemory: MuteMemory | undefined;
  #log: NotificationLog | undefined;
  #opened: OpenedConfig | undefined;
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
    this.#notify = notifyDeps(deps, this.#post);
    this.#muteMemory = deps.history && new MuteMemory(deps.history);
  }

  async prepare(settings: AlertingSettings): Promise<PreparedAlerting> {
    const opened = openConfig(settings, this.#deps.receiverKinds ?? RECEIVER_KINDS, this.#notify);
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
    const turns = this.#deps.turns?.();
    if (turns) log.onOthers((entry) => turns.heardTold(entry));
    this.#startedMs = clock.now();
    if (this.#opened) await this.#swap(this.#opened, log);
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
          waitMs: () => this.#deps.turns?.().waitMs ?? 0,
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
      pipeline: new Pipeline(receiver, {
        ...deps,
        health: this.#health,
        history: this.#deps.history,
        muteMemory: this.#muteMemory,
        turns: this.#deps.turns?.(),
        muters: [],
        externalUrl,
      }),
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
    const external = this.#opened?.settings.externalLabels ?? {};
    const accepted = alerts.map((alert) => {
      const labels = withExternalLabels(alert.labels, external);
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
function notifyDeps(deps: AlertingDeps, post: PostJson): NotifyDeps {
  const { clock, random, logger } = deps;
  const deadlines = new Deadlines(clock);
  return {
    clock,
    random,
    logger,
    post,
    openHttp: deps.openHttp ?? ((config) => new HttpClient({ clock, deadlines, userAgent: 'vedette' }, config)),
    templates: new NotificationTemplates(new TemplateSet({ functions: BUILTINS })),
    secretFiles,
  };
}

/** A reload that regroups, and a stop, wait this long for a delivery under way: its receiver may hang. */
const DELIVERY_WAIT_MS = 5_000;
