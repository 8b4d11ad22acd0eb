/**
 * Sorted sets of series refs. A set of one is the bare number, because labels with a value per series would otherwise cost an
 * object per series; larger sets are a growing typed array.
 */
export type Postings = number | RefSet;

export class RefSet {
  refs: Uint32Array;
  length: number;

  constructor(capacity = 4) {
    this.refs = new Uint32Array(capacity);
    this.length = 0;
  }

  static of(...refs: readonly number[]): RefSet {
    const set = new RefSet(refs.length + 2);
    for (const ref of refs) set.add(ref);
    return set;
  }

  /** The sorted refs; a view that the next change may invalidate. */
  view(): Uint32Array {
    return this.refs.subarray(0, this.length);
  }

  add(ref: number): void {
    let at = this.length;
    // New series have the highest ref, unless they took over a removed one's.
    if (at > 0 && (this.refs[at - 1] as number) >= ref) {
      at = lowerBound(this.refs, ref, 0, this.length);
      if (this.refs[at] === ref) return;
    }
    if (this.length === this.refs.length) {
      const refs = new Uint32Array(Math.ceil(this.length * 1.5) + 2);
      refs.set(this.refs);
      this.refs = refs;
    }
    this.refs.copyWithin(at + 1, at, this.length);
    this.refs[at] = ref;
    this.length++;
  }

  /** Without the refs that `removed` has. */
  removeAll(removed: ReadonlySet<number>): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      const ref = this.refs[i] as number;
      if (!removed.has(ref)) this.refs[kept++] = ref;
    }
    this.length = kept;
  }
}

export function postingsLength(postings: Postings): number {
  return typeof postings === 'number' ? 1 : postings.length;
}

export function postingsView(postings: Postings): Uint32Array {
  return typeof postings === 'number' ? Uint32Array.of(postings) : postings.view();
}

/** First position in [from, end) whose ref is not below `ref`. */
export function lowerBound(refs: Uint32Array, ref: number, from: number, end: number): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((refs[middle] as number) < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Binary search pays off when one list is this much longer than the other. */
const SEARCH_RATIO = 16;

/** Refs in both; a new array. */
export function intersect(a: Uint32Array, b: Uint32Array): Uint32Array {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const out = new Uint32Array(few.length);
  let length = 0;
  let at = 0;
  const search = few.length * SEARCH_RATIO < many.length;
  for (let i = 0; i < few.length && at < many.length; i++) {
    const ref = few[i] as number;
    if (search) at = lowerBound(many, ref, at, many.length);
    else while (at < many.length && (many[at] as number) < ref) at++;
    if (many[at] === ref) out[length++] = ref;
  }
  return out.subarray(0, length);
}

/** Refs of `a` that are not in `b`; a new array. */
export function subtract(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length);
  let length = 0;
  let at = 0;
  const search = a.length * SEARCH_RATIO < b.length;
  for (let i = 0; i < a.length; i++) {
    const ref = a[i] as number;
    if (search) at = lowerBound(b, ref, at, b.length);
    else while (at < b.length && (b[at] as number) < ref) at++;
    if (b[at] !== ref) out[length++] = ref;
  }
  return out.subarray(0, length);
}

/** Refs in any of the lists; a new array, or the only list itself. */
export function union(lists: readonly Uint32Array[]): Uint32Array {
  if (lists.length === 1) return lists[0] as Uint32Array;
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const all = new Uint32Array(total);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  // The native sort of a typed array beats a heap of iterators by far.
  all.sort();
  let length = 0;
  for (let i = 0; i < total; i++) if (i === 0 || all[i] !== all[i - 1]) all[length++] = all[i] as number;
  return all.subarray(0, length);
}
