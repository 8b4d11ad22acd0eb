import type { Clock } from '../../base/clock.ts';
import type { Row } from './row.ts';
import { Wakeup } from './wakeup.ts';

export interface ShardDeps {
  readonly clock: Clock;
  /** Sends the rows, again and again until they are stored or refused for good. False: not done; the shard ends, the rows stay undone. */
  readonly deliver: (rows: readonly Row[]) => Promise<boolean>;
}

export interface ShardOptions {
  readonly capacity: number;
  readonly rowsPerSend: number;
  readonly sendDeadlineMs: number;
}

/** A queue of rows and the one request at a time that they leave in: so the rows of a series keep their order. */
export class Shard {
  readonly #deps: ShardDeps;
  readonly #options: ShardOptions;
  #rows: Row[] = [];
  #oldestMs = 0;
  #flushing = false;
  #ended = false;
  readonly #work = new Wakeup();
  readonly #space = new Wakeup();
  readonly #done: Promise<void>;

  constructor(deps: ShardDeps, options: ShardOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#done = this.#run();
  }

  get full(): boolean {
    return this.#rows.length >= this.#options.capacity;
  }

  /** Resolves when rows have left. */
  space(): Promise<void> {
    return this.#space.wait();
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(row: Row): void {
    const { length } = this.#rows;
    if (length === 0) this.#oldestMs = this.#deps.clock.monotonicMs();
    this.#rows.push(row);
    if (length === 0 || length + 1 === this.#options.rowsPerSend) this.#work.wake();
  }

  /** Sends what there is without waiting for more, and ends. */
  async drain(): Promise<void> {
    this.#flushing = true;
    this.#work.wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { rowsPerSend, sendDeadlineMs } = this.#options;
    for (;;) {
      if (this.#rows.length === 0) {
        if (this.#flushing) break;
        await this.#work.wait();
        continue;
      }
      const leftMs = sendDeadlineMs - (this.#deps.clock.monotonicMs() - this.#oldestMs);
      if (this.#rows.length < rowsPerSend && !this.#flushing && leftMs > 0) {
        await this.#work.wait(this.#deps.clock, leftMs);
        continue;
      }
      const batch = this.#rows.slice(0, rowsPerSend);
      this.#rows = this.#rows.slice(rowsPerSend);
      this.#oldestMs = this.#deps.clock.monotonicMs();
      this.#space.wake();
      if (!(await this.#deps.deliver(batch))) break;
    }
    this.#ended = true;
    this.#space.wake();
  }
}
