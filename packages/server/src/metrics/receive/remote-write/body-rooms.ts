import { Buffer } from 'node:buffer';

/** Decompressed requests of usual size (5,000 to 10,000 samples) fit; larger ones get room of their own. */
const ROOM_BYTES_MAX = 4 * 1024 * 1024;
const ROOM_BYTES_MIN = 256 * 1024;
/** Senders that are usually at work at once. */
const ROOMS_MAX = 4;

/**
 * Room for decompressed bodies, used again: a remote-writer sends a megabyte a hundred times a second, and what the garbage
 * collector has not found yet counts as memory of the process. Nothing may point into a body once it is given back.
 */
export class BodyRooms {
  readonly #free: Buffer<ArrayBuffer>[] = [];

  /** The first `bytes` of a room; what they hold is left over. */
  take(bytes: number): Uint8Array {
    if (bytes > ROOM_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    const at = this.#free.findIndex((room) => room.length >= bytes);
    const room = at >= 0 ? this.#free.splice(at, 1)[0] : undefined;
    return (room ?? Buffer.allocUnsafeSlow(roomBytes(bytes))).subarray(0, bytes);
  }

  giveBack(body: Uint8Array): void {
    const { buffer } = body;
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > ROOM_BYTES_MAX) return;
    // The smallest goes: the next request is most likely as large as this one.
    this.#free.push(Buffer.from(buffer));
    this.#free.sort((a, b) => b.length - a.length);
    if (this.#free.length > ROOMS_MAX) this.#free.pop();
  }
}

function roomBytes(bytes: number): number {
  let room = ROOM_BYTES_MIN;
  while (room < bytes) room *= 2;
  return room;
}
