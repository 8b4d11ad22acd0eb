/** Encoded at once: a list of 100,000 alerts is 50 MB, of which no more than a chunk or two is in memory. */
const CHUNK_BYTES = 64 * 1024;
/** UTF-8 needs three bytes for a UTF-16 unit at most. */
const BYTES_PER_UNIT = 3;

/** A long JSON text, given in pieces, as chunks of about CHUNK_BYTES: more only by one piece, and fewer at the end. */
export function* jsonChunks(pieces: Iterable<string>): Generator<Uint8Array, undefined> {
  let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let length = 0;
  for (const piece of pieces) {
    const needed = length + piece.length * BYTES_PER_UNIT;
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(needed);
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length += buffer.write(piece, length, 'utf8');
    if (length < CHUNK_BYTES) continue;
    yield buffer.subarray(0, length);
    buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    length = 0;
  }
  if (length > 0) yield buffer.subarray(0, length);
  return undefined;
}
