/**
 * The bytes of all slots, in large equal buffers that threads share: those who query read here, and only the owner (SlotSlab) writes.
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
const BUFFER_SLOTS_SHIFT = 12;
const BUFFER_SLOTS = 1 << BUFFER_SLOTS_SHIFT;
const BUFFER_MASK = BUFFER_SLOTS - 1;
const BUFFER_BYTES = BUFFER_SLOTS * SLOT_BYTES;

/** More samples than a slot can hold: a byte stands for sixteen at most. */
export const SLOT_SAMPLES_MAX = (SLOT_BYTES - SLOT_HEADER_BYTES) * 16;

/** The slot number that means "none". */
export const NO_SLOT = 0;

export class SlotViews {
  readonly buffers: SharedArrayBuffer[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #floats: Float64Array[] = [];
  readonly #words: Uint32Array[] = [];

  get sizeBytes(): number {
    return this.buffers.length * BUFFER_BYTES;
  }

  /** Whether the slot lies in a buffer that is known here. */
  has(slot: number): boolean {
    return slot >>> BUFFER_SLOTS_SHIFT < this.buffers.length;
  }

  grow(): void {
    this.add(new SharedArrayBuffer(BUFFER_BYTES));
  }

  add(buffer: SharedArrayBuffer): void {
    this.buffers.push(buffer);
    this.#bytes.push(new Uint8Array(buffer));
    this.#floats.push(new Float64Array(buffer));
    this.#words.push(new Uint32Array(buffer));
  }

  /** Empties the header's links; the rest of the slot is what it was. */
  reset(slot: number): void {
    const words = this.#words[slot >>> BUFFER_SLOTS_SHIFT] as Uint32Array;
    const at = (slot & BUFFER_MASK) << 6;
    words[at + HEADER_NEXT] = NO_SLOT;
    words[at + HEADER_COUNT] = 0;
  }

  /** The buffer that holds a slot; its bytes start at `offset(slot)`. */
  bytes(slot: number): Uint8Array {
    return this.#bytes[slot >>> BUFFER_SLOTS_SHIFT] as Uint8Array;
  }

  offset(slot: number): number {
    return (slot & BUFFER_MASK) << SLOT_SHIFT;
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
    (this.#floats[slot >>> BUFFER_SLOTS_SHIFT] as Float64Array)[((slot & BUFFER_MASK) << 5) + HEADER_START] = startMs;
  }

  /** What is only known once nothing more is appended to the slot. */
  seal(slot: number, endMs: number, count: number, writeNumber: number): void {
    const floats = this.#floats[slot >>> BUFFER_SLOTS_SHIFT] as Float64Array;
    const at = (slot & BUFFER_MASK) << 5;
    floats[at + HEADER_END] = endMs;
    floats[at + HEADER_WRITE_NUMBER] = writeNumber;
    (this.#words[slot >>> BUFFER_SLOTS_SHIFT] as Uint32Array)[((slot & BUFFER_MASK) << 6) + HEADER_COUNT] = count;
  }

  setNext(slot: number, next: number): void {
    (this.#words[slot >>> BUFFER_SLOTS_SHIFT] as Uint32Array)[((slot & BUFFER_MASK) << 6) + HEADER_NEXT] = next;
  }

  #float(slot: number, field: number): number {
    return (this.#floats[slot >>> BUFFER_SLOTS_SHIFT] as Float64Array)[((slot & BUFFER_MASK) << 5) + field] as number;
  }

  #word(slot: number, field: number): number {
    return (this.#words[slot >>> BUFFER_SLOTS_SHIFT] as Uint32Array)[((slot & BUFFER_MASK) << 6) + field] as number;
  }
}
