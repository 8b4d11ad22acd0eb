import type { Clock, UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { ALERTS_MAX, isResolved } from '../alert-store.ts';
import { AlertGroup } from './alert-group.ts';
import type { RouteNode } from '../config/model.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { GroupIndex } from './group-index.ts';
import { groupKeyOf, groupLabelsOf } from './group-key.ts';
import { eachRoute, matchRoutes } from './match-routes.ts';
import { RunningRoute, type RunningRouteDeps } from './running-route.ts';

/**
 * Groups scheduled at once, each with one timer and about 2 kB: as many as there may be alerts. Beyond, alerts of new groups wait until
 * one ends, and that is logged.
 */
export const GROUPS_MAX = ALERTS_MAX;

/** Groups that were told all they had are taken away this often, and waiting alerts looked at. As Alertmanager. */
export const MAINTENANCE_INTERVAL_MS = 30_000;

/**
 * A group that was notified before a restart is not flushed until its alerts had time to arrive again: half a group would
 * tell the missing ones as ended and then as new.
 */
export const RESTART_HOLD_MAX_MS = 60_000;

/** The tree that sorts alerts, and the way to each route's receiver. */
export interface Routing {
  readonly root: RouteNode;
  /** By `id` of the route; all of the tree have one. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
}

export interface DispatcherDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onGroups: (count: number) => void;
  /** When this process began to take alerts. */
  readonly startedMs: number;
  /** Default: GROUPS_MAX. */
  readonly groupsMax?: number;
  /** By how much a flush may take longer, because it waits for other Vedettes. */
  readonly waitMs?: () => number;
}

/** Sorts alerts into the groups of all routes they take, and keeps each group's schedule. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #groupsMax: number;
  /** By id of the route. */
  readonly #groups = new Map<string, GroupIndex>();
  /** Alerts for whose groups there was no room, by label set; of the newest state. */
  readonly #waiting = new Map<string, GroupAlert>();
  readonly #maintenance: Disposable;
  #root: RouteNode;
  #routes: ReadonlyMap<string, RunningRoute> = new Map();
  readonly #parts: RunningRouteDeps;
  #count = 0;
  #full = false;

  constructor(routing: Routing, deps: DispatcherDeps) {
    this.#deps = deps;
    this.#groupsMax = deps.groupsMax ?? GROUPS_MAX;
    this.#root = routing.root;
    this.#parts = { ...deps, onFailed: (group) => this.#remove(group) };
    this.#routes = this.#run(routing);
    const { clock, logger } = deps;
    const offsetMs = clock.now() % MAINTENANCE_INTERVAL_MS;
    this.#maintenance = clock.every(
      { intervalMs: MAINTENANCE_INTERVAL_MS, offsetMs },
      (at) => this.#maintain(at),
      (error) => logger.error({ error: errorMessage(error) }, 'empty alert groups could not be taken away'),
    );
  }

  get root(): RouteNode {
    return this.#root;
  }

  get groups(): readonly AlertGroup[] {
    return [...this.#groups.values()].flatMap((ofRoute) => ofRoute.values());
  }

  /** Undefined for a group of an earlier tree. */
  routeOf(group: AlertGroup): RouteNode | undefined {
    return this.#routes.get(group.routeId)?.node;
  }

  groupsOf(route: RouteNode): readonly AlertGroup[] {
    return this.#groups.get(route.id)?.values() ?? [];
  }

  /** True when the groups stay as they are under the new tree: then only timing, muting and delivery change. */
  canTake(root: RouteNode): boolean {
    const grouping = (tree: RouteNode): string =>
      JSON.stringify(
        [...eachRoute(tree)].map((node) => [node.id, node.receiver, node.groupBy, node.groupByAll, node.continue]),
      );
    return grouping(this.#root) === grouping(root);
  }

  take(routing: Routing): void {
    this.#root = routing.root;
    this.#routes = this.#run(routing);
  }

  insert(alert: GroupAlert, at: UnixMs): void {
    this.#waiting.delete(alert.labels.key);
    for (const node of matchRoutes(this.#root, alert.labels)) {
      const existing = this.#groups.get(node.id)?.get(alert.labels);
      if (existing) existing.insert(alert);
      else this.#open(node, alert, at);
    }
  }

  /** Waits for deliveries under way; the signal ends the wait by aborting them. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#maintenance[Symbol.dispose]();
    const { groups } = this;
    const giveUp = (): void => {
      for (const group of groups) group.abandon(signal.reason);
    };
    const ended = Promise.all(groups.map((group) => group.end()));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    await ended;
    signal.removeEventListener('abort', giveUp);
    this.#groups.clear();
    this.#waiting.clear();
    this.#count = 0;
    this.#deps.onGroups(0);
  }

  #open({ id }: RouteNode, alert: GroupAlert, at: UnixMs): void {
    const route = this.#routes.get(id);
    if (!route) return;
    if (this.#count >= this.#groupsMax) {
      this.#wait(alert);
      return;
    }
    const labels = groupLabelsOf(route.node, alert.labels);
    const key = groupKeyOf(route.node, labels);
    const holdEndsMs = this.#deps.startedMs + Math.min(RESTART_HOLD_MAX_MS, route.node.groupIntervalMs);
    const notBeforeMs = at < holdEndsMs && route.knows(key) ? holdEndsMs : 0;
    const group = new AlertGroup({ routeId: id, key, labels }, this.#deps.clock, route, notBeforeMs);
    group.insert(alert);
    this.#add(route.node, group);
    group.start();
  }

  /** Those that fire are in the store, which is bounded; the others leave at the next maintenance. */
  #wait(alert: GroupAlert): void {
    this.#waiting.set(alert.labels.key, alert);
    if (!this.#full)
      this.#deps.logger.error(
        { limit: this.#groupsMax },
        'too many alert groups: group by fewer labels; alerts of new groups wait until others end',
      );
    this.#full = true;
  }

  async #maintain(at: UnixMs): Promise<void> {
    const empty = this.groups.filter((group) => group.alerts.size === 0 && group.lastFlushMs !== undefined);
    for (const group of empty) this.#remove(group);
    await Promise.all(empty.map((group) => group.end()));
    for (const [key, alert] of this.#waiting) if (isResolved(alert, at)) this.#waiting.delete(key);
    if (this.#count >= this.#groupsMax) return;
    this.#full = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const alert of waiting) this.insert(alert, at);
  }

  /** Groups keep their route: of a new tree that they live on under, it takes over what is new. */
  #run({ root, pipelines }: Routing): ReadonlyMap<string, RunningRoute> {
    const routes = new Map<string, RunningRoute>();
    for (const node of eachRoute(root)) {
      const pipeline = pipelines.get(node.id);
      if (!pipeline) continue;
      const route = this.#routes.get(node.id);
      route?.take(node, pipeline);
      routes.set(node.id, route ?? new RunningRoute(node, pipeline, this.#parts));
    }
    return routes;
  }

  #add(node: RouteNode, group: AlertGroup): void {
    const ofRoute = this.#groups.get(node.id) ?? new GroupIndex(node);
    ofRoute.add(group);
    this.#groups.set(node.id, ofRoute);
    this.#deps.onGroups(++this.#count);
  }

  #remove(group: AlertGroup): void {
    const ofRoute = this.#groups.get(group.routeId);
    if (ofRoute?.get(group.labels) !== group) return;
    ofRoute.delete(group);
    this.#deps.onGroups(--this.#count);
  }
}
