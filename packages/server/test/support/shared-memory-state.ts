import type { Clock } from '../../src/base/clock.ts';
import { VedetteError } from '../../src/base/errors.ts';
import { FOLLOW_INTERVAL_MS } from '../../src/clickhouse/state-follower.ts';
import { StateVersions } from '../../src/clickhouse/state-version.ts';
import type { StateStore, StateTable } from '../../src/model/ports.ts';

interface Row {
  readonly version: number;
  readonly text: string | undefined;
}

/** What several processes see of one database: `view` gives each a StateStore; the content outlives them all. */
export class SharedMemoryState {
  readonly rows = new Map<string, Map<string, Row>>();
  readonly clock: Clock;
  /** How long a write takes to be durable, and a look. */
  writeMs = 20;
  readMs = 5;
  /** The database does not answer. */
  away = false;
  #views = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  view(): SharedView {
    return new SharedView(this, (++this.#views).toString(16));
  }

  table(namespace: string): Map<string, Row> {
    const table = this.rows.get(namespace) ?? new Map<string, Row>();
    this.rows.set(namespace, table);
    return table;
  }
}

/** One process's side, as of a ClickHouseStateStore that is shared: memory at once, the others about a second later. */
export class SharedView implements StateStore {
  readonly #shared: SharedMemoryState;
  readonly #versions: StateVersions;
  readonly #tables = new Map<string, (key: string, row: Row) => void>();
  readonly #following: Disposable;
  /** The process is dead: nothing more reaches the database. */
  frozen = false;
  /** Between tries of a write. */
  retryMs = 4_700;

  constructor(shared: SharedMemoryState, origin: string) {
    this.#shared = shared;
    this.#versions = new StateVersions(shared.clock, origin);
    this.#following = shared.clock.every(
      { intervalMs: FOLLOW_INTERVAL_MS, offsetMs: Number.parseInt(origin, 16) * 37 },
      () => this.refresh(),
      () => undefined,
    );
  }

  stop(): void {
    this.#following[Symbol.dispose]();
  }

  async refresh(): Promise<void> {
    this.#check();
    await this.#shared.clock.sleep(this.#shared.readMs);
    this.#check();
    for (const [namespace, take] of this.#tables)
      for (const [key, row] of this.#shared.table(namespace)) {
        this.#versions.seen(row.version);
        take(key, row);
      }
  }

  #check(): void {
    if (this.#shared.away || this.frozen) throw new VedetteError('DATABASE_UNAVAILABLE', 'away');
  }

  async #write(namespace: string, entries: readonly (readonly [string, Row])[]): Promise<void> {
    await this.#shared.clock.sleep(this.#shared.writeMs);
    // As the batch writer: tried again until some seconds after the database is back.
    while (this.#shared.away && !this.frozen) await this.#shared.clock.sleep(this.retryMs);
    if (this.frozen) return;
    const rows = this.#shared.table(namespace);
    for (const [key, row] of entries) if (row.version > (rows.get(key)?.version ?? 0)) rows.set(key, row);
  }

  async open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>> {
    const values = new Map<string, Value>();
    const versions = new Map<string, number>();
    const hearers = new Set<(changed: ReadonlyMap<string, Value | undefined>) => void>();
    const set = (key: string, { version, text }: Row): void => {
      versions.set(key, version);
      const value = text === undefined ? undefined : parse(JSON.parse(text));
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    };
    this.#tables.set(namespace, (key, row) => {
      if (row.version <= (versions.get(key) ?? 0)) return;
      set(key, row);
      for (const hear of hearers) hear(new Map([[key, values.get(key)]]));
    });
    for (const [key, row] of this.#shared.table(namespace)) set(key, row);
    const save = async (entries: readonly (readonly [string, string | undefined])[]): Promise<void> => {
      const rows = entries.map(([key, text]) => [key, { version: this.#versions.next(), text }] as const);
      for (const [key, row] of rows) set(key, row);
      await this.#write(namespace, rows);
    };
    return {
      get: (key) => values.get(key),
      entries: () => values.entries(),
      put: (key, value) => save([[key, JSON.stringify(value)]]),
      putAll: (entries) => save([...entries].map(([key, value]) => [key, JSON.stringify(value)] as const)),
      delete: async (key) => {
        if (values.has(key)) await save([[key, undefined]]);
      },
      changes: (hear) => {
        hearers.add(hear);
        return { [Symbol.dispose]: () => void hearers.delete(hear) };
      },
    };
  }
}
