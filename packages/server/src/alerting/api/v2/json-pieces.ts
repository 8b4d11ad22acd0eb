import { setImmediate as nextTurn } from 'node:timers/promises';

const FIRST_BYTES = 64 * 1024;
/** Characters after which the event loop gets a turn: about a millisecond of work. */
const TURN_CHARACTERS = 1024 * 1024;

/** A long JSON text, written into one buffer: kept as strings until its end, it would be copied by each collection of garbage. */
export class JsonPieces {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #sinceTurn = 0;

  add(text: string): void {
    // UTF-8 needs three bytes for a UTF-16 unit at most.
    const needed = this.#length + text.length * 3;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
    this.#sinceTurn += text.length;
  }

  /** True when it is time for `turn`. */
  get isTurnDue(): boolean {
    return this.#sinceTurn >= TURN_CHARACTERS;
  }

  async turn(): Promise<void> {
    this.#sinceTurn = 0;
    await nextTurn();
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
