import type { InventoryHistoryEntry } from '@vedette/wire/http';
import type { Clock } from '../../base/clock.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import type { FieldChange } from './fields.ts';
import { HISTORY_DETAILS_MAX, HISTORY_MAX } from './limits.ts';

export interface Remembered {
  readonly by: string;
  readonly action: InventoryHistoryEntry['action'];
  readonly cameras: readonly string[];
  readonly changes?: readonly FieldChange[];
  readonly note?: string;
}

/** Who changed what: the last HISTORY_MAX changes. Keys rise with time, so that they sort. */
export class InventoryHistory {
  readonly #clock: Clock;
  readonly #table: StateTable<InventoryHistoryEntry>;
  #last = 0;

  private constructor(clock: Clock, table: StateTable<InventoryHistoryEntry>) {
    this.#clock = clock;
    this.#table = table;
    for (const [key] of table.entries()) this.#last = Math.max(this.#last, Number(key));
  }

  static async open(clock: Clock, state: StateStore): Promise<InventoryHistory> {
    return new InventoryHistory(clock, await state.open('fleet.inventory.history', parsed));
  }

  /** Resolves when it is durable. */
  async remember({ by, action, cameras, changes, note }: Remembered): Promise<void> {
    // Several in one millisecond, and clocks that went back, still get keys of their own.
    this.#last = Math.max(this.#last + 1, this.#clock.now() * 1_000);
    const entry: InventoryHistoryEntry = {
      at: new Date(this.#clock.now()).toISOString(),
      by,
      action,
      count: cameras.length,
      cameras: cameras.slice(0, HISTORY_DETAILS_MAX),
      ...(changes === undefined ? {} : { changes: changes.slice(0, HISTORY_DETAILS_MAX) }),
      ...(note === undefined ? {} : { note }),
    };
    await this.#table.put(String(this.#last).padStart(17, '0'), entry);
    const keys = [...this.#table.entries()].map(([key]) => key);
    if (keys.length <= HISTORY_MAX) return;
    keys.sort();
    for (const key of keys.slice(0, keys.length - HISTORY_MAX)) await this.#table.delete(key);
  }

  /** Newest first. */
  entries({ camera, limit }: { readonly camera?: string; readonly limit: number }): readonly InventoryHistoryEntry[] {
    return [...this.#table.entries()]
      .filter(([, entry]) => camera === undefined || entry.cameras.includes(camera))
      .sort(([one], [other]) => (one < other ? 1 : -1))
      .slice(0, limit)
      .map(([, entry]) => entry);
  }
}

function parsed(json: unknown): InventoryHistoryEntry | undefined {
  return typeof json === 'object' && json !== null && 'action' in json && 'cameras' in json
    ? (json as InventoryHistoryEntry)
    : undefined;
}
