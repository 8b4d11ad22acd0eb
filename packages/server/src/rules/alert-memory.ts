import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Labels } from '../model/labels.ts';
import type { StateStore, StateTable } from '../model/ports.ts';
import type { ActiveAlert, GroupState } from './group-state.ts';
import type { AlertingRule, RuleGroup } from './ports.ts';
import { groupKey } from './rule-file.ts';

/** Alerts remembered across restarts; beyond, an alert starts anew after one. Bounds the state table and the start. */
export const REMEMBERED_ALERTS_MAX = 20_000;
/** How exactly the length of an outage is known. */
export const HEARTBEAT_INTERVAL_MS = 60_000;

const storedAlertSchema = z.object({
  group: z.string(),
  rule: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  state: z.enum(['inactive', 'pending', 'firing']),
  value: z.union([z.number(), z.enum(['NaN', '+Inf', '-Inf'])]),
  activeAtMs: z.number(),
  firedAtMs: z.number().optional(),
  resolvedAtMs: z.number().optional(),
  keepFiringSinceMs: z.number().optional(),
});
const heartbeatSchema = z.object({ atMs: z.number() });

type StoredAlert = z.infer<typeof storedAlertSchema>;

export interface AlertMemoryDeps {
  readonly clock: Clock;
  readonly state: StateStore;
  readonly logger: Logger;
}

export interface RestoreOptions {
  readonly outageToleranceMs: number;
  readonly gracePeriodMs: number;
}

/**
 * What alerts must remember through a restart or kill -9: when they became active, fired, were kept firing or ended.
 * Written when that changes, read once at start. A heartbeat tells how long Vedette was away.
 */
export class AlertMemory {
  readonly #deps: AlertMemoryDeps;
  readonly #alerts: StateTable<StoredAlert>;
  readonly #heartbeat: StateTable<{ atMs: number }>;
  /** Alerts of before this start, by group, that no group has taken over yet. */
  readonly #waiting = new Map<string, StoredAlert[]>();
  readonly #lastSeenMs: number | undefined;
  /** What is stored, by key, to write only changes. */
  readonly #written = new Map<string, string>();
  /** Keys stored, by group. */
  readonly #keys = new Map<string, Set<string>>();
  #full = false;

  private constructor(deps: AlertMemoryDeps, alerts: StateTable<StoredAlert>, heartbeat: StateTable<{ atMs: number }>) {
    this.#deps = deps;
    this.#alerts = alerts;
    this.#heartbeat = heartbeat;
    this.#lastSeenMs = heartbeat.get('last')?.atMs;
    for (const [key, alert] of alerts.entries()) {
      const waiting = this.#waiting.get(alert.group);
      if (waiting) waiting.push(alert);
      else this.#waiting.set(alert.group, [alert]);
      this.#written.set(key, transitionOf(alert));
    }
  }

  static async open(deps: AlertMemoryDeps): Promise<AlertMemory> {
    const alerts = await deps.state.open('rule-alerts', (json) => storedAlertSchema.safeParse(json).data);
    const heartbeat = await deps.state.open('rule-heartbeat', (json) => heartbeatSchema.safeParse(json).data);
    return new AlertMemory(deps, alerts, heartbeat);
  }

  async beat(): Promise<void> {
    await this.#heartbeat.put('last', { atMs: this.#deps.clock.now() });
  }

  /** Hands a starting group its alerts of before. Semantics of pending ones: Prometheus's "for" state restoration. */
  restore(group: RuleGroup, state: GroupState, options: RestoreOptions): void {
    const waiting = this.#waiting.get(groupKey(group));
    if (!waiting) return;
    this.#waiting.delete(groupKey(group));
    const now = this.#deps.clock.now();
    const downSinceMs = Math.max(this.#lastSeenMs ?? 0, ...waiting.map(newestMoment));
    const downMs = Math.max(0, now - downSinceMs);
    if (downMs > options.outageToleranceMs) {
      this.#deps.logger.info(
        { group: group.name, downMs },
        'away for longer than for_outage_tolerance: alerts start anew',
      );
      return;
    }
    const byName = new Map(identities(group).map(({ name, index }) => [name, index]));
    for (const stored of waiting) {
      const index = byName.get(stored.rule);
      const rule = index === undefined ? undefined : group.rules[index];
      const ruleState = index === undefined ? undefined : state.rules[index];
      if (rule?.type !== 'alerting' || !ruleState) continue;
      const alert = revive(stored, rule, { now, downMs, downSinceMs }, options.gracePeriodMs);
      if (alert) ruleState.alerts.set(alert.labels.key, alert);
    }
  }

  /** Stores what changed in a group's alerts. Resolves when it survives kill -9. */
  async remember(group: RuleGroup, state: GroupState): Promise<void> {
    const changed: [string, StoredAlert][] = [];
    const living = new Set<string>();
    for (const { name, index } of identities(group)) {
      for (const alert of state.rules[index]?.alerts.values() ?? []) {
        const key = keyOf(group, name, alert.labels);
        living.add(key);
        const stored = toStored(group, name, alert);
        const transition = transitionOf(stored);
        if (this.#written.get(key) === transition) continue;
        if (!this.#written.has(key) && this.#written.size >= REMEMBERED_ALERTS_MAX) {
          this.#reportFull();
          continue;
        }
        this.#written.set(key, transition);
        changed.push([key, stored]);
      }
    }
    const own = this.#keysOf(group);
    for (const [key] of changed) own.add(key);
    try {
      if (changed.length > 0) await this.#alerts.putAll(changed);
    } catch (error) {
      // Not stored for certain: written again with the next evaluation, instead of being forgotten by a crash.
      for (const [key] of changed) this.#written.delete(key);
      throw error;
    }
    // Side by side: the store puts changes of one moment into one write.
    await Promise.all([...own].filter((key) => !living.has(key)).map((key) => this.#forget(key, own)));
  }

  /** Drops what belongs to groups that exist no more. */
  async keepOnly(groups: readonly RuleGroup[]): Promise<void> {
    const known = new Set(groups.map(groupKey));
    const gone = [...this.#alerts.entries()].filter(([, alert]) => !known.has(alert.group));
    await Promise.all(gone.map(([key]) => this.#forget(key, undefined)));
    for (const group of this.#keys.keys()) if (!known.has(group)) this.#keys.delete(group);
  }

  #keysOf(group: RuleGroup): Set<string> {
    const name = groupKey(group);
    let keys = this.#keys.get(name);
    if (!keys) {
      keys = new Set();
      for (const [key, alert] of this.#alerts.entries()) if (alert.group === name) keys.add(key);
      this.#keys.set(name, keys);
    }
    return keys;
  }

  async #forget(key: string, own: Set<string> | undefined): Promise<void> {
    this.#written.delete(key);
    own?.delete(key);
    await this.#alerts.delete(key);
  }

  #reportFull(): void {
    if (this.#full) return;
    this.#full = true;
    this.#deps.logger.warn(
      { limit: REMEMBERED_ALERTS_MAX },
      'more alerts than are remembered across a restart; the newest will start anew after one',
    );
  }

  /** For callers that must go on when the state cannot be stored. */
  report(error: unknown, group: RuleGroup): void {
    const fields = { file: group.file, group: group.name, error: errorMessage(error) };
    this.#deps.logger.error(fields, 'state of alerts could not be stored; a restart now would begin their `for` anew');
  }
}

/** Rules of one name in a group are told apart by their order. */
function identities(group: RuleGroup): readonly { readonly name: string; readonly index: number }[] {
  const seen = new Map<string, number>();
  return group.rules.flatMap((rule, index) => {
    if (rule.type !== 'alerting') return [];
    const ordinal = seen.get(rule.name) ?? 0;
    seen.set(rule.name, ordinal + 1);
    return [{ name: `${rule.name}#${ordinal}`, index }];
  });
}

function keyOf(group: RuleGroup, rule: string, labels: Labels): string {
  return createHash('sha256')
    .update(JSON.stringify([groupKey(group), rule, labels.key]))
    .digest('hex')
    .slice(0, 32);
}

/** Moments whose change is worth a write; value and annotations alone are not. */
function transitionOf(alert: StoredAlert): string {
  return `${alert.state};${alert.activeAtMs};${alert.firedAtMs};${alert.resolvedAtMs};${alert.keepFiringSinceMs}`;
}

function newestMoment(alert: StoredAlert): number {
  return Math.max(alert.activeAtMs, alert.firedAtMs ?? 0, alert.resolvedAtMs ?? 0, alert.keepFiringSinceMs ?? 0);
}

function toStored(group: RuleGroup, rule: string, alert: ActiveAlert): StoredAlert {
  return {
    group: groupKey(group),
    rule,
    labels: alert.labels.toObject(),
    annotations: { ...alert.annotations },
    state: alert.state,
    value: Number.isFinite(alert.value)
      ? alert.value
      : Number.isNaN(alert.value)
        ? 'NaN'
        : alert.value > 0
          ? '+Inf'
          : '-Inf',
    activeAtMs: alert.activeAtMs,
    ...(alert.firedAtMs === undefined ? {} : { firedAtMs: alert.firedAtMs }),
    ...(alert.resolvedAtMs === undefined ? {} : { resolvedAtMs: alert.resolvedAtMs }),
    ...(alert.keepFiringSinceMs === undefined ? {} : { keepFiringSinceMs: alert.keepFiringSinceMs }),
  };
}

interface Outage {
  readonly now: number;
  readonly downMs: number;
  readonly downSinceMs: number;
}

function revive(
  stored: StoredAlert,
  rule: AlertingRule,
  outage: Outage,
  gracePeriodMs: number,
): ActiveAlert | undefined {
  let activeAtMs = stored.activeAtMs;
  if (stored.state === 'pending') {
    // A short `for` is quickly waited out again; guessing would gain little.
    if (rule.forMs < gracePeriodMs) return undefined;
    const remainingMs = rule.forMs - (outage.downSinceMs - activeAtMs);
    // Nobody watched during the outage: it does not count as time spent pending, and the first moments are for data to come in.
    if (remainingMs > 0)
      activeAtMs = remainingMs < gracePeriodMs ? outage.now + gracePeriodMs - rule.forMs : activeAtMs + outage.downMs;
  }
  return {
    labels: Labels.fromObject(stored.labels),
    annotations: stored.annotations,
    state: stored.state,
    value: typeof stored.value === 'number' ? stored.value : Number(stored.value.replace('Inf', 'Infinity')),
    activeAtMs,
    firedAtMs: stored.firedAtMs,
    resolvedAtMs: stored.resolvedAtMs,
    keepFiringSinceMs: stored.keepFiringSinceMs,
    lastSentAtMs: undefined,
    validUntilMs: undefined,
    restoredMisses: stored.state === 'inactive' ? undefined : 0,
  };
}
