import type { Registry } from 'prom-client';
import type { UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import { type HttpPlugin, withOpenPrefixes } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { StateStore } from '../../model/ports.ts';
import { type AcknowledgementWord, acknowledgeApi } from '../acknowledge/api.ts';
import { AcknowledgeLinks, LINK_PREFIX, groupHash } from '../acknowledge/links.ts';
import { acknowledgeStage, hasOpenAlerts } from '../acknowledge/stage.ts';
import { AcknowledgementStore } from '../acknowledge/store.ts';
import type { AlertHistory } from '../history/event.ts';
import { MuteMemory } from '../history/mute-memory.ts';
import type { GroupAlert, Notifier } from '../notify/notification.ts';
import { BusinessHours, businessHoursStage } from '../on-call/business-hours.ts';
import { OnCall } from '../on-call/schedule.ts';
import { type DeliverDeps, deliverStage } from '../pipeline/deliver-stage.ts';
import type { NotificationLog } from '../pipeline/notification-log.ts';
import type { Receiver } from '../pipeline/receiver.ts';
import type { AlertGroupBatch, Muter, Stage } from '../pipeline/stage.ts';
import type { Acknowledgements } from '../ports.ts';
import { foldStage } from '../roll-up/fold-stage.ts';
import { type RollUpSettings, RollUp } from '../roll-up/roll-up.ts';
import { openTopology } from '../roll-up/open-topology.ts';
import type { IncomingAlert } from '../room.ts';
import { deliverWithBackup } from './backup.ts';
import { ExpectedAlerts } from './expected-alerts.ts';
import { Incidents } from './incidents.ts';
import { type InTurns, LevelDelivery } from './level-delivery.ts';
import { EscalationMetrics } from './metrics.ts';
import { RaisedAlerts } from './raise.ts';
import { type EngineDeps, type ResponseParts, evaluate, isIdle, nextEvaluationMs } from './response-engine.ts';
import { escalationApi } from './overview-api.ts';
import { type ResponseConfig, checkNames } from './section.ts';

/** A storm of alerts is evaluated this often at most, */
const EVALUATE_PAUSE_MS = 1_000;
/** and with very many alerts so rarely that evaluations take a tenth of the time. */
const PAUSE_PER_DURATION = 10;

export interface ResponseDeps extends Omit<DeliverDeps, 'log'> {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly state: StateStore;
  /** Alerts that are held, ended ones included. */
  readonly alerts: () => Iterable<GroupAlert>;
  /** Groups of all routes with their alerts. */
  readonly groups: () => Iterable<{ readonly key: string; readonly alerts: ReadonlyMap<string, GroupAlert> }>;
  readonly receiver: (name: string) => Receiver | undefined;
  /** Silences and inhibition. */
  readonly muters: () => readonly Muter[];
  /** Takes alerts that were made out of others as if a rule had told them; not to external Alertmanagers. */
  readonly emit: (alerts: readonly IncomingAlert[], at: UnixMs) => void;
  /** Address people reach Vedette at, without a slash at the end. */
  readonly externalUrl: () => string;
  /** Hears what was kept back; default: nobody. */
  readonly history?: AlertHistory | undefined;
  /** With several Vedettes: how they take turns. Default: this one is alone. */
  readonly inTurns?: InTurns;
  /** Hears of acknowledgements; default: nobody. */
  readonly onAcknowledged?: (change: AcknowledgementWord) => void;
}

/** Settings that were checked, with the inventory read. */
export interface PreparedResponse {
  readonly config: ResponseConfig;
  readonly onCall: OnCall;
  readonly hours: BusinessHours;
  readonly rollUp: RollUpSettings | undefined;
  readonly backups: ReadonlyMap<string, string>;
}

/** Throws CONFIG_INVALID or CONFIG_UNREADABLE; opens nothing that would have to be closed. */
export function prepareResponse(config: ResponseConfig, receivers: Iterable<string>): PreparedResponse {
  checkNames(config, new Set(receivers));
  const { severities, severity_label: severityLabel } = config.escalation;
  return {
    config,
    onCall: new OnCall(config.on_call),
    hours: new BusinessHours(config.business_hours),
    rollUp: config.roll_up && {
      config: config.roll_up,
      topology: openTopology(config.roll_up),
      severities,
      severityLabel,
    },
    backups: new Map(config.backups.map(({ receiver, backup }) => [receiver, backup])),
  };
}

/**
 * How people are reached and what they are spared: escalation, on-call schedules, business hours, acknowledgements, roll-up, backups and
 * expected alerts, on one schedule of evaluations. Its stages stand before the deduplication, its delivery takes the place of the last.
 */
export class AlertResponse {
  /** The API, and the signed links. */
  readonly plugin: HttpPlugin;
  readonly #deps: ResponseDeps;
  readonly #metrics: EscalationMetrics;
  readonly #engine: EngineDeps;
  readonly #inTurns: InTurns = (dedup, deliver) => this.#deps.inTurns?.(dedup, deliver) ?? [dedup, deliver];
  readonly #acknowledged: Pick<Acknowledgements, 'of'> = {
    of: (fingerprint, startsAtMs) => this.#parts?.acknowledgements.of(fingerprint, startsAtMs),
  };
  /** What business hours and roll-up keep back, for the history; each remembers for itself. */
  readonly #held: MuteMemory | undefined;
  readonly #folded: MuteMemory | undefined;
  #prepared: PreparedResponse | undefined;
  #parts: ResponseParts | undefined;
  #links: AcknowledgeLinks | undefined;
  #log: NotificationLog | undefined;
  #timer: { readonly dueMs: number; readonly handle: Disposable } | undefined;
  #running: Promise<void> | undefined;
  #lastMs = -Infinity;
  #pauseMs = EVALUATE_PAUSE_MS;
  #isStopped = false;
  /** What an evaluation emits is looked at by the same evaluation. */
  #isEmitting = false;

  constructor(deps: ResponseDeps) {
    this.#deps = deps;
    this.#held = deps.history && new MuteMemory(deps.history);
    this.#folded = deps.history && new MuteMemory(deps.history);
    this.#metrics = new EscalationMetrics(deps.registry);
    this.#engine = {
      metrics: this.#metrics,
      alerts: deps.alerts,
      emit: (alerts, at) => this.#emit(alerts, at),
      muters: () => [...deps.muters(), ...(this.#prepared ? [this.#prepared.hours] : [])],
      url: () => `${deps.externalUrl()}/alerts`,
    };
    const acknowledge = acknowledgeApi({
      clock: deps.clock,
      store: () => this.#parts?.acknowledgements,
      links: () => this.#links,
      expiresAfterMs: () => this.#prepared?.config.acknowledgements.expires_after ?? 0,
      alerts: deps.alerts,
      alertsOfGroup: (hash) => this.#alertsOfGroup(hash),
      changed: (change) => deps.onAcknowledged?.(change),
    });
    const overview = escalationApi(() => ({
      nowMs: deps.clock.now(),
      parts: this.#parts,
      onCall: this.#prepared?.onCall,
    }));
    this.plugin = withOpenPrefixes([LINK_PREFIX], async (scope) => {
      await scope.register(acknowledge);
      await scope.register(overview);
    });
  }

  get prepared(): PreparedResponse | undefined {
    return this.#prepared;
  }

  get acknowledgements(): AcknowledgementStore | undefined {
    return this.#parts?.acknowledgements;
  }

  /** Why alerts are quiet beside silences and inhibition, for pages and the API. */
  readonly hours: Muter = { mutedBy: (labels, at) => this.#prepared?.hours.mutedBy(labels, at) };
  readonly rollUp: Muter = { mutedBy: (labels, at) => this.#parts?.rollUp.mutedBy(labels, at) };

  /** For every pipeline, between muting and deduplication. */
  stages(log: NotificationLog): readonly Stage[] {
    return [
      businessHoursStage(this.hours, this.#held),
      foldStage(() => this.#parts?.rollUp, log, this.#folded),
      acknowledgeStage(this.#acknowledged),
    ];
  }

  /** The last stage of every pipeline. */
  deliver(notifier: Notifier, log: NotificationLog): Stage {
    const { externalUrl } = this.#deps;
    const deps = { ...this.#deps, log };
    const stage = deliverWithBackup(notifier, {
      ...deps,
      metrics: this.#metrics,
      backupOf: (name) => this.#prepared?.backups.get(name),
      deliver: (other) => deliverStage(other, externalUrl, deps),
      inTurns: this.#inTurns,
    });
    return { run: (batch, at, signal) => stage.run(this.#withLink(batch, at), at, signal) };
  }

  /** A link is made only for what is delivered, and has something to acknowledge. */
  #withLink(batch: AlertGroupBatch, at: UnixMs): AlertGroupBatch {
    if (!this.#links || !hasOpenAlerts(batch, this.#acknowledged)) return batch;
    const lifeMs = this.#prepared?.config.acknowledgements.link_expires_after ?? 0;
    const { groupKey, receiver } = batch;
    const claim = { group: groupHash(groupKey), receiver, issuedAtMs: at, expiresAtMs: at + lifeMs };
    return { ...batch, acknowledgeUrl: `${this.#deps.externalUrl()}${this.#links.path(claim)}` };
  }

  /** Opens what is durable; `commit` may come before or after. */
  async start(log: NotificationLog): Promise<void> {
    const { clock, logger, state } = this.#deps;
    const at = clock.now();
    const acknowledgements = await AcknowledgementStore.open(state, clock);
    const rollUp = await RollUp.open(state, at);
    this.#links = await AcknowledgeLinks.open(state);
    this.#log = log;
    const incidents = await Incidents.open(
      {
        clock,
        logger,
        metrics: this.#metrics,
        delivery: new LevelDelivery({
          ...this.#deps,
          log,
          inTurns: this.#inTurns,
          deliver: (notifier) => this.deliver(notifier, log),
        }),
        isAcknowledged: ({ fingerprint, startsAtMs }) => acknowledgements.of(fingerprint, startsAtMs) !== undefined,
        isQuiet: ({ labels, startsAtMs }, now) =>
          this.#engine.muters().some((muter) => muter.mutedBy(labels, now)) ||
          rollUp.mutedSince(labels, startsAtMs, now) !== undefined,
        wake: () => this.#wake(clock.now()),
      },
      state,
    );
    this.#parts = {
      acknowledgements,
      rollUp,
      incidents,
      raised: await RaisedAlerts.open(state, at),
      expected: await ExpectedAlerts.open(state),
    };
    acknowledgements.onChange(() => this.#wake(clock.now()));
    if (this.#prepared) await this.#apply(this.#prepared, this.#parts);
  }

  async commit(prepared: PreparedResponse): Promise<void> {
    this.#prepared = prepared;
    if (this.#parts) await this.#apply(prepared, this.#parts);
  }

  /** After the alerts were stored and routed. */
  observe(alerts: readonly GroupAlert[], at: UnixMs): void {
    if (!this.#parts || isIdle(this.#parts)) return;
    this.#parts.expected.observe(alerts, at);
    this.#parts.incidents.observe(alerts, at);
    if (!this.#isEmitting) this.#wake(at);
  }

  async collect(at: UnixMs): Promise<void> {
    await this.#parts?.acknowledgements.collect(at);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#timer?.handle[Symbol.dispose]();
    await this.#running;
    await this.#parts?.incidents.stop(signal);
  }

  async #apply(prepared: PreparedResponse, parts: ResponseParts): Promise<void> {
    const at = this.#deps.clock.now();
    // An evaluation under way ends first: it must not see half of the old and half of the new.
    await this.#running;
    parts.rollUp.apply(prepared.rollUp);
    parts.raised.apply(prepared.config.escalation);
    parts.expected.apply(prepared.config.expected, at);
    await parts.incidents.apply(prepared, this.#deps.alerts(), at);
    this.#wake(at);
  }

  #alertsOfGroup(hash: string): readonly GroupAlert[] {
    for (const group of this.#deps.groups()) if (groupHash(group.key) === hash) return [...group.alerts.values()];
    const incident = this.#parts?.incidents.all.find(({ groupKey }) => groupHash(groupKey) === hash);
    return incident ? [...incident.alerts.values()] : [];
  }

  #emit(alerts: readonly IncomingAlert[], at: UnixMs): void {
    this.#isEmitting = true;
    try {
      this.#deps.emit(alerts, at);
    } finally {
      this.#isEmitting = false;
    }
  }

  /** Evaluates soon: at once, or when the pause after the last evaluation is over. */
  #wake(at: UnixMs): void {
    this.#arm(Math.max(at, this.#lastMs + this.#pauseMs));
  }

  #arm(dueMs: number): void {
    if (this.#isStopped || !this.#parts || dueMs === Infinity) return;
    if (this.#timer && this.#timer.dueMs <= dueMs) return;
    this.#timer?.handle[Symbol.dispose]();
    const handle = this.#deps.clock.after(Math.max(0, dueMs - this.#deps.clock.now()), () => {
      this.#timer = undefined;
      // Another one is under way: what is due is looked at right after it.
      if (this.#running) this.#arm(this.#deps.clock.now() + EVALUATE_PAUSE_MS);
      else this.#running = this.#evaluate().finally(() => (this.#running = undefined));
    });
    this.#timer = { dueMs, handle };
  }

  async #evaluate(): Promise<void> {
    const parts = this.#parts;
    if (!parts || !this.#log || isIdle(parts)) return;
    const at = this.#deps.clock.now();
    this.#lastMs = at;
    const started = this.#deps.clock.monotonicMs();
    try {
      await evaluate(parts, this.#engine, at);
    } catch (error) {
      this.#deps.logger.error(
        { error: errorMessage(error) },
        'an evaluation of escalation failed; the next one follows',
      );
    }
    const durationMs = this.#deps.clock.monotonicMs() - started;
    this.#pauseMs = Math.max(EVALUATE_PAUSE_MS, PAUSE_PER_DURATION * durationMs);
    const next = nextEvaluationMs(parts, at);
    if (next !== Infinity) this.#arm(Math.max(next, at + this.#pauseMs));
  }
}
