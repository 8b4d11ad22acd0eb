import type { Clock, UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { BusinessHours } from '../on-call/business-hours.ts';
import type { OnCall } from '../on-call/schedule.ts';
import type { EscalationConfig, LevelConfig, PolicyConfig } from './config.ts';
import { commonLabels } from './derived-alert.ts';
import {
  ALERTS_STORED_MAX,
  type LevelState,
  type StoredIncident,
  incidentGroupKey,
  incidentKey,
  incidentSchema,
  restoredAlert,
  storedAlert,
} from './incident-state.ts';
import type { LevelDelivery } from './level-delivery.ts';
import { parseMatcher } from '../config/parse-matchers.ts';
import type { EscalationMetrics } from './metrics.ts';

/** Open at once; beyond, new ones are not escalated (routes tell them all the same), and that is logged. */
export const INCIDENTS_MAX = 10_000;
/** After a start alerts have this long to come back before a silent one counts as ended. */
export const RETURN_WAIT_MS = 2 * 60_000;
/** A level that could not be told is tried again after this; also how late the end of a silence is noticed. */
export const RETRY_MS = 60_000;

export interface IncidentsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EscalationMetrics;
  readonly delivery: LevelDelivery;
  readonly isAcknowledged: (alert: GroupAlert) => boolean;
  /** True for what silences, inhibition, a roll-up or the hour keep quiet. */
  readonly isQuiet: (alert: GroupAlert, at: UnixMs) => boolean;
  /** Something was told or could not be: look again. */
  readonly wake: () => void;
}

export interface IncidentsSettings {
  readonly config: { readonly escalation: EscalationConfig };
  readonly onCall: OnCall;
  readonly hours: BusinessHours;
}

interface Policy {
  readonly config: PolicyConfig;
  readonly matchers: readonly Matcher[];
}

export interface Incident {
  readonly key: string;
  readonly groupKey: string;
  readonly policy: Policy;
  readonly labels: Labels;
  readonly alerts: Map<string, GroupAlert>;
  /** Undefined while nothing of it may be told. */
  openedMs: number | undefined;
  isAcknowledged: boolean;
  levels: LevelState[];
  toldReceivers: readonly string[];
  /** A delivery is under way. */
  isBusy: boolean;
  /** Differs from what is stored. */
  isChanged: boolean;
  retryMs: number;
}

/** Follows each policy's alerts through its levels. Everything it decides follows from its state and the time it is told. */
export class Incidents {
  readonly #deps: IncidentsDeps;
  readonly #table: StateTable<StoredIncident>;
  readonly #incidents = new Map<string, Incident>();
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #policies: readonly Policy[] = [];
  #onCall: OnCall | undefined;
  #hours: BusinessHours | undefined;
  #isFullLogged = false;

  private constructor(deps: IncidentsDeps, table: StateTable<StoredIncident>) {
    this.#deps = deps;
    this.#table = table;
  }

  static async open(deps: IncidentsDeps, state: StateStore): Promise<Incidents> {
    return new Incidents(deps, await state.open('incidents', (json) => incidentSchema.safeParse(json).data));
  }

  /** Takes new policies; incidents of policies that are gone are forgotten, those of policies that stay go on. */
  async apply({ config, onCall, hours }: IncidentsSettings, known: Iterable<GroupAlert>, at: UnixMs): Promise<void> {
    await Promise.all(this.#running);
    this.#onCall = onCall;
    this.#hours = hours;
    this.#policies = config.escalation.policies.map((policy) => ({
      config: policy,
      matchers: policy.matchers.map((text) => parseMatcher(text)),
    }));
    this.#incidents.clear();
    for (const [key, stored] of this.#table.entries()) {
      const policy = this.#policies.find((one) => one.config.name === stored.policy);
      if (policy && key === incidentKey(stored.policy, Labels.fromObject(stored.labels)))
        this.#incidents.set(key, restored(key, stored, policy, at));
      else await this.#table.delete(key);
    }
    this.observe([...known], at);
  }

  get isIdle(): boolean {
    return this.#policies.length === 0 && this.#incidents.size === 0;
  }

  get all(): readonly Incident[] {
    return [...this.#incidents.values()];
  }

  observe(alerts: readonly GroupAlert[], at: UnixMs): void {
    for (const policy of this.#policies)
      for (const alert of alerts) if (matchesAll(policy.matchers, alert.labels)) this.#observe(policy, alert, at);
  }

  #observe(policy: Policy, alert: GroupAlert, at: UnixMs): void {
    const labels = alert.labels.only(...policy.config.group_by);
    const key = incidentKey(policy.config.name, labels);
    let incident = this.#incidents.get(key);
    if (!incident) {
      if (isResolved(alert, at)) return;
      if (this.#incidents.size >= INCIDENTS_MAX) {
        if (!this.#isFullLogged)
          this.#deps.logger.error({ limit: INCIDENTS_MAX }, 'too many incidents are open: new ones are not escalated');
        this.#isFullLogged = true;
        return;
      }
      this.#isFullLogged = false;
      incident = newIncident(key, policy, labels);
      this.#incidents.set(key, incident);
    }
    const before = incident.alerts.get(alert.fingerprint);
    if (!before && isResolved(alert, at)) return;
    incident.alerts.set(alert.fingerprint, alert);
    if (!before || before.resolved !== alert.resolved || before.startsAtMs !== alert.startsAtMs)
      incident.isChanged = true;
  }

  /** Opens, tells, ends what is due; deliveries go on by themselves. Resolves when what it decided is durable. */
  async evaluate(at: UnixMs): Promise<void> {
    for (const incident of this.#incidents.values()) if (!incident.isBusy) await this.#evaluate(incident, at);
    this.#deps.metrics.incidents.set(this.#incidents.size);
  }

  /** When an evaluation has something to do next, unless an alert changes before; Infinity when never. */
  nextDueMs(at: UnixMs): number {
    let next = Infinity;
    for (const { levels, retryMs, isBusy } of this.#incidents.values()) {
      if (isBusy) continue;
      next = Math.min(next, at + RETRY_MS, ...levels.map(({ dueMs }) => dueMs ?? Infinity).filter((due) => due > at));
      if (retryMs > at) next = Math.min(next, retryMs);
    }
    return next;
  }

  /** Waits for deliveries under way; the signal ends them. */
  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => this.#stopped.abort(signal.reason);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    await Promise.all(this.#running);
    signal.removeEventListener('abort', giveUp);
  }

  async #evaluate(incident: Incident, at: UnixMs): Promise<void> {
    const firing = [...incident.alerts.values()].filter((alert) => !isResolved(alert, at));
    if (incident.alerts.size > ALERTS_STORED_MAX && firing.length > 0) forgetEnded(incident, at);
    if (firing.length === 0) {
      await this.#end(incident, at);
      return;
    }
    const active = firing.filter((alert) => !this.#deps.isQuiet(alert, at));
    const open = active.filter((alert) => !this.#deps.isAcknowledged(alert));
    if (incident.openedMs === undefined && open.length > 0) this.#openAt(incident, at);
    if (incident.openedMs === undefined) return;
    if (active.length > 0) {
      // Somebody looked after all of it, and now there is something that nobody looks after: it begins anew.
      if (incident.isAcknowledged && open.length > 0) this.#openAt(incident, at);
      else if (!incident.isAcknowledged && open.length === 0) {
        incident.isAcknowledged = true;
        incident.isChanged = true;
      }
    }
    // Before anything is told: an incident that a crash forgets would begin anew, and tell everybody again.
    if (incident.isChanged) await this.#store(incident);
    const due = active.length > 0 && incident.retryMs <= at ? this.#due(incident, at) : [];
    if (due.length > 0) this.#tell(incident, active, due, at);
  }

  #openAt(incident: Incident, at: UnixMs): void {
    incident.openedMs = at;
    incident.isAcknowledged = false;
    incident.isChanged = true;
    incident.retryMs = 0;
    incident.levels = incident.policy.config.levels.map((level) => ({
      told: 0,
      lastToldMs: null,
      dueMs: this.#within(level, commonLabels([...incident.alerts.values()]), at + level.delay),
    }));
  }

  /** Numbers of the levels to tell now. */
  #due({ levels, policy, isAcknowledged }: Incident, at: UnixMs): readonly number[] {
    const due = levels.flatMap(({ dueMs }, i) => {
      if (dueMs === null || dueMs > at) return [];
      return isAcknowledged && policy.config.levels[i]?.until !== 'resolved' ? [] : [i];
    });
    // A repeat belongs to the highest level only.
    const highest = Math.max(
      due.at(-1) ?? -1,
      levels.findLastIndex(({ told }) => told > 0),
    );
    return due.filter((i) => levels[i]?.told === 0 || i === highest);
  }

  /** A time that lies outside of the level's hours waits for them; null when they never come. */
  #within({ hours }: LevelConfig, labels: Labels, atMs: number): number | null {
    return hours === undefined ? atMs : (this.#hours?.opensAt(hours, labels, atMs) ?? null);
  }

  receiversOf({ targets }: LevelConfig, atMs: number): readonly string[] {
    const names = targets.map(
      ({ receiver, schedule }) => receiver ?? this.#onCall?.duty(schedule ?? '', atMs)?.receiver,
    );
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  #tell(incident: Incident, active: readonly GroupAlert[], due: readonly number[], at: UnixMs): void {
    this.#run(incident, async (signal) => {
      let isAllTold = true;
      for (const i of due) {
        const level = incident.policy.config.levels[i];
        const state = incident.levels[i];
        if (!level || !state || state.dueMs === null) continue;
        const receivers = this.receiversOf(level, at);
        if (receivers.length === 0) {
          this.#deps.metrics.withoutTarget.inc({ policy: incident.policy.config.name });
          this.#deps.logger.error(
            { policy: incident.policy.config.name, level: i + 1 },
            'an escalation has nobody to tell: nobody is on call; it is tried again',
          );
          isAllTold = false;
          continue;
        }
        const isTold = await this.#tellAll(incident, receivers, active, state.dueMs, at, signal);
        if (isTold) {
          this.#deps.metrics.told.inc({ policy: incident.policy.config.name, level: String(i + 1) });
          incident.levels[i] = {
            told: state.told + 1,
            lastToldMs: at,
            dueMs: this.#repeat(level, commonLabels(active), state.dueMs, at),
          };
        } else isAllTold = false;
      }
      incident.retryMs = isAllTold ? 0 : at + RETRY_MS;
    });
  }

  /** Repeats keep their rhythm, but what was missed is not made up for. */
  #repeat(level: LevelConfig, labels: Labels, dueMs: number, at: UnixMs): number | null {
    if (level.repeat === undefined) return null;
    const next = dueMs + level.repeat;
    return this.#within(level, labels, next > at ? next : at + level.repeat);
  }

  async #tellAll(
    incident: Incident,
    receivers: readonly string[],
    alerts: readonly GroupAlert[],
    sinceMs: number,
    at: UnixMs,
    signal: AbortSignal,
  ): Promise<boolean> {
    const batch = {
      groupKey: incident.groupKey,
      groupLabels: incident.labels,
      routeLabels: { escalation_policy: incident.policy.config.name },
      alerts,
      // For a backup, which is told once for each time the level comes due.
      repeatIntervalMs: at - sinceMs,
    };
    const told = await Promise.all(
      receivers.map(async (receiver) => ({
        receiver,
        ok: await this.#deps.delivery.tell(receiver, batch, sinceMs, at, signal),
      })),
    );
    const heard = told.filter(({ ok }) => ok).map(({ receiver }) => receiver);
    incident.toldReceivers = [...new Set([...incident.toldReceivers, ...heard])];
    return told.every(({ ok }) => ok);
  }

  /** Tells the end to whoever was told the beginning; then the incident is over. */
  async #end(incident: Incident, at: UnixMs): Promise<void> {
    if (incident.toldReceivers.length === 0) {
      this.#incidents.delete(incident.key);
      if (this.#table.get(incident.key)) await this.#table.delete(incident.key);
      return;
    }
    if (incident.retryMs > at) return;
    const alerts = [...incident.alerts.values()].map((alert) => ({ ...alert, resolved: true }));
    const since = Math.max(...alerts.map(({ endsAtMs }) => Math.min(endsAtMs, at)));
    this.#run(incident, async (signal) => {
      const batch = {
        groupKey: incident.groupKey,
        groupLabels: incident.labels,
        routeLabels: { escalation_policy: incident.policy.config.name },
        alerts,
        repeatIntervalMs: at - since,
      };
      const left: string[] = [];
      for (const receiver of incident.toldReceivers)
        if (!(await this.#deps.delivery.tell(receiver, batch, since, at, signal))) left.push(receiver);
      incident.toldReceivers = left;
      incident.retryMs = left.length === 0 ? 0 : at + RETRY_MS;
      if (left.length > 0) return;
      // What began meanwhile opens a new incident under the same key.
      incident.openedMs = undefined;
      forgetEnded(incident, at);
    });
  }

  #run(incident: Incident, task: (signal: AbortSignal) => Promise<void>): void {
    incident.isBusy = true;
    const run = (async () => {
      try {
        await task(this.#stopped.signal);
        await this.#store(incident);
      } catch (error) {
        incident.retryMs = this.#deps.clock.now() + RETRY_MS;
        this.#deps.logger.error(
          { group: incident.groupKey, error: errorMessage(error) },
          'an escalation failed; it is tried again',
        );
      } finally {
        incident.isBusy = false;
      }
      this.#deps.wake();
    })();
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  async #store(incident: Incident): Promise<void> {
    incident.isChanged = false;
    await this.#table.put(incident.key, {
      policy: incident.policy.config.name,
      labels: incident.labels.toObject(),
      openedMs: incident.openedMs ?? this.#deps.clock.now(),
      isAcknowledged: incident.isAcknowledged,
      levels: incident.levels,
      toldReceivers: [...incident.toldReceivers],
      alerts: [...incident.alerts.values()].slice(0, ALERTS_STORED_MAX).map(storedAlert),
    });
  }
}

function forgetEnded({ alerts }: Incident, at: UnixMs): void {
  for (const [key, alert] of alerts) if (isResolved(alert, at)) alerts.delete(key);
}

function newIncident(key: string, policy: Policy, labels: Labels): Incident {
  return {
    key,
    groupKey: incidentGroupKey(policy.config.name, labels),
    policy,
    labels,
    alerts: new Map(),
    openedMs: undefined,
    isAcknowledged: false,
    levels: [],
    toldReceivers: [],
    isBusy: false,
    isChanged: false,
    retryMs: 0,
  };
}

function restored(key: string, stored: StoredIncident, policy: Policy, at: UnixMs): Incident {
  const alerts = stored.alerts.map((alert) => restoredAlert(alert, at + RETURN_WAIT_MS));
  return {
    ...newIncident(key, policy, Labels.fromObject(stored.labels)),
    alerts: new Map(alerts.map((alert) => [alert.fingerprint, alert])),
    openedMs: stored.openedMs,
    isAcknowledged: stored.isAcknowledged,
    // A policy with other levels than before: those that are new have not been told.
    levels: policy.config.levels.map(
      (level, i) => stored.levels[i] ?? { told: 0, lastToldMs: null, dueMs: stored.openedMs + level.delay },
    ),
    toldReceivers: stored.toldReceivers,
  };
}
