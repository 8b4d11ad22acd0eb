interface Entry<Item> {
  readonly dueMs: number;
  readonly sequence: number;
  /** Undefined once it was taken or removed. */
  item: Item | undefined;
}

/** What is due at some time, earliest first and of the same time in the order of arrival: a binary heap. */
export class DueQueue<Item> {
  readonly #heap: Entry<Item>[] = [];
  #sequence = 0;

  /** The result removes it again; what was removed leaves the heap when its time comes. */
  add(dueMs: number, item: Item): Disposable {
    const entry: Entry<Item> = { dueMs, sequence: this.#sequence++, item };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return {
      [Symbol.dispose]: () => {
        entry.item = undefined;
      },
    };
  }

  /** Takes out the first one that is due at the time or before. */
  take(atMs: number): { readonly dueMs: number; readonly item: Item } | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || (first.dueMs > atMs && first.item !== undefined)) return undefined;
      this.#dropFirst();
      const { item, dueMs } = first;
      first.item = undefined;
      if (item !== undefined) return { dueMs, item };
    }
  }

  #dropFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLater(parent, at)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) return;
      const child = left + 1 < this.#heap.length && this.#isLater(left, left + 1) ? left + 1 : left;
      if (!this.#swapIfLater(at, child)) return;
      at = child;
    }
  }

  #swapIfLater(upper: number, lower: number): boolean {
    if (!this.#isLater(upper, lower)) return false;
    const entry = this.#heap[upper] as Entry<Item>;
    this.#heap[upper] = this.#heap[lower] as Entry<Item>;
    this.#heap[lower] = entry;
    return true;
  }

  #isLater(one: number, other: number): boolean {
    const a = this.#heap[one] as Entry<Item>;
    const b = this.#heap[other] as Entry<Item>;
    return a.dueMs > b.dueMs || (a.dueMs === b.dueMs && a.sequence > b.sequence);
  }
}
