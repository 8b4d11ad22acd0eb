import type { Clock, UnixMs } from '../../base/clock.ts';
import { type Deadline, deadline } from '../../base/deadline.ts';
import type { Labels } from '../../model/labels.ts';
import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';

/** A flush gets at least this long, however short the group's interval. As Alertmanager. */
export const FLUSH_TIMEOUT_MIN_MS = 10_000;

/** A timer of Node counts whole milliseconds. */
const EARLY_MAX_MS = 1;

/** What groups of one route share: there may be as many groups as alerts. */
export interface GroupRoute {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  /** By how much a flush may take longer, because it waits for other Vedettes. */
  readonly waitMs: number;
  /** True when every receiver was told, or needed not be. */
  flush(group: AlertGroup, alerts: readonly GroupAlert[], at: UnixMs, signal: AbortSignal): Promise<boolean>;
  /** A flush rejected: the group has ended. */
  failed(group: AlertGroup, error: unknown): void;
}

export interface AlertGroupPlace {
  /** `id` of its route. */
  readonly routeId: string;
  /** Of the notification log. */
  readonly key: string;
  readonly labels: Labels;
}

/**
 * Alerts that share the labels of group_by. First flush group_wait after the first alert, at once when that alert has
 * been firing for longer; then every group_interval. Told resolved, alerts leave it; an empty group keeps its rhythm until the
 * dispatcher takes it away, as Alertmanager's do.
 */
export class AlertGroup {
  readonly routeId: string;
  readonly key: string;
  readonly labels: Labels;
  readonly alerts = new Map<string, GroupAlert>();
  nextFlushMs: number;
  lastFlushMs: number | undefined;
  readonly #clock: Clock;
  readonly #route: GroupRoute;
  #isStarted = false;
  #timer: Disposable | undefined;
  /** When the timer's time is over, by the clock that nobody sets. */
  #dueMonotonicMs = 0;
  #ending = false;
  /** Of the flush under way. */
  #limit: Deadline | undefined;
  #running: Promise<void> | undefined;
  readonly #notBeforeMs: number;

  constructor({ routeId, key, labels }: AlertGroupPlace, clock: Clock, route: GroupRoute, notBeforeMs: number) {
    this.#notBeforeMs = notBeforeMs;
    this.routeId = routeId;
    this.key = key;
    this.labels = labels;
    this.#clock = clock;
    this.#route = route;
    this.nextFlushMs = Math.max(clock.now() + route.groupWaitMs, notBeforeMs);
  }

  insert(alert: GroupAlert): void {
    this.alerts.set(alert.labels.key, alert);
    if (this.lastFlushMs !== undefined) return;
    const now = this.#clock.now();
    const soonestMs = Math.max(now, this.#notBeforeMs);
    if (alert.startsAtMs + this.#route.groupWaitMs >= now || this.nextFlushMs <= soonestMs) return;
    this.nextFlushMs = soonestMs;
    if (this.#isStarted && !this.#running) this.#arm();
  }

  /** Runs until it ends. A flush that rejects is told to the route, and is the last. */
  start(): void {
    this.#isStarted = true;
    this.#arm();
  }

  /** No flush begins any more; resolves at the end of one that is under way. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#timer?.[Symbol.dispose]();
    await this.#running;
  }

  /** Aborts a flush that is under way. */
  abandon(reason: unknown): void {
    this.#limit?.abort(reason);
  }

  /** One timer and nothing else: there may be as many groups as alerts. */
  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#ending) return;
    const wait = Math.max(0, this.nextFlushMs - this.#clock.now());
    this.#dueMonotonicMs = this.#clock.monotonicMs() + wait;
    this.#timer = this.#clock.after(wait, () => this.#wake());
  }

  /** A timer may be early. One that is not has the last word, even if the clock was set back meanwhile and says otherwise. */
  #wake(): void {
    const left = this.#dueMonotonicMs - this.#clock.monotonicMs();
    if (left > EARLY_MAX_MS) {
      this.#timer = this.#clock.after(left, () => this.#wake());
      return;
    }
    if (!this.#isStarted || this.#ending) return;
    this.#running = this.#flush().then(
      () => {
        this.#running = undefined;
        this.#arm();
      },
      (error: unknown) => {
        this.#running = undefined;
        this.#route.failed(this, error);
      },
    );
  }

  async #flush(): Promise<void> {
    const at = this.#clock.now();
    const { groupIntervalMs, waitMs } = this.#route;
    this.nextFlushMs = at + groupIntervalMs;
    this.lastFlushMs = at;
    if (this.alerts.size === 0) return;
    const shown = Array.from(this.alerts.values(), (alert) => withStatus(alert, at));
    const ended = [...this.alerts.values()].filter((alert) => isResolved(alert, at));
    const limit = deadline(this.#clock, Math.max(groupIntervalMs, FLUSH_TIMEOUT_MIN_MS) + waitMs);
    this.#limit = limit;
    try {
      if (!(await this.#route.flush(this, shown, at, limit.signal))) return;
    } finally {
      this.#limit = undefined;
      limit[Symbol.dispose]();
    }
    // What changed meanwhile has not been told yet.
    for (const alert of ended) {
      const { key } = alert.labels;
      if (this.alerts.get(key) === alert) this.alerts.delete(key);
    }
  }
}

function withStatus(alert: GroupAlert, at: UnixMs): GroupAlert {
  return alert.resolved || !isResolved(alert, at) ? alert : { ...alert, resolved: true };
}
