import type { ChainPlaces } from '../../model/ports.ts';

/**
 * Shared memory for one piece of work: a ring of blocks of rows. The asking thread says where each block's series lie, any thread
 * claims blocks and writes the rows, and the asking thread consumes them in order. A block's place in the ring holds one number,
 * block × 4 + its state, so that a claim is one compare-and-exchange and never hits a later block in the same place.
 */
export const ARENA_BYTES = 1 << 20;

export const FREE = 0;
/** By another thread than the one that asks. */
export const CLAIMED = 1;
export const DONE = 2;
/** Claimed by the asking thread, which computes its rows one by one when it comes to them. */
export const OWN = 3;
export const STATES = 4;

// Words of control.
/** Number of the work the arena serves; those who have an older number leave. */
export const WORK = 0;
/** Threads that are reading or writing the arena; it serves nothing else until they left. */
export const INSIDE = 1;
/** Blocks below this one are described. */
export const DESCRIBED = 2;
/** The block that is consumed now. */
export const CONSUMED = 3;
/** Rows that other threads have computed. */
export const ELSEWHERE = 4;
const CONTROL_WORDS = 5;

/** No samples are known for this row: the asking thread has to compute it. */
export const NOT_HERE = -1;

const ROWS_PER_BLOCK_MAX = 16;
const RING_MIN = 4;
const RING_MAX = 64;
/** Samples a thread reads at most, about, before it looks around again. */
const SAMPLES_PER_BLOCK = 20_000;

export interface Shape {
  readonly rows: number;
  readonly steps: number;
  readonly blockRows: number;
  /** Blocks at once. */
  readonly ring: number;
}

/** How rows of so many steps and samples are cut; undefined when too few of them fit. */
export function shapeOf(rows: number, steps: number, samplesPerRow: number): Shape | undefined {
  const rowBytes = steps * 9 + 24 + 8;
  const blockRows = Math.max(
    1,
    Math.min(
      ROWS_PER_BLOCK_MAX,
      Math.floor(SAMPLES_PER_BLOCK / Math.max(1, samplesPerRow)),
      Math.floor(ARENA_BYTES / 8 / rowBytes),
    ),
  );
  const ring = Math.min(RING_MAX, Math.floor((ARENA_BYTES - 4_096) / (blockRows * rowBytes + 4)));
  return ring < RING_MIN ? undefined : { rows, steps, blockRows, ring };
}

/** The columns of an arena for work of some shape; row r of block b lies at (b % ring) × blockRows + r. */
export class ArenaViews implements ChainPlaces {
  readonly shape: Shape;
  readonly control: Int32Array;
  /** By place in the ring. */
  readonly state: Int32Array;
  readonly first: Uint32Array;
  readonly head: Uint32Array;
  readonly headCount: Uint32Array;
  readonly fromMs: Float64Array;
  /** How many samples a row was made of, or NOT_HERE; before a block is done, NOT_HERE says that the row is not to be computed. */
  readonly samples: Int32Array;
  /** Rows of `steps`. */
  readonly values: Float64Array;
  readonly present: Uint8Array;

  constructor(buffer: SharedArrayBuffer, shape: Shape) {
    this.shape = shape;
    const places = shape.ring * shape.blockRows;
    let at = 0;
    // Doubles first, so that everything lies on a multiple of its size.
    const take = (bytes: number): number => {
      const from = at;
      at += bytes;
      return from;
    };
    this.fromMs = new Float64Array(buffer, take(places * 8), places);
    this.values = new Float64Array(buffer, take(places * shape.steps * 8), places * shape.steps);
    this.first = new Uint32Array(buffer, take(places * 4), places);
    this.head = new Uint32Array(buffer, take(places * 4), places);
    this.headCount = new Uint32Array(buffer, take(places * 4), places);
    this.samples = new Int32Array(buffer, take(places * 4), places);
    this.state = new Int32Array(buffer, take(shape.ring * 4), shape.ring);
    this.present = new Uint8Array(buffer, take(places * shape.steps), places * shape.steps);
    // At the end, where it lies for every shape.
    this.control = controlOf(buffer);
  }

  get blocks(): number {
    return Math.ceil(this.shape.rows / this.shape.blockRows);
  }

  /** The first row's place of a block. */
  placeOf(block: number): number {
    return (block % this.shape.ring) * this.shape.blockRows;
  }

  rowsOf(block: number): number {
    return Math.min(this.shape.blockRows, this.shape.rows - block * this.shape.blockRows);
  }

  claim(block: number, as: number): boolean {
    const free = block * STATES + FREE;
    return Atomics.compareExchange(this.state, block % this.shape.ring, free, block * STATES + as) === free;
  }

  stateOf(block: number): number {
    const found = Atomics.load(this.state, block % this.shape.ring);
    return Math.floor(found / STATES) === block ? found % STATES : NOT_HERE;
  }

  setState(block: number, state: number): void {
    Atomics.store(this.state, block % this.shape.ring, block * STATES + state);
  }
}

export function controlOf(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, ARENA_BYTES - CONTROL_WORDS * 4, CONTROL_WORDS);
}
