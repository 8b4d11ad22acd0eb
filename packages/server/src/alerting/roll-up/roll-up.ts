import type { UnixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import { ended, firing } from '../escalation/derived-alert.ts';
import { parseMatcher } from '../config/parse-matchers.ts';
import { fingerprint } from '../fingerprint.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Muter } from '../pipeline/stage.ts';
import type { TopologyNode } from '../ports.ts';
import type { IncomingAlert } from '../room.ts';
import type { RollUpConfig } from './config.ts';
import { type AffectedNode, type Thresholds, affectedNodes, explains, needed, stillExplains } from './explain.ts';
import { countOf, parentAnnotations, parentLabels } from './parent-alert.ts';
import { type Fold, foldSchema } from './roll-up-state.ts';
import { type LabelTopology, nodeKey } from './topology.ts';

/** After a start alerts come back one by one: no parent counts as recovered before they had time to. */
export const RETURN_WAIT_MS = 2 * 60_000;
/** A parent looks suspicious from this part of what is needed to blame it; its children's pages wait a little then. */
const SUSPICIOUS_PART = 0.1;
const SUSPICIOUS_MIN = 2;
/** Pages of children wait a little longer than the parent needs, so that its evaluation comes first. */
const HOLD_MARGIN_MS = 5_000;

export interface RollUpSettings {
  readonly config: RollUpConfig;
  readonly topology: LabelTopology;
  /** From the least to the worst, and the label that holds one. */
  readonly severities: readonly string[];
  readonly severityLabel: string;
}

/** An alert that fires, and whether something else keeps it quiet (a silence). */
export interface Affected {
  readonly alert: GroupAlert;
  readonly isQuiet: boolean;
}

interface Parent {
  readonly key: string;
  readonly node: TopologyNode;
}

/** What was seen of a parent that is not blamed (yet). */
interface Suspicion {
  readonly sinceMs: number;
  newestMs: number;
}

/**
 * Folds alerts of things that hang on one parent into an alert of the parent. The parent's alert is an alert as any other: it goes
 * through routes, silences and escalation. As a muter it says which alerts are told through their parent, or wait to see whether they
 * will be.
 */
export class RollUp implements Muter {
  readonly #table: StateTable<Fold>;
  readonly #startedMs: number;
  #settings: RollUpSettings | undefined;
  #matchers: readonly Matcher[] = [];
  #nodes: ReadonlyMap<string, AffectedNode> = new Map();
  /** What is stored, with what every alert asks for worked out once. */
  readonly #folds = new Map<string, { readonly fold: Fold; readonly fingerprint: string }>();
  /** Alerts keep their labels from one evaluation to the next. */
  #parents = new WeakMap<Labels, readonly Parent[]>();
  readonly #suspicions = new Map<string, Suspicion>();
  /** Since when a blamed parent has too little affected. */
  readonly #recovering = new Map<string, number>();
  #nextDueMs = Infinity;

  private constructor(table: StateTable<Fold>, startedMs: number) {
    this.#table = table;
    this.#startedMs = startedMs;
    for (const [key, fold] of table.entries()) this.#remember(key, fold);
  }

  static async open(state: StateStore, startedMs: number): Promise<RollUp> {
    return new RollUp(await state.open('roll-ups', (json) => foldSchema.safeParse(json).data), startedMs);
  }

  apply(settings: RollUpSettings | undefined): void {
    this.#settings = settings;
    this.#matchers = settings?.config.matchers.map((text) => parseMatcher(text)) ?? [];
    this.#parents = new WeakMap();
  }

  #remember(key: string, fold: Fold): void {
    this.#folds.set(key, { fold, fingerprint: fingerprint(Labels.fromObject(fold.labels)) });
  }

  async #forget(key: string): Promise<void> {
    this.#folds.delete(key);
    this.#recovering.delete(key);
    await this.#table.delete(key);
  }

  get isIdle(): boolean {
    return this.#settings === undefined && this.#folds.size === 0;
  }

  /** Parents that are blamed now. */
  get folds(): readonly (Fold & { readonly firing: number; readonly children: number | undefined })[] {
    return [...this.#folds].map(([key, { fold }]) => ({
      ...fold,
      firing: this.#nodes.get(key)?.things.size ?? 0,
      children: this.#settings?.topology.childCount(fold),
    }));
  }

  /** When something changes without a new alert; Infinity when nothing does. */
  nextDueMs(): number {
    return this.#nextDueMs;
  }

  /** True for alerts of things that hang on something. */
  takesPart(labels: Labels): boolean {
    return this.#parentsOf(labels).length > 0;
  }

  /** Nearest first; empty for alerts that take no part. A parent's own alert hangs on what is above the parent. */
  #parentsOf(labels: Labels): readonly Parent[] {
    const known = this.#parents.get(labels);
    if (known) return known;
    const parents = this.#findParents(labels).map((node) => ({ key: nodeKey(node), node }));
    this.#parents.set(labels, parents);
    return parents;
  }

  #findParents(labels: Labels): readonly TopologyNode[] {
    const settings = this.#settings;
    if (!settings) return [];
    const { child, levels, alertname } = settings.config;
    const own = levels.indexOf(labels.get('roll_up'));
    if (own >= 0 && labels.get('alertname') === alertname)
      return levels.slice(own + 1).flatMap((level) => (labels.has(level) ? [{ level, name: labels.get(level) }] : []));
    if (labels.get(child) === '' || !matchesAll(this.#matchers, labels)) return [];
    return settings.topology.parentsOf(labels);
  }

  /** The parents' alerts as they stand, ended ones included; resolves when what changed is durable. */
  async evaluate(affected: readonly Affected[], atMs: number, url: string): Promise<readonly IncomingAlert[]> {
    const told: IncomingAlert[] = [];
    this.#nextDueMs = Infinity;
    const settings = this.#settings;
    if (!settings) {
      for (const [key, { fold }] of [...this.#folds]) {
        told.push(ended(alertOf(fold, {}), atMs, url));
        await this.#forget(key);
      }
      return told;
    }
    const { child } = settings.config;
    const taking = affected.filter(({ alert }) => alert.labels.has(child) && this.takesPart(alert.labels));
    this.#nodes = affectedNodes(
      taking.map(({ alert }) => ({ name: alert.labels.get(child), parents: this.#parentsOf(alert.labels) })),
    );
    const alertsByNode = this.#alertsByNode(taking);
    const thresholds = this.#thresholds(settings);

    for (const [key, { fold }] of [...this.#folds]) {
      if (!this.#isOver(key, fold, thresholds, atMs)) continue;
      const alerts = alertsByNode.get(key) ?? [];
      told.push(ended(alertOf(fold, this.#annotations(settings, key, fold, alerts)), atMs, url));
      await this.#forget(key);
    }
    for (const { key, node } of this.#blamed(thresholds)) {
      const alerts = alertsByNode.get(key) ?? [];
      if (this.#folds.has(key) || !this.#isSettled(key, node, alerts, settings, atMs)) continue;
      const fold: Fold = {
        level: node.node.level,
        name: node.node.name,
        startsAtMs: alerts.reduce((first, { alert }) => Math.min(first, alert.startsAtMs), atMs),
        foldedAtMs: atMs,
        labels: parentLabels(node.node, alerts, settings).toObject(),
      };
      // Another replica may have blamed it before: the parent's alert must be one, with one set of labels.
      const known = this.#table.get(key);
      this.#remember(key, known ?? fold);
      if (!known) await this.#table.put(key, fold);
    }
    this.#suspect(settings, thresholds, alertsByNode, atMs);
    for (const [key, { fold }] of this.#folds)
      told.push(firing(alertOf(fold, this.#annotations(settings, key, fold, alertsByNode.get(key) ?? [])), atMs, url));
    return told;
  }

  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined {
    return this.mutedSince(labels, undefined, at);
  }

  /** As mutedBy, for an alert whose beginning is known: one that has fired for long waits for nothing. */
  mutedSince(labels: Labels, startsAtMs: number | undefined, at: UnixMs): MuteReason | undefined {
    const settings = this.#settings;
    if (!settings) return undefined;
    const parents = this.#parentsOf(labels);
    for (let i = parents.length - 1; i >= 0; i--) {
      const { key, node } = parents[i] as Parent;
      const folded = this.#folds.get(key);
      if (!folded) continue;
      const many = countOf(this.#nodes.get(key)?.things.size ?? 0, settings.topology.childCount(node));
      const text = `told through ${node.level} ${node.name}: ${many} ${settings.config.child} affected`;
      return { by: 'roll-up', ids: [folded.fingerprint], text };
    }
    const { settle, settle_max } = settings.config;
    if (startsAtMs !== undefined && at - startsAtMs >= settle_max + HOLD_MARGIN_MS) return undefined;
    for (const { key, node } of parents) {
      const suspicion = this.#suspicions.get(key);
      if (!suspicion) continue;
      const untilMs = Math.min(suspicion.newestMs + settle, suspicion.sinceMs + settle_max) + HOLD_MARGIN_MS;
      if (at >= untilMs) continue;
      const text = `waits to see whether ${node.level} ${node.name} explains it`;
      return { by: 'roll-up', ids: [`${node.level} ${node.name}`], text };
    }
    return undefined;
  }

  #thresholds({ config, topology }: RollUpSettings): Thresholds {
    return {
      minimum: config.minimum,
      share: config.share,
      recoverShare: config.recover_share,
      childCount: (node) => topology.childCount(node),
    };
  }

  #alertsByNode(taking: readonly Affected[]): ReadonlyMap<string, readonly Affected[]> {
    const byNode = new Map<string, Affected[]>();
    for (const one of taking)
      for (const { key } of this.#parentsOf(one.alert.labels)) {
        const list = byNode.get(key);
        if (list) list.push(one);
        else byNode.set(key, [one]);
      }
    return byNode;
  }

  /** Of each thing the highest parent that explains it. */
  #blamed(thresholds: Thresholds): readonly { readonly key: string; readonly node: AffectedNode }[] {
    const levels = this.#settings?.config.levels ?? [];
    const taken = new Set<string>();
    const blamed: { readonly key: string; readonly node: AffectedNode }[] = [];
    for (const level of levels.toReversed())
      for (const [key, node] of this.#nodes) {
        if (node.node.level !== level || [...node.things].every((name) => taken.has(name))) continue;
        if (!this.#folds.has(key) && !explains(node, thresholds)) continue;
        for (const name of node.things) taken.add(name);
        blamed.push({ key, node });
      }
    return blamed;
  }

  /** Nothing was added for a while, or it took long enough, or there is nothing left to be added. */
  #isSettled(
    key: string,
    { node, things }: AffectedNode,
    alerts: readonly Affected[],
    { config, topology }: RollUpSettings,
    atMs: number,
  ): boolean {
    // What somebody silenced is evidence, but no reason to page anybody.
    if (alerts.every(({ isQuiet }) => isQuiet)) return false;
    if (things.size === topology.childCount(node)) return true;
    const newestMs = newestOf(alerts);
    const sinceMs = this.#suspicions.get(key)?.sinceMs ?? newestMs;
    const dueMs = Math.min(newestMs + config.settle, sinceMs + config.settle_max);
    if (dueMs > atMs) this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    return dueMs <= atMs;
  }

  #isOver(key: string, fold: Fold, thresholds: Thresholds, atMs: number): boolean {
    const things = this.#nodes.get(key)?.things ?? new Set<string>();
    if (stillExplains({ node: fold, things }, thresholds)) {
      this.#recovering.delete(key);
      return false;
    }
    const allowedMs = this.#startedMs + RETURN_WAIT_MS;
    const sinceMs = this.#recovering.get(key) ?? atMs;
    this.#recovering.set(key, sinceMs);
    const settle = this.#settings?.config.settle ?? 0;
    const dueMs = Math.max(allowedMs, sinceMs + settle);
    if (dueMs > atMs) this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    return dueMs <= atMs;
  }

  /** Notes which parents look suspicious: pages about their children wait, for a while. */
  #suspect(
    { config, topology }: RollUpSettings,
    thresholds: Thresholds,
    alertsByNode: ReadonlyMap<string, readonly Affected[]>,
    atMs: number,
  ): void {
    for (const key of [...this.#suspicions.keys()]) if (!this.#nodes.has(key)) this.#suspicions.delete(key);
    for (const [key, affectedNode] of this.#nodes) {
      const { node, parts } = affectedNode;
      const from = Math.max(SUSPICIOUS_MIN, needed(thresholds, topology.childCount(node)) * SUSPICIOUS_PART);
      // What goes on in one of its parts says nothing about the rest of it.
      const largest = [...parts.values()].reduce((most, part) => Math.max(most, part.node ? part.things.size : 0), 0);
      if (affectedNode.things.size - largest < from) {
        this.#suspicions.delete(key);
        continue;
      }
      const newestMs = newestOf(alertsByNode.get(key) ?? []);
      const known = this.#suspicions.get(key);
      // After a quiet time what is added is a new story, with its own time to settle.
      const isOn = known !== undefined && newestMs - known.newestMs < config.settle_max;
      this.#suspicions.set(key, { sinceMs: isOn ? known.sinceMs : atMs, newestMs });
    }
  }

  #annotations(settings: RollUpSettings, key: string, fold: Fold, alerts: readonly Affected[]) {
    const things = this.#nodes.get(key)?.things ?? new Set<string>();
    return parentAnnotations(fold, things, alerts, settings);
  }
}

function alertOf(fold: Fold, annotations: Readonly<Record<string, string>>) {
  return { labels: Labels.fromObject(fold.labels), annotations, startsAtMs: fold.startsAtMs };
}

function newestOf(alerts: readonly Affected[]): number {
  return alerts.reduce((newest, { alert }) => Math.max(newest, alert.startsAtMs), -Infinity);
}
