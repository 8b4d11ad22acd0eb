import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';

/** As Alertmanager's --data.retention: how long a group's last notification is remembered at least. */
export const LOG_RETENTION_MS = 120 * 3_600_000;

const entrySchema = z.object({
  groupKey: z.string(),
  receiver: z.string(),
  integration: z.string(),
  /** Fingerprints. */
  firing: z.array(z.string()),
  resolved: z.array(z.string()),
  atMs: z.number(),
  expiresAtMs: z.number(),
});

export type LogEntry = z.infer<typeof entrySchema>;
type Target = Pick<LogEntry, 'groupKey' | 'receiver' | 'integration'>;

/** A page waits no longer for the disk than this; then it goes out without a note of it. */
const BEGIN_WAIT_MAX_MS = 2_000;

/**
 * What each integration was last told about each group, and what it was being told when a process died; survives restarts and kill -9.
 * Without the second, a crash between a message's delivery and its record would leave the log behind the receiver: an alert that began
 * anew after its end was told, but not recorded, would never be told again.
 */
export class NotificationLog {
  readonly #table: StateTable<LogEntry>;
  readonly #begun: StateTable<LogEntry>;
  readonly #clock: Clock;

  private constructor(table: StateTable<LogEntry>, begun: StateTable<LogEntry>, clock: Clock) {
    this.#table = table;
    this.#begun = begun;
    this.#clock = clock;
  }

  static async open(state: StateStore, clock: Clock): Promise<NotificationLog> {
    const parse = (json: unknown): LogEntry | undefined => entrySchema.safeParse(json).data;
    const table = await state.open('notification-log', parse);
    return new NotificationLog(table, await state.open('notifications-begun', parse), clock);
  }

  /** Hears of entries that other processes wrote. */
  onOthers(hear: (entry: LogEntry) => void): void {
    this.#table.changes?.((changed) => {
      for (const entry of changed.values()) if (entry) hear(entry);
    });
  }

  get(target: Target): LogEntry | undefined {
    return this.#living(this.#table.get(keyOf(target)));
  }

  /** What the target was being told when a process died: it may have heard it, or not. */
  begun(target: Target): LogEntry | undefined {
    return this.#living(this.#begun.get(keyOf(target)));
  }

  /** True when the target was told about the group, or was being told. */
  knows(target: Target): boolean {
    if (isEmpty(this.#table) && isEmpty(this.#begun)) return false;
    const key = keyOf(target);
    return (this.#living(this.#table.get(key)) ?? this.#living(this.#begun.get(key))) !== undefined;
  }

  /** Before a delivery. Resolves when the note survives kill -9; rejects when the disk does not take it soon. */
  async begin(entry: Omit<LogEntry, 'expiresAtMs'>): Promise<void> {
    await withDeadline(this.#clock, BEGIN_WAIT_MAX_MS, undefined, (late) =>
      Promise.race([
        this.#begun.put(keyOf(entry), { ...entry, expiresAtMs: entry.atMs + LOG_RETENTION_MS }),
        new Promise<never>((_, reject) => {
          late.addEventListener('abort', () => reject(late.reason as Error), { once: true });
        }),
      ]),
    );
  }

  /** The delivery failed: nobody heard. */
  async giveUp(target: Target): Promise<void> {
    await this.#begun.delete(keyOf(target));
  }

  /** Resolves when the entry survives kill -9. */
  async put(entry: Omit<LogEntry, 'expiresAtMs'>, repeatIntervalMs: number): Promise<void> {
    const expiresAtMs = entry.atMs + Math.max(LOG_RETENTION_MS, 2 * repeatIntervalMs);
    const key = keyOf(entry);
    // In this order: a crash in between leaves a note that says the same as the entry.
    await Promise.all([this.#table.put(key, { ...entry, expiresAtMs }), this.#begun.delete(key)]);
  }

  async collect(): Promise<void> {
    const now = this.#clock.now();
    await Promise.all(
      [this.#table, this.#begun].flatMap((table) =>
        [...table.entries()].filter(([, entry]) => entry.expiresAtMs <= now).map(([key]) => table.delete(key)),
      ),
    );
  }

  #living(entry: LogEntry | undefined): LogEntry | undefined {
    return entry && entry.expiresAtMs > this.#clock.now() ? entry : undefined;
  }
}

function isEmpty(table: StateTable<LogEntry>): boolean {
  return table.entries().next().done === true;
}

function keyOf({ groupKey, receiver, integration }: Target): string {
  return hash('sha256', JSON.stringify([receiver, integration, groupKey])).slice(0, 32);
}
