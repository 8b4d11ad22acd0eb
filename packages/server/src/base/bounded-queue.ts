/** A first-in first-out queue with a named bound; `push` refuses instead of growing. */
export class BoundedQueue<T> {
  readonly #itemsMax: number;
  readonly #items: T[] = [];
  #waiting: ((item: T | undefined) => void)[] = [];
  #closed = false;

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax;
  }

  get length(): number {
    return this.#items.length;
  }

  /** False when full or closed: the caller decides what refusing means. */
  push(item: T): boolean {
    if (this.#closed) return false;
    const waiter = this.#waiting.shift();
    if (waiter) {
      waiter(item);
      return true;
    }
    if (this.#items.length >= this.#itemsMax) return false;
    this.#items.push(item);
    return true;
  }

  /** The next item, or undefined once the queue is closed and empty. */
  async shift(): Promise<T | undefined> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    if (this.#closed) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter(undefined);
    this.#waiting = [];
  }
}
