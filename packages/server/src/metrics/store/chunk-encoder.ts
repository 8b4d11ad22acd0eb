import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import {
  LITERAL,
  NEW_SCALE,
  PAYLOAD_XOR,
  POWERS,
  RUN,
  RUN_FULL,
  SCALE_MAX,
  SCALE_XOR,
  STEP_CHANGE,
  SWITCH_PREDICTION,
  TWO_32,
} from './chunk-format.ts';
import {
  COUNT,
  FIRST,
  FLAGS,
  HEAD,
  LAST_CHANGE,
  LAST_MS,
  LAST_VALUE,
  LAST_VALUE_WORDS,
  LITERALS,
  POSITION,
  RECORD_BYTES,
  RECORD_DOUBLES,
  RECORD_WORDS,
  SCALE,
  SCORE,
  STEP_MS,
  WRITE_NUMBER,
  type SeriesHeads,
} from './series-heads.ts';
import type { SlotSlab } from './slot-slab.ts';
import { NO_SLOT, SLOT_BYTES, SLOT_HEADER_BYTES } from './slot-views.ts';

// Flags of a record.
const SECOND_ORDER = 1;
const XOR = 2;
const RUN_OPEN = 4;
/** Keeps the change of a change exact (below 2^53). */
export const DECIMAL_MAX = 2 ** 50;
/** The longest a fast-path token gets. */
const SHORT_TOKEN_BYTES = 4;
/** Step change (1 + 8), new scale (2), literal (9), prediction switch (1), rounded up. */
const APPEND_BYTES_MAX = 24;
/** After this many samples of a chunk the prediction is reconsidered once. */
const PREDICTION_TRIAL_SAMPLES = 16;
/** By so many samples the other prediction must have been better to be worth a token. */
const PREDICTION_MARGIN = 4;
/** Literals cost 9 bytes each; after this many, and when they are the majority, XOR is cheaper. */
const LITERALS_BEFORE_XOR = 3;

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/** Called when a series' newest chunk is full; the next one is linked behind it. */
export type OnSealed = (ref: number) => void;

/** Appends samples to the newest chunk of each series, opening chunks as needed. */
export class ChunkAppender {
  readonly #slab: SlotSlab;
  readonly #heads: SeriesHeads;
  readonly #onSealed: OnSealed;
  /** Monotonic time for the slab, set by the owner once per batch. */
  nowMs = 0;
  /** Number of the write that the next samples belong to, set by the owner once per batch. */
  writeNumber = 0;

  constructor(slab: SlotSlab, heads: SeriesHeads, onSealed: OnSealed) {
    this.#slab = slab;
    this.#heads = heads;
    this.#onSealed = onSealed;
  }

  /**
   * Appends one sample later than the series' last one. `bits` is the word view of `values`: values[row] lies in its words
   * 2·row and 2·row + 1.
   */
  append(ref: number, timestampMs: number, values: Float64Array, bits: Uint32Array, row: number): void {
    const heads = this.#heads;
    const doubles = heads.doubles;
    const words = heads.words;
    const bytes = heads.bytes;
    const d = ref * RECORD_DOUBLES;
    const w = ref * RECORD_WORDS;
    const b = ref * RECORD_BYTES;
    const position = words[w + POSITION] as number;
    const flags = bytes[b + FLAGS] as number;
    const head = words[w + HEAD] as number;
    if (
      head !== NO_SLOT &&
      (flags & XOR) === 0 &&
      position <= SLOT_BYTES - SHORT_TOKEN_BYTES &&
      timestampMs - (doubles[d + LAST_MS] as number) === doubles[d + STEP_MS]
    ) {
      const value = values[row] as number;
      const power = POWERS[bytes[b + SCALE] as number] as number;
      const scaled = Math.round(value * power);
      if (
        scaled / power === value &&
        scaled <= DECIMAL_MAX &&
        scaled >= -DECIMAL_MAX &&
        (scaled !== 0 || 1 / value > 0)
      ) {
        const change = scaled - (doubles[d + LAST_VALUE] as number);
        const second = change - (doubles[d + LAST_CHANGE] as number);
        const residual = (flags & SECOND_ORDER) === 0 ? change : second;
        const count = words[w + COUNT] as number;
        if (residual >= -0x4000000 && residual < 0x4000000 && count !== PREDICTION_TRIAL_SAMPLES) {
          const out = this.#slab.bytes(head);
          const at = this.#slab.offset(head) + position;
          if (residual === 0) {
            if ((flags & RUN_OPEN) !== 0 && (out[at - 1] as number) < RUN_FULL) {
              out[at - 1] = (out[at - 1] as number) + 1;
            } else {
              out[at] = RUN;
              words[w + POSITION] = position + 1;
              bytes[b + FLAGS] = flags | RUN_OPEN;
            }
          } else {
            const zigzag = (residual << 1) ^ (residual >> 31);
            if (zigzag < 0x80) {
              out[at] = zigzag;
              words[w + POSITION] = position + 1;
            } else if (zigzag < 0x4000) {
              out[at] = 0x80 | (zigzag >>> 8);
              out[at + 1] = zigzag;
              words[w + POSITION] = position + 2;
            } else if (zigzag < 0x200000) {
              out[at] = 0xc0 | (zigzag >>> 16);
              out[at + 1] = zigzag >>> 8;
              out[at + 2] = zigzag;
              words[w + POSITION] = position + 3;
            } else {
              out[at] = 0xe0 | (zigzag >>> 24);
              out[at + 1] = zigzag >>> 16;
              out[at + 2] = zigzag >>> 8;
              out[at + 3] = zigzag;
              words[w + POSITION] = position + 4;
            }
            bytes[b + FLAGS] = flags & ~RUN_OPEN;
            keepScore(bytes, b, change, second);
          }
          doubles[d + LAST_MS] = timestampMs;
          doubles[d + LAST_VALUE] = scaled;
          doubles[d + LAST_CHANGE] = change;
          doubles[d + WRITE_NUMBER] = this.writeNumber;
          words[w + COUNT] = count + 1;
          return;
        }
      }
    }
    this.#appendSlow(ref, timestampMs, bits[2 * row + LOW_WORD] as number, bits[2 * row + HIGH_WORD] as number);
  }

  /** Writes into the newest chunk's header what is only kept in the record while the chunk grows. */
  seal(ref: number): void {
    const { words, doubles } = this.#heads;
    const d = ref * RECORD_DOUBLES;
    const w = ref * RECORD_WORDS;
    const head = words[w + HEAD] as number;
    this.#slab.seal(
      head,
      doubles[d + LAST_MS] as number,
      words[w + COUNT] as number,
      doubles[d + WRITE_NUMBER] as number,
    );
  }

  /** Everything the fast path does not do, one sample at a time. */
  #appendSlow(ref: number, timestampMs: number, low: number, high: number): void {
    const { doubles, words, bytes } = this.#heads;
    const d = ref * RECORD_DOUBLES;
    const w = ref * RECORD_WORDS;
    const b = ref * RECORD_BYTES;
    scratchWords[LOW_WORD] = low;
    scratchWords[HIGH_WORD] = high;
    const value = scratch[0] as number;
    if (words[w + HEAD] === NO_SLOT || (words[w + POSITION] as number) > SLOT_BYTES - APPEND_BYTES_MAX) {
      this.#open(ref, timestampMs, value);
    }
    const slot = words[w + HEAD] as number;
    const out = this.#slab.bytes(slot);
    const base = this.#slab.offset(slot);
    let at = base + (words[w + POSITION] as number);
    let flags = (bytes[b + FLAGS] as number) & ~RUN_OPEN;
    const runWasOpen = ((bytes[b + FLAGS] as number) & RUN_OPEN) !== 0;
    const count = words[w + COUNT] as number;

    const step = timestampMs - (doubles[d + LAST_MS] as number);
    const regular = step === doubles[d + STEP_MS];
    if (!regular) {
      out[at++] = STEP_CHANGE;
      at = putVarint(out, at, zigzagOf(step - (doubles[d + STEP_MS] as number)));
      doubles[d + STEP_MS] = step;
    }

    let done = false;
    if ((flags & XOR) === 0) {
      if (count === PREDICTION_TRIAL_SAMPLES) {
        const score = ((bytes[b + SCORE] as number) << 24) >> 24;
        const better = (flags & SECOND_ORDER) === 0 ? score >= PREDICTION_MARGIN : score <= -PREDICTION_MARGIN;
        if (better) {
          out[at++] = SWITCH_PREDICTION;
          flags ^= SECOND_ORDER;
          doubles[d + LAST_CHANGE] = 0;
        }
      }
      const scale = decimalScale(value, bytes[b + SCALE] as number, doubles[d + LAST_VALUE] as number);
      if (scale >= 0) {
        const grown = scale - (bytes[b + SCALE] as number);
        if (grown > 0) {
          out[at++] = NEW_SCALE;
          out[at++] = scale;
          bytes[b + SCALE] = scale;
          doubles[d + LAST_VALUE] = (doubles[d + LAST_VALUE] as number) * (POWERS[grown] as number);
          doubles[d + LAST_CHANGE] = 0;
        }
        const scaled = Math.round(value * (POWERS[scale] as number));
        const change = scaled - (doubles[d + LAST_VALUE] as number);
        const second = change - (doubles[d + LAST_CHANGE] as number);
        const residual = (flags & SECOND_ORDER) === 0 ? change : second;
        if (
          residual === 0 &&
          runWasOpen &&
          at === base + (words[w + POSITION] as number) &&
          (out[at - 1] as number) < RUN_FULL
        ) {
          out[at - 1] = (out[at - 1] as number) + 1;
          flags |= RUN_OPEN;
        } else if (residual === 0) {
          out[at++] = RUN;
          flags |= RUN_OPEN;
        } else {
          at = putResidual(out, at, zigzagOf(residual));
        }
        doubles[d + LAST_VALUE] = scaled;
        doubles[d + LAST_CHANGE] = count === 0 ? 0 : change;
        if (count > 0) keepScore(bytes, b, change, second);
        // A chunk starts with plain changes; a series known to grow steadily goes on with changes of changes.
        if (count === 0 && (flags & SECOND_ORDER) !== 0) {
          out[at++] = SWITCH_PREDICTION;
          flags &= ~RUN_OPEN;
        }
        done = true;
      } else {
        const literals = Math.min(255, (bytes[b + LITERALS] as number) + 1);
        bytes[b + LITERALS] = literals;
        if (literals > LITERALS_BEFORE_XOR && literals * 2 > count) {
          out[at++] = NEW_SCALE;
          out[at++] = SCALE_XOR;
          flags = XOR;
          words[w + LAST_VALUE_WORDS + LOW_WORD] = 0;
          words[w + LAST_VALUE_WORDS + HIGH_WORD] = 0;
        } else {
          out[at++] = LITERAL;
          at = putWord(out, at, low);
          at = putWord(out, at, high);
          if (count === 0 && (flags & SECOND_ORDER) !== 0) out[at++] = SWITCH_PREDICTION;
          done = true;
        }
      }
    }
    if (!done) {
      const xorLow = (low ^ (words[w + LAST_VALUE_WORDS + LOW_WORD] as number)) >>> 0;
      const xorHigh = (high ^ (words[w + LAST_VALUE_WORDS + HIGH_WORD] as number)) >>> 0;
      words[w + LAST_VALUE_WORDS + LOW_WORD] = low;
      words[w + LAST_VALUE_WORDS + HIGH_WORD] = high;
      if (xorLow === 0 && xorHigh === 0) {
        if (runWasOpen && at === base + (words[w + POSITION] as number) && (out[at - 1] as number) < RUN_FULL) {
          out[at - 1] = (out[at - 1] as number) + 1;
        } else {
          out[at++] = RUN;
        }
        flags |= RUN_OPEN;
      } else {
        at = putXor(out, at, xorLow, xorHigh);
      }
    }
    bytes[b + FLAGS] = flags;
    doubles[d + LAST_MS] = timestampMs;
    doubles[d + WRITE_NUMBER] = this.writeNumber;
    words[w + POSITION] = at - base;
    words[w + COUNT] = count + 1;
  }

  /** Seals the newest chunk, if any, and opens the next for a first sample; carries over what was learnt. */
  #open(ref: number, timestampMs: number, value: number): void {
    const { doubles, words, bytes } = this.#heads;
    const d = ref * RECORD_DOUBLES;
    const w = ref * RECORD_WORDS;
    const b = ref * RECORD_BYTES;
    const previous = words[w + HEAD] as number;
    const slot = this.#slab.take(this.nowMs);
    if (previous === NO_SLOT) {
      words[w + FIRST] = slot;
      doubles[d + STEP_MS] = 0;
    } else {
      this.seal(ref);
      this.#slab.setNext(previous, slot);
    }
    const score = ((bytes[b + SCORE] as number) << 24) >> 24;
    const wasSecond = ((bytes[b + FLAGS] as number) & SECOND_ORDER) !== 0;
    const second = score === 0 ? wasSecond : score > 0;
    const scale = decimalScale(value, 0, 0);
    const xor = scale < 0 && ((bytes[b + FLAGS] as number) & XOR) !== 0;
    bytes[b + FLAGS] = xor ? XOR : second ? SECOND_ORDER : 0;
    bytes[b + SCALE] = xor || scale < 0 ? 0 : scale;
    bytes[b + SCORE] = 0;
    bytes[b + LITERALS] = 0;
    words[w + LAST_VALUE_WORDS] = 0;
    words[w + LAST_VALUE_WORDS + 1] = 0;
    doubles[d + LAST_CHANGE] = 0;
    words[w + HEAD] = slot;
    words[w + COUNT] = 0;
    this.#slab.setStart(slot, timestampMs);
    const out = this.#slab.bytes(slot);
    const base = this.#slab.offset(slot);
    let at = base + SLOT_HEADER_BYTES;
    out[at++] = xor ? PAYLOAD_XOR : (bytes[b + SCALE] as number);
    at = putVarint(out, at, doubles[d + STEP_MS] as number);
    doubles[d + LAST_MS] = timestampMs - (doubles[d + STEP_MS] as number);
    words[w + POSITION] = at - base;
    if (previous !== NO_SLOT) this.#onSealed(ref);
  }
}

/**
 * The smallest scale from `from` on at which the value is an integer, -1 when there is none; `last` (at scale `from`) must
 * stay exact when it is brought to that scale.
 */
export function decimalScale(value: number, from: number, last: number): number {
  if (Number.isNaN(value) || (value === 0 && 1 / value < 0)) return -1;
  for (let scale = from; scale <= SCALE_MAX; scale++) {
    const power = POWERS[scale] as number;
    const scaled = Math.round(value * power);
    if (scaled > DECIMAL_MAX || scaled < -DECIMAL_MAX) return -1;
    if (scaled / power === value) {
      return Math.abs(last) * (POWERS[scale - from] as number) <= DECIMAL_MAX ? scale : -1;
    }
  }
  return -1;
}

/** Above zero: changes of changes were the smaller residuals; a signed byte that saturates. */
function keepScore(bytes: Uint8Array, record: number, change: number, second: number): void {
  const first = change < 0 ? -change : change;
  const other = second < 0 ? -second : second;
  if (first === other) return;
  const score = ((bytes[record + SCORE] as number) << 24) >> 24;
  if (other < first) {
    if (score < 100) bytes[record + SCORE] = score + 1;
  } else if (score > -100) {
    bytes[record + SCORE] = score - 1;
  }
}

export function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

export function putResidual(out: Uint8Array, start: number, zigzag: number): number {
  let at = start;
  if (zigzag < 0x80) {
    out[at++] = zigzag;
  } else if (zigzag < 0x4000) {
    out[at++] = 0x80 | (zigzag >>> 8);
    out[at++] = zigzag;
  } else if (zigzag < 0x200000) {
    out[at++] = 0xc0 | (zigzag >>> 16);
    out[at++] = zigzag >>> 8;
    out[at++] = zigzag;
  } else if (zigzag < 0x8000000) {
    out[at++] = 0xe0 | (zigzag >>> 24);
    out[at++] = zigzag >>> 16;
    out[at++] = zigzag >>> 8;
    out[at++] = zigzag;
  } else {
    const high = Math.floor(zigzag / TWO_32);
    const long = zigzag >= 2 ** 40;
    out[at++] = long ? 0xe9 : 0xe8;
    at = putWord(out, at, zigzag % TWO_32);
    out[at++] = high;
    if (long) {
      out[at++] = high >>> 8;
      out[at++] = high >>> 16;
    }
  }
  return at;
}

export function putXor(out: Uint8Array, start: number, low: number, high: number): number {
  const leading = high !== 0 ? Math.clz32(high) >>> 3 : 4 + (Math.clz32(low) >>> 3);
  const trailing = low !== 0 ? (31 - Math.clz32(low & -low)) >>> 3 : 4 + ((31 - Math.clz32(high & -high)) >>> 3);
  let at = start;
  out[at++] = (leading << 3) | trailing;
  for (let byte = trailing; byte < 8 - leading; byte++) {
    out[at++] = byte < 4 ? low >>> (byte << 3) : high >>> ((byte - 4) << 3);
  }
  return at;
}

export function putWord(out: Uint8Array, at: number, word: number): number {
  out[at] = word;
  out[at + 1] = word >>> 8;
  out[at + 2] = word >>> 16;
  out[at + 3] = word >>> 24;
  return at + 4;
}

export function putVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[at++] = rest;
  return at;
}
