/**
 * Memory for chunks: equal slots cut from large buffers, so that nothing is allocated or collected per chunk and the bytes
 * in use are known exactly. A freed slot keeps its content until it is used again, because a query may still be reading it;
 * `reusedFrees` tells such a reader whether its slots may have been overwritten (see `SlotSlab.pin`).
 */

/**
 * Small slots waste less in the last, half-full chunk of each series; large ones less on headers. At about 1.2 bytes a
 * sample, 256 bytes hold some 180 samples, a quarter of an hour of 5 s scrapes.
 */
export const SLOT_BYTES = 256;
export const SLOT_SHIFT = 8;

/** Header: startMs f64, endMs f64, writeNumber f64, next u32, count u32. */
export const SLOT_HEADER_BYTES = 32;
const HEADER_START = 0;
const HEADER_END = 1;
const HEADER_WRITE_NUMBER = 2;
const HEADER_NEXT = 6;
const HEADER_COUNT = 7;

/** 1 MiB buffers: large enough to be few, small enough that an idle installation stays small. */
const SLAB_SLOTS_SHIFT = 12;
const SLAB_SLOTS = 1 << SLAB_SLOTS_SHIFT;
const SLAB_MASK = SLAB_SLOTS - 1;

/** The slot number that means "none". */
export const NO_SLOT = 0;

/** How long a freed slot rests before it is used again while memory allows: longer than queries run by default. */
export const FREED_SLOT_REST_MS = 120_000;

export class SlotSlab {
  readonly #slotsMax: number;
  readonly #bytes: Uint8Array[] = [];
  readonly #floats: Float64Array[] = [];
  readonly #words: Uint32Array[] = [];
  /** Slots ever taken from the buffers; slot 0 is never used. */
  #taken = 1;
  #inUse = 0;
  // Freed slots, first in first out, in a ring that doubles when full.
  #freed = new Uint32Array(1024);
  #freedAtMs = new Float64Array(1024);
  #freedHead = 0;
  #freedCount = 0;
  #frees = 0;
  #reusedFrees = 0;

  /** `sizeBytes` is where resting freed slots are given up; live chunks may exceed it, which is the owner's business. */
  constructor(sizeBytes: number) {
    this.#slotsMax = Math.max(1, Math.floor(sizeBytes / SLOT_BYTES));
  }

  get slotsInUse(): number {
    return this.#inUse;
  }

  get bytesInUse(): number {
    return this.#inUse * SLOT_BYTES;
  }

  /** Bytes of the buffers themselves: in use, resting, or not yet used. */
  get bytesReserved(): number {
    return this.#bytes.length * SLAB_SLOTS * SLOT_BYTES;
  }

  /** A mark for a reader of live slots: content reached from here stays intact while `intact(mark)` is true. */
  pin(): number {
    return this.#frees;
  }

  intact(mark: number): boolean {
    return this.#reusedFrees <= mark;
  }

  /** A slot with an empty header; `nowMs` is monotonic. */
  take(nowMs: number): number {
    this.#inUse++;
    let slot: number;
    const rested = this.#freedCount > 0 && (this.#freedAtMs[this.#freedHead] as number) + FREED_SLOT_REST_MS <= nowMs;
    if (rested || (this.#freedCount > 0 && this.#taken >= this.#slotsMax)) {
      slot = this.#freed[this.#freedHead] as number;
      this.#freedHead = (this.#freedHead + 1) & (this.#freed.length - 1);
      this.#freedCount--;
      this.#reusedFrees++;
    } else {
      slot = this.#taken++;
      if (slot >>> SLAB_SLOTS_SHIFT >= this.#bytes.length) this.#grow();
    }
    const words = this.#words[slot >>> SLAB_SLOTS_SHIFT] as Uint32Array;
    const at = (slot & SLAB_MASK) << 6;
    words[at + HEADER_NEXT] = NO_SLOT;
    words[at + HEADER_COUNT] = 0;
    return slot;
  }

  free(slot: number, nowMs: number): void {
    if (this.#freedCount === this.#freed.length) this.#growFreed();
    const at = (this.#freedHead + this.#freedCount) & (this.#freed.length - 1);
    this.#freed[at] = slot;
    this.#freedAtMs[at] = nowMs;
    this.#freedCount++;
    this.#frees++;
    this.#inUse--;
  }

  /** The buffer that holds a slot; its bytes start at `offset(slot)`. */
  bytes(slot: number): Uint8Array {
    return this.#bytes[slot >>> SLAB_SLOTS_SHIFT] as Uint8Array;
  }

  offset(slot: number): number {
    return (slot & SLAB_MASK) << SLOT_SHIFT;
  }

  startMs(slot: number): number {
    return this.#float(slot, HEADER_START);
  }

  endMs(slot: number): number {
    return this.#float(slot, HEADER_END);
  }

  /** The number of the newest write that put a sample into the slot. */
  writeNumber(slot: number): number {
    return this.#float(slot, HEADER_WRITE_NUMBER);
  }

  next(slot: number): number {
    return this.#word(slot, HEADER_NEXT);
  }

  count(slot: number): number {
    return this.#word(slot, HEADER_COUNT);
  }

  setStart(slot: number, startMs: number): void {
    (this.#floats[slot >>> SLAB_SLOTS_SHIFT] as Float64Array)[((slot & SLAB_MASK) << 5) + HEADER_START] = startMs;
  }

  /** What is only known once nothing more is appended to the slot. */
  seal(slot: number, endMs: number, count: number, writeNumber: number): void {
    const floats = this.#floats[slot >>> SLAB_SLOTS_SHIFT] as Float64Array;
    const at = (slot & SLAB_MASK) << 5;
    floats[at + HEADER_END] = endMs;
    floats[at + HEADER_WRITE_NUMBER] = writeNumber;
    (this.#words[slot >>> SLAB_SLOTS_SHIFT] as Uint32Array)[((slot & SLAB_MASK) << 6) + HEADER_COUNT] = count;
  }

  setNext(slot: number, next: number): void {
    (this.#words[slot >>> SLAB_SLOTS_SHIFT] as Uint32Array)[((slot & SLAB_MASK) << 6) + HEADER_NEXT] = next;
  }

  #float(slot: number, field: number): number {
    return (this.#floats[slot >>> SLAB_SLOTS_SHIFT] as Float64Array)[((slot & SLAB_MASK) << 5) + field] as number;
  }

  #word(slot: number, field: number): number {
    return (this.#words[slot >>> SLAB_SLOTS_SHIFT] as Uint32Array)[((slot & SLAB_MASK) << 6) + field] as number;
  }

  #grow(): void {
    const buffer = new ArrayBuffer(SLAB_SLOTS * SLOT_BYTES);
    this.#bytes.push(new Uint8Array(buffer));
    this.#floats.push(new Float64Array(buffer));
    this.#words.push(new Uint32Array(buffer));
  }

  #growFreed(): void {
    const length = this.#freed.length;
    const freed = new Uint32Array(length * 2);
    const freedAtMs = new Float64Array(length * 2);
    for (let i = 0; i < length; i++) {
      freed[i] = this.#freed[(this.#freedHead + i) & (length - 1)] as number;
      freedAtMs[i] = this.#freedAtMs[(this.#freedHead + i) & (length - 1)] as number;
    }
    this.#freed = freed;
    this.#freedAtMs = freedAtMs;
    this.#freedHead = 0;
  }
}
