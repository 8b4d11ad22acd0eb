/** A loop of JPEG pictures. */
export interface JpegClip {
  readonly name: string;
  readonly pictures: readonly Buffer[];
}

/** Splits a file of one JPEG after the other at their ends of image (FF D9, which entropy-coded data never holds). */
export function readJpegClip(name: string, stream: Buffer): JpegClip {
  const pictures: Buffer[] = [];
  let begin = 0;
  for (;;) {
    const end = stream.indexOf('ffd9', begin, 'hex');
    if (end < 0) break;
    pictures.push(stream.subarray(begin, end + 2));
    begin = end + 2;
  }
  if (pictures.length === 0) throw new Error(`${name}: no JPEG in it`);
  return { name, pictures };
}
