import type { Clock, UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import { withTimeout } from '../timeout.ts';

/** A flush gets at least this long, however short the group's interval. As Alertmanager. */
export const FLUSH_TIMEOUT_MIN_MS = 10_000;

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
  readonly #stopped = new AbortController();
  #wake = new AbortController();
  #ending = false;
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
      this.#wake.abort();
    }
  }

  /** Runs until it is stopped. */
  start(flush: Flush, onError: (error: unknown) => void): void {
    this.#running = this.#run(flush).catch(onError);
  }

  /** No flush begins any more; resolves at the end of one that is under way. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#wake.abort();
    await this.#running;
  }

  /** Aborts a flush that is under way. */
  abandon(reason: unknown): void {
    this.#stopped.abort(reason);
  }

  async #run(flush: Flush): Promise<void> {
    while (!this.#ending) {
      if (!(await this.#waitForFlush())) continue;
      const at = this.#clock.now();
      const { groupIntervalMs, waitMs = 0 } = this.#timing();
      this.nextFlushMs = at + groupIntervalMs;
      this.lastFlushMs = at;
      if (this.alerts.size === 0) continue;
      const shown = [...this.alerts.values()].map((alert) => withStatus(alert, at));
      const sent = new Map(this.alerts);
      const limit = Math.max(groupIntervalMs, FLUSH_TIMEOUT_MIN_MS) + waitMs;
      const ok = await withTimeout(this.#clock, limit, this.#stopped.signal, (signal) =>
        flush(this, shown, at, signal),
      );
      if (!ok) continue;
      // What changed meanwhile has not been told yet.
      for (const [key, alert] of sent) {
        if (isResolved(alert, at) && this.alerts.get(key) === alert) this.alerts.delete(key);
      }
    }
  }

  /** False when woken early: look again. */
  async #waitForFlush(): Promise<boolean> {
    const wait = this.nextFlushMs - this.#clock.now();
    if (wait <= 0) return true;
    const wake = this.#wake;
    try {
      await this.#clock.sleep(wait, wake.signal);
    } catch (error) {
      if (!wake.signal.aborted) throw error;
      this.#wake = new AbortController();
      return false;
    }
    // Slept to the end: it is time, even if the clock was set back meanwhile and says otherwise.
    return true;
  }
}

function withStatus(alert: GroupAlert, at: UnixMs): GroupAlert {
  return alert.resolved || !isResolved(alert, at) ? alert : { ...alert, resolved: true };
}
