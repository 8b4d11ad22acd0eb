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

/**
 * Alerts that share the labels of group_by. First flush group_wait after the first alert, at once when that alert has
 * been firing for longer; then every group_interval. Ends by itself when its last alert was told resolved.
 */
export class AlertGroup {
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

  constructor(key: string, labels: Labels, clock: Clock, timing: () => GroupTiming, notBeforeMs: number) {
    this.#notBeforeMs = notBeforeMs;
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

  /** Runs until the group is empty or stopped; `onEmpty` is called in the first case, before anything else can insert. */
  start(flush: Flush, onEmpty: () => void, onError: (error: unknown) => void): void {
    this.#running = this.#run(flush, onEmpty).catch(onError);
  }

  /** Waits for a running flush; the signal ends the wait by aborting it. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#ending = true;
    this.#wake.abort();
    const giveUp = (): void => this.#stopped.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    await this.#running;
    signal.removeEventListener('abort', giveUp);
  }

  async #run(flush: Flush, onEmpty: () => void): Promise<void> {
    while (!this.#ending) {
      if (!(await this.#waitForFlush())) continue;
      const at = this.#clock.now();
      const { groupIntervalMs, waitMs = 0 } = this.#timing();
      this.nextFlushMs = at + groupIntervalMs;
      this.lastFlushMs = at;
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
      if (this.alerts.size === 0) {
        onEmpty();
        return;
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
