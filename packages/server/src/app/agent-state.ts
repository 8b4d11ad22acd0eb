import type { StateStore, StateTable } from '../model/ports.ts';

/**
 * The agent has no database, and nobody edits its inventory over an API: what rooms remember lives as long as the process. Cameras come
 * from files and imports, which are read again at every start.
 */
export class FleetingState implements StateStore {
  async open<Value>(): Promise<StateTable<Value>> {
    const values = new Map<string, Value>();
    return {
      get: (key) => values.get(key),
      entries: () => values.entries(),
      put: async (key, value) => void values.set(key, value),
      putAll: async (entries) => {
        for (const [key, value] of entries) values.set(key, value);
      },
      delete: async (key) => void values.delete(key),
    };
  }
}
