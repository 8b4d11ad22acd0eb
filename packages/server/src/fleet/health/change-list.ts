/** An item of a ChangeList. */
export interface Changing {
  /** The version at which it changed last; 0: not in the list. */
  version: number;
  older: this | undefined;
  newer: this | undefined;
}

/** Items in the order of their last change, so that what changed since a version costs what changed, not what there is. */
export class ChangeList<Item extends Changing> {
  #newest: Item | undefined;

  /** Moves the item to the front. `version` must not be below any other's. */
  touch(item: Item, version: number): void {
    item.version = version;
    if (this.#newest === item) return;
    this.#unlink(item);
    item.older = this.#newest;
    if (this.#newest) this.#newest.newer = item;
    this.#newest = item;
  }

  remove(item: Item): void {
    if (this.#newest === item) this.#newest = item.older;
    this.#unlink(item);
    item.version = 0;
  }

  /** Those that changed after the version, the newest first. */
  *since(version: number): IterableIterator<Item> {
    for (let item = this.#newest; item && item.version > version; item = item.older) yield item;
  }

  #unlink(item: Item): void {
    if (item.older) item.older.newer = item.newer;
    if (item.newer) item.newer.older = item.older;
    item.older = undefined;
    item.newer = undefined;
  }
}
