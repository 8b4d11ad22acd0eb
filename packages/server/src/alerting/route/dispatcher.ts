import type { Clock, UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Labels } from '../../model/labels.ts';
import { AlertGroup } from './alert-group.ts';
import type { RouteNode } from '../config/model.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';

/** Groups scheduled at once; each is one timer. Beyond, alerts of new groups wait until one ends, and that is logged. */
export const GROUPS_MAX = 10_000;

/**
 * A group that was notified before a restart is not flushed until its alerts had time to arrive again: half a group would
 * tell the missing ones as ended and then as new.
 */
export const RESTART_HOLD_MAX_MS = 60_000;

export interface Route {
  readonly node: RouteNode;
  readonly pipeline: Pipeline;
}

export interface DispatcherDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onGroups: (count: number) => void;
  /** When this process began to take alerts. */
  readonly startedMs: number;
  /** By how much a flush may take longer, because it waits for other Vedettes. */
  readonly waitMs?: () => number;
}

/** Sorts alerts into groups and keeps each group's schedule. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #groups = new Map<string, AlertGroup>();
  #route: Route;
  #full = false;

  constructor(route: Route, deps: DispatcherDeps) {
    this.#route = route;
    this.#deps = deps;
  }

  get route(): Route {
    return this.#route;
  }

  get groups(): readonly AlertGroup[] {
    return [...this.#groups.values()];
  }

  /** True when the groups stay as they are under the new route: then only timing and delivery change. */
  canTake(node: RouteNode): boolean {
    const grouping = ({ key, receiver, groupBy, groupByAll }: RouteNode): string =>
      JSON.stringify([key, receiver, groupBy, groupByAll]);
    return grouping(this.#route.node) === grouping(node);
  }

  take(route: Route): void {
    this.#route = route;
  }

  insert(alert: GroupAlert, at: UnixMs): void {
    const labels = groupLabels(alert.labels, this.#route.node);
    const existing = this.#groups.get(labels.key);
    if (existing) {
      existing.insert(alert);
      return;
    }
    if (this.#groups.size >= GROUPS_MAX) {
      if (!this.#full)
        this.#deps.logger.error({ limit: GROUPS_MAX }, 'too many alert groups: group by fewer labels; new groups wait');
      this.#full = true;
      return;
    }
    this.#full = false;
    const timing = () => ({
      groupWaitMs: this.#route.node.groupWaitMs,
      groupIntervalMs: this.#route.node.groupIntervalMs,
      waitMs: this.#deps.waitMs?.() ?? 0,
    });
    const key = groupKeyOf(this.#route.node, labels);
    const hold = Math.min(RESTART_HOLD_MAX_MS, this.#route.node.groupIntervalMs);
    const notBeforeMs = this.#route.pipeline.knows(key) ? this.#deps.startedMs + hold : 0;
    const group = new AlertGroup(key, labels, this.#deps.clock, timing, notBeforeMs);
    group.insert(alert);
    this.#groups.set(labels.key, group);
    this.#deps.onGroups(this.#groups.size);
    group.start(
      (own, alerts, flushAt, signal) => {
        const { pipeline, node } = this.#route;
        const batch = {
          groupKey: own.key,
          groupLabels: own.labels,
          routeLabels: node.labels,
          alerts,
          repeatIntervalMs: node.repeatIntervalMs,
        };
        return pipeline.run(batch, flushAt, signal);
      },
      () => this.#remove(labels.key, group),
      (error) => {
        this.#remove(labels.key, group);
        this.#deps.logger.error(
          { group: group.key, at, error: errorMessage(error) },
          'an alert group failed; it starts anew with its next alert',
        );
      },
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all(this.groups.map((group) => group.stop(signal)));
    this.#groups.clear();
    this.#deps.onGroups(0);
  }

  #remove(key: string, group: AlertGroup): void {
    if (this.#groups.get(key) === group) this.#groups.delete(key);
    this.#deps.onGroups(this.#groups.size);
  }
}

function groupLabels(labels: Labels, { groupBy, groupByAll }: RouteNode): Labels {
  return groupByAll ? labels : labels.only(...groupBy);
}

/** As Alertmanager writes it: the matchers of the routes on the way, a colon, the group's labels. */
function groupKeyOf({ key }: RouteNode, labels: Labels): string {
  return `${key}:{${[...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}
