import type { Clock, UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import { withTimeout } from '../timeout.ts';

/** A flush gets at least this long, however short the group's interval. As Alertmanager. */
export const FLUSH_TIMEOUT_MIN_MS = 10_000;

/** A timer of Node counts whole milliseconds. */
const EARLY_MAX_MS = 1;

export interface GroupTiming {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  /** By how much a flush may take longer, because it waits for other Vedettes; absent: 0. */
  readonly waitMs?: number;
}

/** True when every receiver was told, or needed not be. */
export type Flush = (
  group: AlertGroup,
  alerts: readonly GroupAlert[],
  at: UnixMs,
  signal: AbortSignal,
) => Promise<boolean>;

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
  readonly #timing: () => GroupTiming;
  #flush: Flush | undefined;
  #onError: (error: unknown) => void = () => undefined;
  #timer: Disposable | undefined;
  /** When the timer's time is over, by the clock that nobody sets. */
  #dueMonotonicMs = 0;
  #ending = false;
  /** Of the flush under way. */
  #aborter: AbortController | undefined;
  #running: Promise<void> | undefined;
  readonly #notBeforeMs: number;

  constructor({ routeId, key, labels }: AlertGroupPlace, clock: Clock, timing: () => GroupTiming, notBeforeMs: number) {
    this.#notBeforeMs = notBeforeMs;
    this.routeId = routeId;
    this.key = key;
    this.labels = labels;
    this.#clock = clock;
    this.#timing = timing;
    this.nextFlushMs = Math.max(clock.now() + timing().groupWaitMs, notBeforeMs);
  }

  insert(alert: GroupAlert): void {
    this.alerts.set(alert.labels.key, alert);
    const now = this.#clock.now();
    if (
      this.lastFlushMs === undefined &&
      alert.startsAtMs + this.#timing().groupWaitMs < now &&
      this.nextFlushMs > Math.max(now, this.#notBeforeMs)
    ) {
      this.nextFlushMs = Math.max(now, this.#notBeforeMs);
      if (this.#flush && !this.#running) this.#arm();
    }
  }

  /** Runs until it ends. A flush that fails goes to `onError`, and is the last. */
  start(flush: Flush, onError: (error: unknown) => void): void {
    this.#flush = flush;
    this.#onError = onError;
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
    this.#aborter?.abort(reason);
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
    const flush = this.#flush;
    if (!flush || this.#ending) return;
    this.#running = this.#flushOnce(flush).then(
      () => {
        this.#running = undefined;
        this.#arm();
      },
      (error: unknown) => {
        this.#running = undefined;
        this.#onError(error);
      },
    );
  }

  async #flushOnce(flush: Flush): Promise<void> {
    const at = this.#clock.now();
    const { groupIntervalMs, waitMs = 0 } = this.#timing();
    this.nextFlushMs = at + groupIntervalMs;
    this.lastFlushMs = at;
    if (this.alerts.size === 0) return;
    const shown = [...this.alerts.values()].map((alert) => withStatus(alert, at));
    const ended = [...this.alerts.values()].filter((alert) => isResolved(alert, at));
    const limit = Math.max(groupIntervalMs, FLUSH_TIMEOUT_MIN_MS) + waitMs;
    const aborter = new AbortController();
    this.#aborter = aborter;
    try {
      const ok = await withTimeout(this.#clock, limit, aborter.signal, (signal) => flush(this, shown, at, signal));
      if (!ok) return;
    } finally {
      this.#aborter = undefined;
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
