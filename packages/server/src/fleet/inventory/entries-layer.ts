import { sameFields } from './fields.ts';
import type { Layer, Said } from './merged.ts';
import type { ReadEntry } from './read-inventory.ts';

/** Ids that are otherwise than before; `all` also those whose place alone moved. */
export interface Touched {
  readonly all: readonly string[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
}

/** Cameras that come as a whole: of the files, and of the simulation. */
export class EntriesLayer implements Layer {
  readonly #source: 'file' | 'simulation';
  #said = new Map<string, readonly [Said]>();

  constructor(source: 'file' | 'simulation') {
    this.#source = source;
  }

  ids(): Iterable<string> {
    return this.#said.keys();
  }

  said(id: string): readonly Said[] {
    return this.#said.get(id) ?? [];
  }

  replace(entries: ReadonlyMap<string, ReadEntry>): Touched {
    const next = new Map<string, readonly [Said]>();
    const all: string[] = [];
    const added: string[] = [];
    const changed: string[] = [];
    for (const [id, { fields, place }] of entries) {
      const before = this.#said.get(id);
      if (before !== undefined && before[0].place === place && sameFields(before[0].fields, fields)) {
        next.set(id, before);
        continue;
      }
      next.set(id, [{ source: this.#source, place, fields }]);
      all.push(id);
      if (before === undefined) added.push(id);
      else if (!sameFields(before[0].fields, fields)) changed.push(id);
    }
    const deleted = [...this.#said.keys()].filter((id) => !next.has(id));
    this.#said = next;
    return { all: [...all, ...deleted], added, changed, deleted };
  }
}
