import type { ParameterSets } from './parameter-sets.ts';
import { KEY, PICTURE, PICTURE_START, type PayloadReader } from './payload.ts';

const UNITS_MAX = 64;

/** Payloads of RFC 7798: single NAL units, aggregation packets (48) and fragmentation units (49). */
export function createH265Payload(sets: ParameterSets): PayloadReader {
  const unit = (bytes: Uint8Array, from: number, to: number): number => {
    const header = bytes[from] as number;
    if (header > 127) return 0;
    const type = header >> 1;
    // Slice segments; 10 to 15 and 22 to 31 are reserved.
    if (type <= 9 || (type >= 16 && type <= 21)) {
      // first_slice_segment_in_pic_flag.
      const start = to > from + 2 && (bytes[from + 2] as number) > 127 ? PICTURE_START : 0;
      return PICTURE | start | (type >= 16 ? KEY : 0);
    }
    if (type === 32) sets.add('vps', bytes.subarray(from, to));
    else if (type === 33) sets.add('sps', bytes.subarray(from, to));
    else if (type === 34) sets.add('pps', bytes.subarray(from, to));
    return 0;
  };
  return {
    read(bytes, from, to) {
      if (to - from < 3) return 0;
      const header = bytes[from] as number;
      if (header > 127) return 0;
      const type = header >> 1;
      if (type === 48) {
        let flags = 0;
        let at = from + 2;
        for (let i = 0; i < UNITS_MAX && at + 3 < to; i++) {
          const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
          if (size < 2 || at + 2 + size > to) break;
          flags |= unit(bytes, at + 2, at + 2 + size);
          at += 2 + size;
        }
        return flags;
      }
      if (type === 49) {
        const fragment = bytes[from + 2] as number;
        const inner = fragment & 63;
        if (inner > 21 || (inner > 9 && inner < 16)) return 0;
        const start = fragment > 127 && from + 3 < to && (bytes[from + 3] as number) > 127 ? PICTURE_START : 0;
        return PICTURE | start | (inner >= 16 ? KEY : 0);
      }
      return type < 48 ? unit(bytes, from, to) : 0;
    },
  };
}
