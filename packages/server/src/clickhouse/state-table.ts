import type { StateTable } from '../model/ports.ts';

/** A change of one key; undefined text deletes. */
export interface Change {
  readonly namespace: string;
  readonly key: string;
  readonly version: number;
  /** JSON. */
  readonly text: string | undefined;
}

export interface TableOptions<Value> {
  readonly values: Map<string, Value>;
  /** Versions by key, where other processes write too. */
  readonly versions: Map<string, number> | undefined;
  /** Gives entries their versions, at once. */
  readonly number: (entries: readonly (readonly [string, string | undefined])[]) => readonly Change[];
  readonly write: (changes: readonly Change[]) => Promise<void>;
  /** Undefined, and logged, for what cannot be used. */
  readonly parse: (key: string, text: string) => Value | undefined;
}

type Hear<Value> = (changed: ReadonlyMap<string, Value | undefined>) => void;

/** Versions of deleted keys are kept against late rows of other processes; beyond this many, the oldest are forgotten. */
const DELETED_KEPT_MAX = 50_000;

/** One namespace in memory. */
export class MemoryTable<Value> implements StateTable<Value> {
  readonly #options: TableOptions<Value>;
  readonly #listeners = new Set<Hear<Value>>();
  readonly #deleted = new Set<string>();

  constructor(options: TableOptions<Value>) {
    this.#options = options;
  }

  get(key: string): Value | undefined {
    return this.#options.values.get(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#options.values.entries();
  }

  put(key: string, value: Value): Promise<void> {
    return this.putAll([[key, value]]);
  }

  async putAll(entries: Iterable<readonly [string, Value]>): Promise<void> {
    // Text first: a value that JSON cannot hold must not change memory either.
    const list = [...entries].map(([key, value]) => ({ key, value, text: JSON.stringify(value) }));
    for (const { key, value } of list) this.#options.values.set(key, value);
    await this.#save(list.map(({ key, text }) => [key, text] as const));
  }

  async delete(key: string): Promise<void> {
    if (!this.#options.values.delete(key)) return;
    await this.#save([[key, undefined]]);
  }

  changes(hear: Hear<Value>): Disposable {
    this.#listeners.add(hear);
    return { [Symbol.dispose]: () => void this.#listeners.delete(hear) };
  }

  /** What another process wrote, unless something newer is known. */
  take(changes: readonly Change[]): void {
    const { values, versions, parse } = this.#options;
    const changed = new Map<string, Value | undefined>();
    for (const { key, version, text } of changes) {
      if (!versions || version <= (versions.get(key) ?? 0)) continue;
      this.#know(key, version, text === undefined);
      const value = text === undefined ? undefined : parse(key, text);
      if (value === undefined) values.delete(key);
      else values.set(key, value);
      changed.set(key, value);
    }
    if (changed.size > 0) for (const hear of this.#listeners) hear(changed);
  }

  async #save(entries: readonly (readonly [string, string | undefined])[]): Promise<void> {
    if (entries.length === 0) return;
    const changes = this.#options.number(entries);
    for (const { key, version, text } of changes) this.#know(key, version, text === undefined);
    await this.#options.write(changes);
  }

  #know(key: string, version: number, deleted: boolean): void {
    const { versions } = this.#options;
    if (!versions) return;
    versions.set(key, version);
    this.#deleted.delete(key);
    if (!deleted) return;
    this.#deleted.add(key);
    if (this.#deleted.size <= DELETED_KEPT_MAX) return;
    for (const oldest of this.#deleted) {
      this.#deleted.delete(oldest);
      versions.delete(oldest);
      return;
    }
  }
}
