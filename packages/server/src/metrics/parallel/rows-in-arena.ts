import type { RangeWork, RowsAhead } from '../query/exec/rows-ahead.ts';
import {
  ArenaViews,
  CLAIMED,
  CONSUMED,
  DESCRIBED,
  DONE,
  ELSEWHERE,
  FREE,
  NOT_HERE,
  OWN,
  STATES,
  type Shape,
  WORK,
} from './arena.ts';
import type { BlockComputer } from './block-computer.ts';

export interface ArenaOwner {
  /** Called when more blocks may be computed. */
  ring(): void;
  /** `rowsElsewhere` of its rows were computed by other threads. */
  release(arena: SharedArrayBuffer, rowsElsewhere: number): void;
}

/**
 * The asking thread's side of an arena: describes blocks ahead, takes finished rows, and lends a hand where the next rows are not
 * ready. It never waits.
 */
export class RowsInArena implements RowsAhead {
  readonly #arena: ArenaViews;
  readonly #buffer: SharedArrayBuffer;
  readonly #work: RangeWork;
  readonly #computer: BlockComputer;
  readonly #owner: ArenaOwner;
  #current = -1;
  #described = 0;
  /** The block whose rows the caller computes itself. */
  #own = -1;
  #open = true;

  /** The arena's control has the number of the work already. */
  constructor(buffer: SharedArrayBuffer, shape: Shape, work: RangeWork, computer: BlockComputer, owner: ArenaOwner) {
    this.#buffer = buffer;
    this.#arena = new ArenaViews(buffer, shape);
    this.#work = work;
    this.#computer = computer;
    this.#owner = owner;
    Atomics.store(this.#arena.control, CONSUMED, -1);
    Atomics.store(this.#arena.control, DESCRIBED, 0);
    this.#advance(0);
  }

  take(row: number, values: Float64Array, present: Uint8Array): number {
    if (!this.#open) return NOT_HERE;
    const arena = this.#arena;
    const { blockRows, steps } = arena.shape;
    const block = Math.floor(row / blockRows);
    if (block < this.#current) return NOT_HERE;
    if (block > this.#current) this.#advance(block);
    if (block === this.#own || !this.#finished(block)) return NOT_HERE;
    if (!this.#work.series.intact()) {
      this[Symbol.dispose]();
      return NOT_HERE;
    }
    const at = arena.placeOf(block) + (row - block * blockRows);
    const samples = arena.samples[at] as number;
    if (samples === NOT_HERE) return NOT_HERE;
    values.set(arena.values.subarray(at * steps, (at + 1) * steps));
    present.set(arena.present.subarray(at * steps, (at + 1) * steps));
    return samples;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    Atomics.store(this.#arena.control, WORK, 0);
    this.#owner.release(this.#buffer, Atomics.exchange(this.#arena.control, ELSEWHERE, 0));
  }

  /** Describes as many blocks as the ring has room for; those before `block` are consumed. */
  #advance(block: number): void {
    const arena = this.#arena;
    const { ring, blockRows } = arena.shape;
    this.#current = block;
    Atomics.store(arena.control, CONSUMED, block);
    const end = Math.min(arena.blocks, block + ring);
    // Whoever skips blocks does not need them described.
    if (this.#described < block) this.#described = block;
    for (; this.#described < end; this.#described++) {
      const next = this.#described;
      // Somebody is still busy with an old block in this place.
      if (Atomics.load(arena.state, next % ring) % STATES === CLAIMED) break;
      const place = arena.placeOf(next);
      const rows = arena.rowsOf(next);
      for (let i = 0; i < rows; i++) {
        const here = this.#work.series.locate(next * blockRows + i, arena, place + i);
        arena.samples[place + i] = here ? 0 : NOT_HERE;
      }
      arena.setState(next, FREE);
    }
    Atomics.store(arena.control, DESCRIBED, this.#described);
    this.#owner.ring();
  }

  /** Claims the block for the caller when nobody has it; while another thread has it, computes blocks further on. */
  #finished(block: number): boolean {
    const arena = this.#arena;
    for (;;) {
      const state = arena.stateOf(block);
      if (state === DONE) return true;
      if (state !== CLAIMED) {
        if (state === FREE && !arena.claim(block, OWN)) continue;
        this.#own = block;
        return false;
      }
      if (!this.#computeAnother(block + 1)) return arena.stateOf(block) === DONE;
    }
  }

  #computeAnother(from: number): boolean {
    const arena = this.#arena;
    for (let block = from; block < this.#described; block++) {
      if (arena.stateOf(block) !== FREE || !arena.claim(block, OWN)) continue;
      this.#computer.compute(arena, block);
      arena.setState(block, DONE);
      return true;
    }
    return false;
  }
}
