/** Bytes of a parameter set that are looked at; real ones have fewer than 200. */
const PAYLOAD_BYTES_MAX = 4_096;

/** The raw byte sequence payload of a NAL unit without its header: emulation prevention bytes (00 00 03) are taken out (H.264 7.3.1). */
export function rawPayload(nal: Uint8Array, headerBytes: number): Uint8Array {
  const end = Math.min(nal.length, headerBytes + PAYLOAD_BYTES_MAX);
  const out = new Uint8Array(Math.max(0, end - headerBytes));
  let length = 0;
  let zeros = 0;
  for (let i = headerBytes; i < end; i++) {
    const byte = nal[i] as number;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}
