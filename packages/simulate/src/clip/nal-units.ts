/** Network abstraction layer units of H.264 (ITU-T H.264, 7.3.1) and H.265 (ITU-T H.265, 7.3.1). */
export type VideoCodec = 'h264' | 'h265';

/** Splits an Annex B byte stream at its start codes; the units come without them. */
export function splitAnnexB(stream: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let begin = -1;
  for (let i = 0; i + 2 < stream.length; i++) {
    if (stream[i] !== 0 || stream[i + 1] !== 0 || stream[i + 2] !== 1) continue;
    if (begin >= 0) units.push(withoutTrailingZeros(stream.subarray(begin, i)));
    begin = i + 3;
    i += 2;
  }
  if (begin >= 0) units.push(withoutTrailingZeros(stream.subarray(begin)));
  return units.filter((unit) => unit.length > 0);
}

/** A four byte start code leaves its first zero at the end of the unit before. */
function withoutTrailingZeros(unit: Buffer): Buffer {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}

export function nalType(codec: VideoCodec, unit: Buffer): number {
  const first = unit[0] ?? 0;
  return codec === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
}

export type NalRole = 'vps' | 'sps' | 'pps' | 'key' | 'slice' | 'other';

/** What a unit is for; `key` is a slice of a picture at which decoding can begin (IDR, or an IRAP picture of H.265). */
export function nalRole(codec: VideoCodec, unit: Buffer): NalRole {
  const type = nalType(codec, unit);
  if (codec === 'h264') {
    if (type === 7) return 'sps';
    if (type === 8) return 'pps';
    if (type === 5) return 'key';
    return type === 1 ? 'slice' : 'other';
  }
  if (type === 32) return 'vps';
  if (type === 33) return 'sps';
  if (type === 34) return 'pps';
  if (type >= 16 && type <= 21) return 'key';
  return type <= 9 ? 'slice' : 'other';
}

/** Whether a slice is the first of its picture: `first_mb_in_slice` 0, or `first_slice_segment_in_pic_flag`. */
export function beginsPicture(codec: VideoCodec, unit: Buffer): boolean {
  const at = codec === 'h264' ? 1 : 2;
  return ((unit[at] ?? 0) & 0x80) !== 0;
}
