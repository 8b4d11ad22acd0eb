import type { ParameterSets } from './parameter-sets.ts';
import { KEY, PICTURE, PICTURE_START, type PayloadReader } from './payload.ts';

/** NAL units looked at in one aggregation packet. */
const UNITS_MAX = 64;

/** Payloads of RFC 6184: single NAL units, STAP-A, STAP-B, FU-A and FU-B. Parameter sets on the way are added to `sets`. */
export function createH264Payload(sets: ParameterSets): PayloadReader {
  const unit = (bytes: Uint8Array, from: number, to: number): number => {
    const header = bytes[from] as number;
    // forbidden_zero_bit: not a NAL unit.
    if (header > 127) return 0;
    const type = header & 31;
    if (type === 1 || type === 2 || type === 5) {
      // first_mb_in_slice is 0: its ue(v) is the bit 1.
      const start = to > from + 1 && (bytes[from + 1] as number) > 127 ? PICTURE_START : 0;
      return PICTURE | start | (type === 5 ? KEY : 0);
    }
    if (type === 7) sets.add('sps', bytes.subarray(from, to));
    else if (type === 8) sets.add('pps', bytes.subarray(from, to));
    return 0;
  };
  return {
    read(bytes, from, to) {
      if (to - from < 2) return 0;
      const header = bytes[from] as number;
      if (header > 127) return 0;
      const type = header & 31;
      if (type < 24) return unit(bytes, from, to);
      if (type === 24 || type === 25) {
        let flags = 0;
        // STAP-B has a decoding order number before its units.
        let at = from + (type === 24 ? 1 : 3);
        for (let i = 0; i < UNITS_MAX && at + 2 < to; i++) {
          const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
          if (size === 0 || at + 2 + size > to) break;
          flags |= unit(bytes, at + 2, at + 2 + size);
          at += 2 + size;
        }
        return flags;
      }
      if (type === 28 || type === 29) {
        const fragment = bytes[from + 1] as number;
        const inner = fragment & 31;
        if (inner !== 1 && inner !== 2 && inner !== 5) return 0;
        const slice = from + (type === 28 ? 2 : 4);
        const start = fragment > 127 && slice < to && (bytes[slice] as number) > 127 ? PICTURE_START : 0;
        return PICTURE | start | (inner === 5 ? KEY : 0);
      }
      return 0;
    },
  };
}
