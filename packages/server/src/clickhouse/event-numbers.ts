/** UInt32. */
const EVENT_NUMBERS = 2 ** 32;

/** Numbers for events that may have one time: rising, from a random one on, so that those of two processes differ. */
export class EventNumbers {
  #next: number;

  constructor(random: () => number) {
    this.#next = Math.floor(random() * EVENT_NUMBERS);
  }

  next(): number {
    this.#next = (this.#next + 1) % EVENT_NUMBERS;
    return this.#next;
  }
}
