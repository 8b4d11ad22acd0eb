import type { VideoCodec } from './nal-units.ts';

/**
 * No two pictures of a real sensor are the same to the last bit, and none is free of noise; those of a clip that loops would be, and would
 * rightly be taken for a frozen picture. So every picture that a living sensor took carries a unit of user data that decoders pass over
 * (SEI, payload type 5: ITU-T H.264 D.2.7, H.265 D.3.7) of random content and length: sizes and hashes vary as with noise.
 */
const HEADERS = { h264: [0x06], h265: [0x4e, 0x01] } as const;
/** Tells whose data it is; random, as the standard wants it. */
const IDENTIFIER = Buffer.from('7b1de4c6a95f4d1f8e3c5a97d2b6f481', 'hex');
const PAYLOAD_TYPE = 5;
const DATA_MIN_BYTES = 32;
const DATA_MAX_BYTES = 120;
const TRAILING_BITS = 0x80;

/** One such unit; `random` gives numbers from 0 to 1. */
export function noiseUnit(codec: VideoCodec, random: () => number): Buffer {
  const header = HEADERS[codec];
  const length = DATA_MIN_BYTES + Math.floor(random() * (DATA_MAX_BYTES - DATA_MIN_BYTES + 1));
  const unit = Buffer.allocUnsafe(header.length + 2 + IDENTIFIER.length + length + 1);
  unit.set([...header, PAYLOAD_TYPE, IDENTIFIER.length + length]);
  let at = header.length + 2;
  at += IDENTIFIER.copy(unit, at);
  for (let i = 0; i < length; i++) {
    // Eight bytes of chance are enough; none is zero, so that no start code can be in it.
    unit[at++] = i < 8 ? 1 + Math.floor(random() * 255) : 0x55;
  }
  unit[at] = TRAILING_BITS;
  return unit;
}
