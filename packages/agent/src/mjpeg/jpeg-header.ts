/** What the headers of a JPEG say (ITU-T T.81 Annex B). */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for colour. */
  readonly components: number;
  /** Where the frame header begins: before it stand times and comments that differ although the picture does not. */
  readonly frameOffset: number;
}

/** Segments before the frame header that are looked at. */
const SEGMENTS_MAX = 64;

/** undefined: no JPEG, or no frame header within its first segments. Bytes before the start marker are passed over, at most 16. */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const start = startOfImage(bytes);
  if (start < 0) return undefined;
  let at = start + 2;
  for (let segments = 0; segments < SEGMENTS_MAX; segments++) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === undefined) return undefined;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (isStartOfFrame(marker)) {
      const height = ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0);
      const width = ((bytes[at + 7] ?? 0) << 8) | (bytes[at + 8] ?? 0);
      if (width === 0 || length < 8 || at + 9 >= bytes.length) return undefined;
      return { width, height, components: bytes[at + 9] ?? 0, frameOffset: at };
    }
    // A scan or the end before any frame header.
    if (marker === 0xda || marker === 0xd9 || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}

function startOfImage(bytes: Uint8Array): number {
  for (let at = 0; at <= 16; at++) if (bytes[at] === 0xff && bytes[at + 1] === 0xd8) return at;
  return -1;
}

/** SOF0 to SOF15 without DHT, JPG and DAC. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
