/** Bytes that arrived and are not read yet: appended at one end, dropped at the other, copied seldom. */
export class ByteWindow {
  #buffer = Buffer.allocUnsafe(64 * 1_024);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    const length = this.length;
    if (this.#end + chunk.length > this.#buffer.length) {
      const needed = length + chunk.length;
      const target =
        needed > this.#buffer.length ? Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2)) : this.#buffer;
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#start = 0;
      this.#end = length;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Valid until the next append. */
  view(from: number, to: number): Buffer {
    return this.#buffer.subarray(this.#start + from, this.#start + Math.min(to, this.length));
  }

  at(offset: number): number {
    return offset < this.length ? (this.#buffer[this.#start + offset] ?? -1) : -1;
  }

  /** Offset of `needle` at or after `from`, or -1. */
  indexOf(needle: Uint8Array, from: number): number {
    const found = this.#buffer.subarray(this.#start, this.#end).indexOf(needle, from);
    return found;
  }

  drop(bytes: number): void {
    this.#start += Math.min(bytes, this.length);
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }
}
