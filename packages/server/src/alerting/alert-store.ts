import type { UnixMs } from '../base/clock.ts';
import { fingerprint } from './fingerprint.ts';
import type { GroupAlert } from './notify/notification.ts';
import type { IncomingAlert } from './room.ts';

/** Alerts held at once; far above what people can act on, and about 100 MB. Beyond, new alerts are refused and counted. */
export const ALERTS_MAX = 100_000;
/** Ended alerts stay visible this long. */
export const RESOLVED_KEPT_MS = 15 * 60_000;

/** Every alert known, one per label set; the newest word about it wins. */
export class AlertStore {
  readonly #alerts = new Map<string, GroupAlert>();

  get size(): number {
    return this.#alerts.size;
  }

  /** What is known of the alert with these labels. */
  get(key: string): GroupAlert | undefined {
    return this.#alerts.get(key);
  }

  /** The merged alert, or undefined when the store is full. */
  merge(incoming: IncomingAlert, at: UnixMs): GroupAlert | undefined {
    const { key } = incoming.labels;
    const before = this.#alerts.get(key);
    if (!before && this.#alerts.size >= ALERTS_MAX) return undefined;
    // A firing alert that arrives again keeps its beginning; after an end it is a new one.
    const continues = before !== undefined && !isResolved(before, at) && incoming.startsAtMs <= before.endsAtMs;
    const known = {
      labels: incoming.labels,
      annotations: incoming.annotations,
      value: incoming.value,
      startsAtMs: continues ? Math.min(before.startsAtMs, incoming.startsAtMs) : incoming.startsAtMs,
      endsAtMs: incoming.resolved ? Math.min(incoming.endsAtMs, at) : incoming.endsAtMs,
      resolved: incoming.resolved,
      updatedAtMs: at,
      generatorUrl: incoming.generatorUrl,
      fingerprint: before?.fingerprint ?? fingerprint(incoming.labels),
    };
    const merged: GroupAlert = incoming.isUnconfirmed && !incoming.resolved ? { ...known, isUnconfirmed: true } : known;
    this.#alerts.set(key, merged);
    return merged;
  }

  *values(): IterableIterator<GroupAlert> {
    yield* this.#alerts.values();
  }

  count(at: UnixMs): { readonly firing: number; readonly resolved: number } {
    let resolved = 0;
    for (const alert of this.#alerts.values()) if (isResolved(alert, at)) resolved++;
    return { firing: this.#alerts.size - resolved, resolved };
  }

  /** Forgets alerts that ended some time ago. */
  collect(at: UnixMs): void {
    for (const [key, alert] of this.#alerts) if (alert.endsAtMs + RESOLVED_KEPT_MS < at) this.#alerts.delete(key);
  }
}

/** Ended by word, or because nobody said it again in time. */
export function isResolved(alert: GroupAlert, at: number): boolean {
  return alert.resolved || alert.endsAtMs <= at;
}
