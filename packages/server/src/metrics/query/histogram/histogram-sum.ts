import {
  type CounterResetHint,
  type NativeHistogram,
  CUSTOM_BUCKETS_SCHEMA,
  usesCustomBuckets,
} from '@vedette/wire/histogram';
import { type SparseBuckets, coarser, negativeBuckets, positiveBuckets, toSpans, upperBound } from './buckets.ts';

/** Answer of an addition of exponential and custom buckets, which have no common layout. */
export const INCOMPATIBLE_SCHEMAS = 'incompatible schemas';

/** A number that is summed with Kahan–Neumaier compensation. */
class Compensated {
  value: number;
  #lost = 0;

  constructor(value: number) {
    this.value = value;
  }

  add(x: number): void {
    const next = this.value + x;
    if (next === Infinity || next === -Infinity) this.#lost = 0;
    else this.#lost += Math.abs(this.value) >= Math.abs(x) ? this.value - next + x : x - next + this.value;
    this.value = next;
  }

  multiply(factor: number): void {
    this.value *= factor;
    this.#lost *= factor;
  }

  divide(divisor: number): void {
    this.value /= divisor;
    this.#lost /= divisor;
  }

  get total(): number {
    return this.value + this.#lost;
  }
}

type Side = Map<number, Compensated>;

/**
 * A running sum of histograms. Differing schemas are reduced to the coarser one, zero buckets widened until none cuts a populated bucket,
 * custom bounds reduced to those that all have.
 */
export class HistogramSum {
  #schema: number;
  #hint: CounterResetHint;
  #zeroThreshold: number;
  #customValues: Float64Array;
  readonly #zeroCount: Compensated;
  readonly #count: Compensated;
  readonly #sum: Compensated;
  #positive: Side;
  #negative: Side;
  /** A histogram that began anew met one that did not: its hints contradict each other. */
  hintsCollided = false;
  /** Custom bounds differed and were reduced. */
  boundsReconciled = false;

  constructor(first: NativeHistogram) {
    this.#schema = first.schema;
    this.#hint = first.counterResetHint;
    this.#zeroThreshold = first.zeroThreshold;
    this.#customValues = first.customValues;
    this.#zeroCount = new Compensated(first.zeroCount);
    this.#count = new Compensated(first.count);
    this.#sum = new Compensated(first.sum);
    this.#positive = sideOf(positiveBuckets(first));
    this.#negative = sideOf(negativeBuckets(first));
  }

  /** Adds (or, with sign -1, subtracts). Returns why it cannot, having changed nothing. */
  add(other: NativeHistogram, sign: 1 | -1 = 1): typeof INCOMPATIBLE_SCHEMAS | undefined {
    const custom = this.#schema === CUSTOM_BUCKETS_SCHEMA;
    if (custom !== usesCustomBuckets(other)) return INCOMPATIBLE_SCHEMAS;
    this.#joinHints(other.counterResetHint);
    if (custom) {
      this.#addCustom(other, sign);
    } else {
      this.#zeroCount.add(sign * this.#reconcileZero(other));
      this.#reduceTo(other.schema);
      this.#addSide(this.#positive, coarser(positiveBuckets(other), other.schema, this.#schema), sign);
      this.#addSide(this.#negative, coarser(negativeBuckets(other), other.schema, this.#schema), sign);
    }
    this.#count.add(sign * other.count);
    this.#sum.add(sign * other.sum);
    return undefined;
  }

  multiply(factor: number): void {
    for (const one of this.#parts()) one.multiply(factor);
  }

  divide(divisor: number): void {
    for (const one of this.#parts()) one.divide(divisor);
  }

  /** True when adding the other would leave the range of numbers. */
  wouldOverflow(other: NativeHistogram): boolean {
    const exceeds = (a: number, b: number): boolean => Math.abs(a + b) === Infinity;
    if (exceeds(this.#count.value, other.count) || exceeds(this.#sum.value, other.sum)) return true;
    if (exceeds(this.#zeroCount.value, other.zeroCount)) return true;
    // No bucket of counters exceeds the count; those of gauges may, and are near the end of the range then.
    for (const one of this.#parts()) if (Math.abs(one.value) > Number.MAX_VALUE / 4) return true;
    return false;
  }

  result(): NativeHistogram {
    const positive = toSpans(totals(this.#positive));
    const negative = toSpans(totals(this.#negative));
    return {
      schema: this.#schema,
      counterResetHint: this.#hint,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.total,
      count: this.#count.total,
      sum: this.#sum.total,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: this.#customValues,
    };
  }

  *#parts(): Generator<Compensated> {
    yield this.#zeroCount;
    yield this.#count;
    yield this.#sum;
    yield* this.#positive.values();
    yield* this.#negative.values();
  }

  #joinHints(other: CounterResetHint): void {
    const own = this.#hint;
    if (other === own || own === 'gauge') return;
    if (other === 'gauge') this.#hint = 'gauge';
    else if (own !== 'unknown' && other === 'unknown') this.#hint = 'unknown';
    else if (own !== 'unknown') {
      this.#hint = 'unknown';
      this.hintsCollided = true;
    }
  }

  #addSide(side: Side, { index, count }: SparseBuckets, sign: 1 | -1): void {
    for (let i = 0; i < index.length; i++) {
      const at = index[i] as number;
      // What lies inside the zero bucket was counted there.
      if (upperBound(at, this.#schema, this.#customValues) <= this.#zeroThreshold) continue;
      addTo(side, at, sign * (count[i] as number));
    }
  }

  #reduceTo(schema: number): void {
    if (schema >= this.#schema) return;
    this.#positive = sideOf(coarser(totals(this.#positive), this.#schema, schema));
    this.#negative = sideOf(coarser(totals(this.#negative), this.#schema, schema));
    this.#schema = schema;
  }

  /** Widens this zero bucket to what both need; returns the zero count that the other one then has. */
  #reconcileZero(other: NativeHistogram): number {
    let otherCount = other.zeroCount;
    let otherThreshold = other.zeroThreshold;
    const otherSides = [positiveBuckets(other), negativeBuckets(other)] as const;
    while (otherThreshold !== this.#zeroThreshold) {
      if (this.#zeroThreshold > otherThreshold) {
        const widened = widenZero(other.zeroCount, otherSides, other.schema, this.#zeroThreshold);
        otherCount = widened.count;
        otherThreshold = widened.threshold;
      }
      if (otherThreshold > this.#zeroThreshold) {
        const own = [totals(this.#positive), totals(this.#negative)] as const;
        const widened = widenZero(0, own, this.#schema, otherThreshold);
        this.#zeroCount.add(widened.count);
        this.#zeroThreshold = widened.threshold;
        for (const side of [this.#positive, this.#negative])
          for (const at of side.keys())
            if (upperBound(at, this.#schema, this.#customValues) <= widened.threshold) side.delete(at);
      }
    }
    return otherCount;
  }

  #addCustom(other: NativeHistogram, sign: 1 | -1): void {
    const own = this.#customValues;
    if (equalBounds(own, other.customValues)) {
      const { index, count } = positiveBuckets(other);
      for (let i = 0; i < index.length; i++) addTo(this.#positive, index[i] as number, sign * (count[i] as number));
      return;
    }
    this.boundsReconciled = true;
    const shared = own.filter((bound) => other.customValues.includes(bound));
    this.#customValues = shared;
    const joined: Side = new Map();
    const put = ({ index, count }: SparseBuckets, bounds: Float64Array, factor: 1 | -1): void => {
      for (let i = 0; i < index.length; i++)
        addTo(joined, indexIn(shared, bounds[index[i] as number] ?? Infinity), factor * (count[i] as number));
    };
    put(totals(this.#positive), own, 1);
    put(positiveBuckets(other), other.customValues, sign);
    this.#positive = joined;
  }
}

/** The sum and what there is to say about it, or why there is none. */
export interface Addition {
  readonly histogram: NativeHistogram;
  readonly hintsCollided: boolean;
  readonly boundsReconciled: boolean;
}

export function addHistograms(a: NativeHistogram, b: NativeHistogram): Addition | typeof INCOMPATIBLE_SCHEMAS {
  return combine(a, b, 1);
}

/** The hint is joined as in an addition; the `-` of PromQL makes it a gauge afterwards. */
export function subtractHistograms(a: NativeHistogram, b: NativeHistogram): Addition | typeof INCOMPATIBLE_SCHEMAS {
  return combine(a, b, -1);
}

function combine(a: NativeHistogram, b: NativeHistogram, sign: 1 | -1): Addition | typeof INCOMPATIBLE_SCHEMAS {
  const sum = new HistogramSum(a);
  const fault = sum.add(b, sign);
  if (fault) return fault;
  return { histogram: sum.result(), hintsCollided: sum.hintsCollided, boundsReconciled: sum.boundsReconciled };
}

/** Place of a bound in the reduced ones: the first that is not below it. */
export function indexIn(bounds: Float64Array, bound: number): number {
  let at = 0;
  while (at < bounds.length && (bounds[at] as number) < bound) at++;
  return at;
}

export function equalBounds(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/**
 * The zero bucket at a larger threshold: the buckets it swallows are counted, and a populated bucket that it would cut is swallowed whole,
 * which makes the threshold larger still.
 */
export function widenZero(
  zeroCount: number,
  [positive, negative]: readonly [SparseBuckets, SparseBuckets],
  schema: number,
  threshold: number,
): { readonly count: number; readonly threshold: number } {
  const none = new Float64Array();
  let wanted = threshold;
  for (;;) {
    let count = zeroCount;
    let cut = false;
    for (const { index, count: counts } of [positive, negative]) {
      for (let i = 0; i < index.length && !cut; i++) {
        const upper = upperBound(index[i] as number, schema, none);
        if (upperBound((index[i] as number) - 1, schema, none) >= wanted) break;
        const here = counts[i] as number;
        count += here;
        if (upper > wanted && here !== 0) {
          wanted = upper;
          cut = true;
        }
      }
    }
    if (!cut) return { count, threshold: wanted };
  }
}

function sideOf({ index, count }: SparseBuckets): Side {
  const side: Side = new Map();
  for (let i = 0; i < index.length; i++) side.set(index[i] as number, new Compensated(count[i] as number));
  return side;
}

function totals(side: Side): SparseBuckets {
  const index = [...side.keys()].sort((a, b) => a - b);
  return { index, count: index.map((at) => (side.get(at) as Compensated).total) };
}

function addTo(side: Side, index: number, count: number): void {
  const known = side.get(index);
  if (known) known.add(count);
  else side.set(index, new Compensated(count));
}
