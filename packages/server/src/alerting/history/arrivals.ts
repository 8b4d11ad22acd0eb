import type { UnixMs } from '../../base/clock.ts';
import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { IncomingAlert } from '../room.ts';
import type { AlertHistory, HistoryEvent } from './event.ts';

/** How often alerts are looked for that ended without a word. */
export const EXPIRY_LOOK_MS = 15_000;

/**
 * The life of alerts that arrive over the API: each begins once, and ends by word or because nobody said it again in time. Rules tell the life
 * of theirs themselves.
 */
export class Arrivals {
  readonly #history: AlertHistory;
  readonly #known: (key: string) => GroupAlert | undefined;
  /** Label sets of those that fire: at most as many as the store holds. */
  readonly #firing = new Set<string>();

  /** `known` is what the store has of a label set. */
  constructor(history: AlertHistory, known: (key: string) => GroupAlert | undefined) {
    this.#history = history;
    this.#known = known;
  }

  /** Before the store takes them. */
  arrive(alerts: readonly IncomingAlert[], at: UnixMs): void {
    this.expire(at);
    const events: HistoryEvent[] = [];
    for (const { labels, annotations, value, startsAtMs, resolved } of alerts) {
      const { key } = labels;
      const before = this.#known(key);
      const wasFiring = before !== undefined && !isResolved(before, at);
      if (resolved) this.#firing.delete(key);
      else this.#firing.add(key);
      if (resolved !== wasFiring) continue;
      const since = wasFiring ? before.startsAtMs : startsAtMs;
      const state = resolved ? 'resolved' : 'firing';
      events.push({ atMs: at, state, labels, annotations, value, startsAtMs: since, firedAtMs: since });
    }
    this.#history.record(events);
  }

  /** Tells the end of those whose time is over. */
  expire(at: UnixMs): void {
    const events: HistoryEvent[] = [];
    for (const key of this.#firing) {
      const alert = this.#known(key);
      if (alert && !isResolved(alert, at)) continue;
      this.#firing.delete(key);
      if (!alert || alert.resolved) continue;
      const { labels, annotations, value, startsAtMs, endsAtMs } = alert;
      events.push({ atMs: endsAtMs, state: 'resolved', labels, annotations, value, startsAtMs, firedAtMs: startsAtMs });
    }
    if (events.length > 0) this.#history.record(events);
  }
}
