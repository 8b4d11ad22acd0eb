/** A first-in first-out queue of small integers in one typed array that doubles when full. */
export class RefRing {
  #items = new Uint32Array(1024);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(ref: number): void {
    const size = this.#items.length;
    if (this.#length === size) {
      const items = new Uint32Array(size * 2);
      for (let i = 0; i < size; i++) items[i] = this.#items[(this.#head + i) & (size - 1)] as number;
      this.#items = items;
      this.#head = 0;
    }
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = ref;
    this.#length++;
  }

  /** The oldest item; only when `length` is above zero. */
  first(): number {
    return this.#items[this.#head] as number;
  }

  shift(): void {
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
  }
}
