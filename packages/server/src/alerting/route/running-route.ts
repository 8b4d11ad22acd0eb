import type { Clock, UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RouteNode } from '../config/model.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { AlertGroup, GroupRoute } from './alert-group.ts';

export interface RunningRouteDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** By how much a flush may take longer, because it waits for other Vedettes. */
  readonly waitMs?: () => number;
  /** The group has ended. */
  readonly onFailed: (group: AlertGroup) => void;
}

/** A route of the tree and the way to its receiver, for all groups of the route at once. */
export class RunningRoute implements GroupRoute {
  readonly #deps: RunningRouteDeps;
  #node: RouteNode;
  #pipeline: Pipeline;

  constructor(node: RouteNode, pipeline: Pipeline, deps: RunningRouteDeps) {
    this.#node = node;
    this.#pipeline = pipeline;
    this.#deps = deps;
  }

  get node(): RouteNode {
    return this.#node;
  }

  /** The same route of a new tree, which groups alike. */
  take(node: RouteNode, pipeline: Pipeline): void {
    this.#node = node;
    this.#pipeline = pipeline;
  }

  /** True when the group was notified before, perhaps by an earlier process. */
  knows(groupKey: string): boolean {
    return this.#pipeline.knows(groupKey);
  }

  get groupWaitMs(): number {
    return this.#node.groupWaitMs;
  }

  get groupIntervalMs(): number {
    return this.#node.groupIntervalMs;
  }

  get waitMs(): number {
    return this.#deps.waitMs?.() ?? 0;
  }

  flush(group: AlertGroup, alerts: readonly GroupAlert[], at: UnixMs, signal: AbortSignal): Promise<boolean> {
    const { labels: routeLabels, repeatIntervalMs } = this.#node;
    const batch = { groupKey: group.key, groupLabels: group.labels, routeLabels, alerts, repeatIntervalMs };
    return this.#pipeline.run(batch, at, signal);
  }

  failed(group: AlertGroup, error: unknown): void {
    this.#deps.onFailed(group);
    this.#deps.logger.error(
      { group: group.key, at: this.#deps.clock.now(), error: errorMessage(error) },
      'an alert group failed; it starts anew with its next alert',
    );
  }
}
