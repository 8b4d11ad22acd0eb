import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
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

/** What each integration was last told about each group; survives restarts and kill -9. */
export class NotificationLog {
  readonly #table: StateTable<LogEntry>;
  readonly #clock: Clock;

  private constructor(table: StateTable<LogEntry>, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  static async open(state: StateStore, clock: Clock): Promise<NotificationLog> {
    return new NotificationLog(await state.open('notification-log', (json) => entrySchema.safeParse(json).data), clock);
  }

  /** Hears of entries that other processes wrote. */
  onOthers(hear: (entry: LogEntry) => void): void {
    this.#table.changes?.((changed) => {
      for (const entry of changed.values()) if (entry) hear(entry);
    });
  }

  get(target: Target): LogEntry | undefined {
    const entry = this.#table.get(keyOf(target));
    return entry && entry.expiresAtMs > this.#clock.now() ? entry : undefined;
  }

  /** Resolves when the entry survives kill -9. */
  async put(entry: Omit<LogEntry, 'expiresAtMs'>, repeatIntervalMs: number): Promise<void> {
    const expiresAtMs = entry.atMs + Math.max(LOG_RETENTION_MS, 2 * repeatIntervalMs);
    await this.#table.put(keyOf(entry), { ...entry, expiresAtMs });
  }

  async collect(): Promise<void> {
    const now = this.#clock.now();
    const expired = [...this.#table.entries()].filter(([, entry]) => entry.expiresAtMs <= now);
    await Promise.all(expired.map(([key]) => this.#table.delete(key)));
  }
}

function keyOf({ groupKey, receiver, integration }: Target): string {
  return createHash('sha256')
    .update(JSON.stringify([receiver, integration, groupKey]))
    .digest('hex')
    .slice(0, 32);
}
