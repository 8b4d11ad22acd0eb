import { SLOT_BYTES, SlotViews } from './slot-views.ts';

/** How long a freed slot rests before it is used again while memory allows: longer than queries run by default. */
export const FREED_SLOT_REST_MS = 120_000;

/**
 * Memory for chunks: equal slots cut from large buffers, so that nothing is allocated or collected per chunk and the bytes
 * in use are known exactly. A freed slot keeps its content until it is used again, because a query may still be reading it;
 * `reusedFrees` tells such a reader whether its slots may have been overwritten (see `SlotSlab.pin`).
 */
export class SlotSlab extends SlotViews {
  readonly #slotsMax: number;
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
    super();
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
    return this.sizeBytes;
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
      if (!this.has(slot)) this.grow();
    }
    this.reset(slot);
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
