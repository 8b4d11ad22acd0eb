import type { StateStore, StateTable } from '../../src/model/ports.ts';

/** A StateStore whose content outlives the rooms that use it, as a disk would; every value goes through JSON. */
export class MemoryState implements StateStore {
  readonly #tables = new Map<string, Map<string, string>>();
  writes = 0;
  /** While set nothing more reaches the disk: the process is dead. */
  frozen = false;

  async open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>> {
    const rows = this.#tables.get(namespace) ?? new Map<string, string>();
    this.#tables.set(namespace, rows);
    const read = (text: string | undefined): Value | undefined =>
      text === undefined ? undefined : parse(JSON.parse(text));
    const put = async (key: string, value: Value): Promise<void> => {
      if (this.frozen) return;
      this.writes++;
      rows.set(key, JSON.stringify(value));
    };
    return {
      get: (key) => read(rows.get(key)),
      *entries() {
        for (const [key, text] of rows) {
          const value = read(text);
          if (value !== undefined) yield [key, value] as [string, Value];
        }
      },
      put,
      putAll: async (entries) => {
        for (const [key, value] of entries) await put(key, value);
      },
      delete: async (key) => {
        if (this.frozen) return;
        this.writes++;
        rows.delete(key);
      },
    };
  }

  /** All that is stored, as text. */
  dump(): string {
    return [...this.#tables].map(([namespace, rows]) => `${namespace} ${JSON.stringify([...rows])}`).join('\n');
  }

  size(namespace: string): number {
    return this.#tables.get(namespace)?.size ?? 0;
  }
}
