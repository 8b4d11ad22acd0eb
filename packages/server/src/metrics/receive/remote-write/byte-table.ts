/** Slots looked at before a key counts as absent: keys chosen to collide cost no more than keys that are new. */
const PROBES_MAX = 32;
const SLOTS_FIRST = 1_024;
const ARENA_FIRST = 64 * 1024;
const EMPTY = -1;

/** Numbers byte strings 0, 1, 2, … in the order in which they come; their bytes lie one after the other in one arena. */
export class ByteTable {
  #arena = new Uint8Array(ARENA_FIRST);
  #arenaView = new DataView(this.#arena.buffer);
  #used = 0;
  #start = new Uint32Array(SLOTS_FIRST);
  #length = new Uint32Array(SLOTS_FIRST);
  #hash = new Int32Array(SLOTS_FIRST);
  #slots = new Int32Array(SLOTS_FIRST * 2).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#used;
  }

  /** The number of the string, or -1. `hash` is hashBytes of it. */
  find(view: DataView, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      const id = slots[slot] as number;
      if (id === EMPTY) return EMPTY;
      if (this.#hash[id] === hash && this.equals(id, view, start, length)) return id;
    }
    return EMPTY;
  }

  /** Four bytes at a time: this is what most of the time of a known series goes into. */
  equals(id: number, view: DataView, start: number, length: number): boolean {
    if (this.#length[id] !== length) return false;
    const arena = this.#arenaView;
    const from = this.#start[id] as number;
    const words = length - 3;
    let i = 0;
    for (; i < words; i += 4) if (arena.getInt32(from + i, true) !== view.getInt32(start + i, true)) return false;
    for (; i < length; i++) if (arena.getUint8(from + i) !== view.getUint8(start + i)) return false;
    return true;
  }

  /** Adds a string that is not there; its number. */
  add(bytes: Uint8Array, start: number, length: number, hash: number): number {
    if (this.#size === this.#start.length) this.#growKeys();
    while (this.#used + length > this.#arena.length) this.#growArena();
    const id = this.#size++;
    this.#arena.set(bytes.subarray(start, start + length), this.#used);
    this.#start[id] = this.#used;
    this.#length[id] = length;
    this.#hash[id] = hash;
    this.#used += length;
    this.#place(id, hash);
    return id;
  }

  #place(id: number, hash: number): void {
    const mask = this.#slots.length - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      if (this.#slots[slot] !== EMPTY) continue;
      this.#slots[slot] = id;
      return;
    }
    // Not placed: it will not be found again, and costs what a new one costs.
  }

  #growArena(): void {
    const arena = new Uint8Array(this.#arena.length * 2);
    arena.set(this.#arena.subarray(0, this.#used));
    this.#arena = arena;
    this.#arenaView = new DataView(arena.buffer);
  }

  #growKeys(): void {
    const capacity = this.#size * 2;
    const start = new Uint32Array(capacity);
    const length = new Uint32Array(capacity);
    const hash = new Int32Array(capacity);
    start.set(this.#start);
    length.set(this.#length);
    hash.set(this.#hash);
    this.#start = start;
    this.#length = length;
    this.#hash = hash;
    this.#slots = new Int32Array(capacity * 2).fill(EMPTY);
    for (let id = 0; id < this.#size; id++) this.#place(id, hash[id] as number);
  }
}

/** Words of four bytes, multiplied and mixed; equality is checked on the bytes, so it only has to spread. */
export function hashBytes(view: DataView, start: number, length: number): number {
  let hash = 0x811c9dc5 ^ length;
  const end = start + length;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x01000193);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return hash ^ (hash >>> 13);
}
