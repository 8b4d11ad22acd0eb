/** What waits for its time, soonest first. An entry that was put in again later lies in it twice; the owner knows which one counts. */
export class DueHeap<Item> {
  readonly #dueMs: number[] = [];
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Time of the soonest; undefined when empty. */
  get soonestMs(): number | undefined {
    return this.#dueMs[0];
  }

  add(dueMs: number, item: Item): void {
    let at = this.#items.length;
    this.#dueMs.push(dueMs);
    this.#items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#dueMs[parent] as number) <= dueMs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, dueMs, item);
  }

  /** Removes the soonest when it is due by `untilMs`. */
  take(untilMs: number): { readonly dueMs: number; readonly item: Item } | undefined {
    const dueMs = this.#dueMs[0];
    if (dueMs === undefined || dueMs > untilMs) return undefined;
    const item = this.#items[0] as Item;
    const lastDueMs = this.#dueMs.pop() as number;
    const last = this.#items.pop() as Item;
    if (this.#items.length > 0) this.#sink(lastDueMs, last);
    return { dueMs, item };
  }

  #sink(dueMs: number, item: Item): void {
    const { length } = this.#items;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && (this.#dueMs[child + 1] as number) < (this.#dueMs[child] as number)) child++;
      if ((this.#dueMs[child] as number) >= dueMs) break;
      this.#move(child, at);
      at = child;
    }
    this.#set(at, dueMs, item);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#dueMs[from] as number, this.#items[from] as Item);
  }

  #set(at: number, dueMs: number, item: Item): void {
    this.#dueMs[at] = dueMs;
    this.#items[at] = item;
  }
}
