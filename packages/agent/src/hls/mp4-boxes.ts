/** Boxes within one box that are looked at. */
const BOXES_MAX = 10_000;

export interface Mp4Box {
  readonly type: string;
  /** Of the box's first byte, header included, within the outermost buffer. */
  readonly offset: number;
  readonly body: Uint8Array;
  /** False where the bytes end before the box does. */
  readonly whole: boolean;
}

/** The boxes of `bytes` one after the other (ISO/IEC 14496-12 4.2). What is no box ends the list. */
export function* boxes(bytes: Uint8Array, base = 0): Generator<Mp4Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let count = 0; at + 8 <= bytes.length && count < BOXES_MAX; count++) {
    let size = view.getUint32(at);
    let header = 8;
    if (size === 1) {
      if (at + 16 > bytes.length) return;
      size = Number(view.getBigUint64(at + 8));
      header = 16;
    } else if (size === 0) size = bytes.length - at;
    if (size < header) return;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = Math.min(at + size, bytes.length);
    yield { type, offset: base + at, body: bytes.subarray(at + header, end), whole: at + size <= bytes.length };
    at += size;
  }
}

export function box(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let within: Uint8Array | undefined = bytes;
  for (const type of path) {
    let found: Uint8Array | undefined;
    for (const each of boxes(within)) {
      if (each.type === type) {
        found = each.body;
        break;
      }
    }
    if (found === undefined) return undefined;
    within = found;
  }
  return within;
}
