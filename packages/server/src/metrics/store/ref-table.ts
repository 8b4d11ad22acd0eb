const SLOTS_FIRST = 2_048;

/**
 * Refs (from 1 on) found by the hash of something that belongs to them: eight to sixteen bytes a ref, where a Map with texts
 * or doubles as keys takes ten times as much. Of equal hashes the caller says which one is meant.
 */
export class RefTable {
  /** 0 is an empty slot. */
  #refs = new Uint32Array(SLOTS_FIRST);
  #hashes = new Uint32Array(SLOTS_FIRST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first ref of the hash that is meant, 0 when none is. */
  find(hash: number, isMeant: (ref: number) => boolean): number {
    const refs = this.#refs;
    const hashes = this.#hashes;
    const mask = refs.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const ref = refs[slot] as number;
      if (ref === 0) return 0;
      if (hashes[slot] === hash && isMeant(ref)) return ref;
    }
  }

  /** `hash` is an unsigned word. A ref may be there more than once only under different hashes. */
  add(hash: number, ref: number): void {
    // Half full at most: chains stay short.
    if (this.#size * 2 >= this.#refs.length) this.#grow();
    this.#size++;
    this.#put(hash, ref);
  }

  /** Of a ref that is there. */
  delete(hash: number, ref: number): void {
    const refs = this.#refs;
    const hashes = this.#hashes;
    const mask = refs.length - 1;
    let gap = hash & mask;
    while (refs[gap] !== ref || hashes[gap] !== hash) {
      if (refs[gap] === 0) throw new Error(`ref ${ref} is not in the table`);
      gap = (gap + 1) & mask;
    }
    this.#size--;
    // Whoever was put behind its own slot because of this one moves up, so that no chain breaks.
    for (let slot = (gap + 1) & mask; refs[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (hashes[slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      refs[gap] = refs[slot] as number;
      hashes[gap] = hashes[slot] as number;
      gap = slot;
    }
    refs[gap] = 0;
  }

  #put(hash: number, ref: number): void {
    const mask = this.#refs.length - 1;
    let slot = hash & mask;
    while (this.#refs[slot] !== 0) slot = (slot + 1) & mask;
    this.#refs[slot] = ref;
    this.#hashes[slot] = hash;
  }

  #grow(): void {
    const refs = this.#refs;
    const hashes = this.#hashes;
    this.#refs = new Uint32Array(refs.length * 2);
    this.#hashes = new Uint32Array(refs.length * 2);
    for (let slot = 0; slot < refs.length; slot++)
      if (refs[slot] !== 0) this.#put(hashes[slot] as number, refs[slot] as number);
  }
}
