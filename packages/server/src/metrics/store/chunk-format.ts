/**
 * The chunk codec: samples of one series, compressed into one slot of the slab, byte-aligned because shifting bits across
 * bytes costs more in JavaScript than it saves on this data.
 *
 * Payload: one byte of flags and decimal scale, the step as a varint, then tokens. Every value token stands for one sample
 * whose timestamp is the previous one plus the step. The first sample's timestamp is in the slot's header.
 *
 *   decimal chunk (value × 10^scale is an integer up to 2^50; residual = change, or change of the change)
 *     0zzzzzzz                     residual, zigzag, 7 bits         110zzzzz + 2   21 bits
 *     10zzzzzz + 1 byte            14 bits                          11100zzz + 3   27 bits
 *     0xE8 + 5 bytes               40 bits                          0xE9 + 7       56 bits
 *     0xEA + 8 bytes               the value's bits, prediction unchanged: NaN, infinities, -0, what is not decimal
 *     0xEC                         switch between change and change-of-change
 *     0xED + 1 byte                new scale, or (0xFF) go on as an XOR chunk
 *   XOR chunk
 *     00lllttt + 8-lll-ttt bytes   XOR with the previous bits, without leading and trailing zero bytes
 *   both
 *     0xF0 + n                     n + 1 samples whose residual (or XOR) is 0; the token grows in place
 *     0xEB + varint                change of the step, before a value token
 *
 * NaN bits, stale markers among them, survive because they only ever move through the 32-bit halves.
 */
export const LITERAL = 0xea;
export const STEP_CHANGE = 0xeb;
export const SWITCH_PREDICTION = 0xec;
export const NEW_SCALE = 0xed;
export const RUN = 0xf0;
export const RUN_FULL = 0xff;
export const SCALE_XOR = 0xff;

/** First payload byte: the scale, or this bit for an XOR chunk. */
export const PAYLOAD_XOR = 0x80;

/** More decimals than this are arithmetic's noise rather than somebody's rounding. */
export const SCALE_MAX = 9;
export const POWERS = Float64Array.from({ length: SCALE_MAX + 1 }, (_, scale) => 10 ** scale);

export const TWO_32 = 2 ** 32;
