/** Samples of a series that were deleted: those in [startMs, endMs] that lie in segments of the log up to `seq`. */
export interface Tombstone {
  readonly id: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly seq: number;
}

/** What is deleted and still in the tables. Empty nearly always: then reading costs one look. */
export class Tombstones {
  readonly #byId = new Map<number, Tombstone[]>();

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  add(tombstone: Tombstone): void {
    const own = this.#byId.get(tombstone.id);
    if (own === undefined) this.#byId.set(tombstone.id, [tombstone]);
    else if (!own.some((one) => isSame(one, tombstone))) own.push(tombstone);
  }

  delete(tombstone: Tombstone): void {
    const own = (this.#byId.get(tombstone.id) ?? []).filter((one) => !isSame(one, tombstone));
    if (own.length === 0) this.#byId.delete(tombstone.id);
    else this.#byId.set(tombstone.id, own);
  }

  /** Those of the series (default: of all) as they are now; undefined when there are none. */
  snapshot(ids: Iterable<number> = this.#byId.keys()): ReadonlyMap<number, readonly Tombstone[]> | undefined {
    if (this.isEmpty) return undefined;
    const found = new Map<number, readonly Tombstone[]>();
    for (const id of ids) {
      const own = this.#byId.get(id);
      if (own !== undefined) found.set(id, [...own]);
    }
    return found.size === 0 ? undefined : found;
  }

  *all(): IterableIterator<Tombstone> {
    for (const own of this.#byId.values()) yield* own;
  }
}

function isSame(a: Tombstone, b: Tombstone): boolean {
  return a.startMs === b.startMs && a.endMs === b.endMs && a.seq === b.seq;
}

/** By id; undefined: nothing is deleted. */
export type Erased = ReturnType<Tombstones['snapshot']>;

/** Whether a sample that lies in segment `seq` is deleted. */
export function isErased(tombstones: readonly Tombstone[], timestampMs: number, seq: number): boolean {
  for (const one of tombstones)
    if (seq <= one.seq && timestampMs >= one.startMs && timestampMs <= one.endMs) return true;
  return false;
}

/** Columns of samples, ascending, that can be made shorter. */
interface Samples {
  length: number;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
}

/** Takes the deleted ones among samples [from, length) of segment `seq` out. */
export function dropErased(tombstones: readonly Tombstone[], seq: number, samples: Samples, from = 0): void {
  const { timestampMs, value } = samples;
  let kept = from;
  for (let i = from; i < samples.length; i++) {
    if (isErased(tombstones, timestampMs[i] as number, seq)) continue;
    // Within the arrays, so that NaN payloads stay.
    if (kept !== i) {
      timestampMs.copyWithin(kept, i, i + 1);
      value.copyWithin(kept, i, i + 1);
    }
    kept++;
  }
  samples.length = kept;
}
