import { NO_SLOT } from './slot-views.ts';

/**
 * What the hot window knows of each series: one record of 72 bytes in a shared buffer, so that an append touches one cache
 * line of it and half a million series cost 36 MB and no objects. The same bytes are seen as doubles, words and bytes.
 */
export const RECORD_DOUBLES = 9;
export const RECORD_WORDS = 18;
export const RECORD_BYTES = 72;

// Doubles.
export const LAST_MS = 0;
export const STEP_MS = 1;
/** Decimal chunks: the last value times 10^scale. XOR chunks: the last value's bits. */
export const LAST_VALUE = 2;
export const LAST_CHANGE = 3;
export const COVERED_FROM_MS = 4;
export const WRITE_NUMBER = 5;
// Words; 4 and 5 are the halves of LAST_VALUE.
export const LAST_VALUE_WORDS = 4;
export const HEAD = 12;
export const FIRST = 13;
export const COUNT = 14;
export const POSITION = 15;
// Bytes.
export const SCALE = 64;
export const FLAGS = 65;
export const SCORE = 66;
export const LITERALS = 67;
/** LOOSE_CHAIN: chunks before the coverage are valid too, see HotWindow; LOOSE_AND_DROPPED: and some of them have left. */
export const LOOSE = 68;
export const LOOSE_CHAIN = 1;
export const LOOSE_AND_DROPPED = 2;

/** Record 0 belongs to no series: chunks are rewritten in it. */
export const SCRATCH_REF = 0;

export class SeriesHeads {
  doubles = new Float64Array(0);
  words = new Uint32Array(0);
  bytes = new Uint8Array(0);

  constructor() {
    this.ensure(SCRATCH_REF);
    this.reset(SCRATCH_REF, 0);
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  /** Makes room for the record; the views are replaced when it grows. */
  ensure(ref: number): void {
    if ((ref + 1) * RECORD_BYTES <= this.bytes.length) return;
    const records = Math.max(256, Math.ceil((ref + 1) * 1.5));
    const buffer = new ArrayBuffer(records * RECORD_BYTES);
    const bytes = new Uint8Array(buffer);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** A series without samples in memory, which are complete from `coveredFromMs` on. */
  reset(ref: number, coveredFromMs: number): void {
    this.bytes.fill(0, ref * RECORD_BYTES, (ref + 1) * RECORD_BYTES);
    this.doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] = coveredFromMs;
    this.words[ref * RECORD_WORDS + HEAD] = NO_SLOT;
    this.words[ref * RECORD_WORDS + FIRST] = NO_SLOT;
  }
}
