import type { UnixMs } from '../../base/clock.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { AlertHistory, HistoryEvent } from './event.ts';

/** Muted alerts remembered; beyond, the one that was muted first is told again at its next flush. */
export const MUTED_REMEMBERED_MAX = 50_000;

export interface MuteVerdict {
  readonly alert: GroupAlert;
  /** Undefined: it passed. */
  readonly reason: MuteReason | undefined;
}

interface Muted {
  readonly identity: string;
  readonly reason: MuteReason;
}

/** Groups are flushed again and again: only what changed since the last time goes into the history. */
export class MuteMemory {
  readonly #history: AlertHistory;
  /** By group and alert. */
  readonly #muted = new Map<string, Muted>();

  constructor(history: AlertHistory) {
    this.#history = history;
  }

  /** What became of a group's alerts at a flush; the integrations of one receiver may all tell the same. */
  note(groupKey: string, verdicts: readonly MuteVerdict[], at: UnixMs): void {
    const events: HistoryEvent[] = [];
    for (const { alert, reason } of verdicts) {
      const key = `${alert.fingerprint} ${groupKey}`;
      const before = this.#muted.get(key);
      if (!before && !reason) continue;
      const { labels, startsAtMs } = alert;
      const identity = reason && JSON.stringify([startsAtMs, reason.by, reason.ids]);
      if (before?.identity === identity) {
        // A resolved alert leaves its group after this flush.
        if (alert.resolved) this.#muted.delete(key);
        continue;
      }
      if (reason) {
        events.push({ atMs: at, state: 'muted', labels, startsAtMs, mute: reason });
        this.#remember(key, { identity: identity ?? '', reason });
      } else if (before) {
        events.push({ atMs: at, state: 'unmuted', labels, startsAtMs, mute: before.reason });
        this.#muted.delete(key);
      }
    }
    if (events.length > 0) this.#history.record(events);
  }

  #remember(key: string, muted: Muted): void {
    this.#muted.delete(key);
    this.#muted.set(key, muted);
    if (this.#muted.size <= MUTED_REMEMBERED_MAX) return;
    for (const oldest of this.#muted.keys()) {
      this.#muted.delete(oldest);
      return;
    }
  }
}
