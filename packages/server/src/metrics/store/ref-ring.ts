/** A first-in first-out queue of refs and the times they came, in typed arrays that double when full. */
export class RefRing {
  #items = new Uint32Array(1024);
  #atMs = new Float64Array(1024);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(ref: number, atMs: number): void {
    if (this.#length === this.#items.length) this.#grow();
    const at = (this.#head + this.#length) & (this.#items.length - 1);
    this.#items[at] = ref;
    this.#atMs[at] = atMs;
    this.#length++;
  }

  /** The oldest item; only when `length` is above zero. */
  first(): number {
    return this.#items[this.#head] as number;
  }

  firstMs(): number {
    return this.#atMs[this.#head] as number;
  }

  shift(): void {
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
  }

  #grow(): void {
    const size = this.#items.length;
    const items = new Uint32Array(size * 2);
    const atMs = new Float64Array(size * 2);
    for (let i = 0; i < size; i++) {
      items[i] = this.#items[(this.#head + i) & (size - 1)] as number;
      atMs[i] = this.#atMs[(this.#head + i) & (size - 1)] as number;
    }
    this.#items = items;
    this.#atMs = atMs;
    this.#head = 0;
  }
}
