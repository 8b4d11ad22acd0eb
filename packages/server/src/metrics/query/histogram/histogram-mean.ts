import type { NativeHistogram } from '@vedette/wire/histogram';
import { HistogramSum, type INCOMPATIBLE_SCHEMAS } from './histogram-sum.ts';
import { divided } from './scale.ts';

/** A running mean: the sum over the count, and once the sum would leave the range of numbers an incremental mean. */
export class HistogramMean {
  readonly #sum: HistogramSum;
  #count = 1;
  #incremental = false;

  constructor(first: NativeHistogram) {
    this.#sum = new HistogramSum(first);
  }

  get boundsReconciled(): boolean {
    return this.#sum.boundsReconciled;
  }

  add(other: NativeHistogram): typeof INCOMPATIBLE_SCHEMAS | undefined {
    const n = this.#count + 1;
    if (!this.#incremental && this.#sum.wouldOverflow(other)) {
      this.#incremental = true;
      this.#sum.divide(this.#count);
    }
    this.#count = n;
    if (!this.#incremental) return this.#sum.add(other);
    this.#sum.multiply((n - 1) / n);
    return this.#sum.add(divided(other, n));
  }

  result(): NativeHistogram {
    if (!this.#incremental) this.#sum.divide(this.#count);
    return this.#sum.result();
  }
}
