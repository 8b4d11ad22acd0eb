import type { AggregateOperator } from '../parse/ast.ts';
import { ABSENT, FLOAT } from './stream.ts';

/**
 * Takes rows into cells [group × step]. `add` is called once per series with the offset of its group's first cell; `finish` leaves the
 * result in `values` where `count` is above zero. Only `count` and `group` see histograms.
 */
export interface Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  add(offset: number, values: Float64Array, present: Uint8Array, steps: number): void;
  finish(): void;
}

export function createAccumulator(operator: AggregateOperator, cells: number): Accumulator | undefined {
  switch (operator) {
    case 'sum':
      return new SumAccumulator(cells);
    case 'avg':
      return new AverageAccumulator(cells);
    case 'min':
      return new ExtremeAccumulator(cells, -1);
    case 'max':
      return new ExtremeAccumulator(cells, 1);
    case 'count':
    case 'group':
      return new CountAccumulator(cells, operator === 'group');
    case 'stddev':
    case 'stdvar':
      return new VarianceAccumulator(cells, operator === 'stddev');
    default:
      return undefined;
  }
}

/** Kahan–Neumaier summation, as Prometheus: 1e100 + 1 - 1e100 is 1. */
class SumAccumulator implements Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  readonly #compensation: Float64Array;

  constructor(cells: number) {
    this.values = new Float64Array(cells);
    this.count = new Float64Array(cells);
    this.#compensation = new Float64Array(cells);
  }

  add(offset: number, values: Float64Array, present: Uint8Array, steps: number): void {
    const sums = this.values;
    const { count } = this;
    const compensation = this.#compensation;
    for (let k = 0, cell = offset; k < steps; k++, cell++) {
      if (present[k] !== FLOAT) continue;
      const value = values[k] as number;
      const sum = sums[cell] as number;
      const next = sum + value;
      if (next === Infinity || next === -Infinity) compensation[cell] = 0;
      else if (Math.abs(sum) >= Math.abs(value))
        compensation[cell] = (compensation[cell] as number) + (sum - next + value);
      else compensation[cell] = (compensation[cell] as number) + (value - next + sum);
      sums[cell] = next;
      count[cell] = (count[cell] as number) + 1;
    }
  }

  finish(): void {
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + (this.#compensation[i] as number);
  }
}

/** The sum over the count; cells whose sum would overflow go on with an incremental mean. */
class AverageAccumulator implements Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  readonly #compensation: Float64Array;
  readonly #incremental: Uint8Array;

  constructor(cells: number) {
    this.values = new Float64Array(cells);
    this.count = new Float64Array(cells);
    this.#compensation = new Float64Array(cells);
    this.#incremental = new Uint8Array(cells);
  }

  add(offset: number, values: Float64Array, present: Uint8Array, steps: number): void {
    const sums = this.values;
    const { count } = this;
    const compensation = this.#compensation;
    for (let k = 0, cell = offset; k < steps; k++, cell++) {
      if (present[k] !== FLOAT) continue;
      const value = values[k] as number;
      const n = (count[cell] as number) + 1;
      count[cell] = n;
      const sum = sums[cell] as number;
      const next = sum + value;
      if (this.#incremental[cell] === 1 || (n > 1 && (next === Infinity || next === -Infinity))) {
        this.#addToMean(cell, value, n);
        continue;
      }
      if (next === Infinity || next === -Infinity) compensation[cell] = 0;
      else if (Math.abs(sum) >= Math.abs(value))
        compensation[cell] = (compensation[cell] as number) + (sum - next + value);
      else compensation[cell] = (compensation[cell] as number) + (value - next + sum);
      sums[cell] = next;
    }
  }

  #addToMean(cell: number, value: number, n: number): void {
    const compensation = this.#compensation;
    if (this.#incremental[cell] === 0) {
      this.#incremental[cell] = 1;
      this.values[cell] = (this.values[cell] as number) / (n - 1);
      compensation[cell] = (compensation[cell] as number) / (n - 1);
    }
    const weight = (n - 1) / n;
    const mean = weight * (this.values[cell] as number);
    const part = value / n;
    const next = mean + part;
    let lost = weight * (compensation[cell] as number);
    if (next === Infinity || next === -Infinity) lost = 0;
    else lost += Math.abs(mean) >= Math.abs(part) ? mean - next + part : part - next + mean;
    this.values[cell] = next;
    compensation[cell] = lost;
  }

  finish(): void {
    const { values, count } = this;
    for (let i = 0; i < values.length; i++) {
      const divisor = this.#incremental[i] === 1 ? 1 : (count[i] as number);
      values[i] = (values[i] as number) / divisor + (this.#compensation[i] as number) / divisor;
    }
  }
}

/** min (direction -1) and max (1); NaN loses against every number. */
class ExtremeAccumulator implements Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  readonly #direction: 1 | -1;

  constructor(cells: number, direction: 1 | -1) {
    this.values = new Float64Array(cells).fill(NaN);
    this.count = new Float64Array(cells);
    this.#direction = direction;
  }

  add(offset: number, values: Float64Array, present: Uint8Array, steps: number): void {
    const { count } = this;
    const best = this.values;
    const direction = this.#direction;
    for (let k = 0, cell = offset; k < steps; k++, cell++) {
      if (present[k] !== FLOAT) continue;
      const value = values[k] as number;
      const known = best[cell] as number;
      if ((direction === 1 ? value > known : value < known) || Number.isNaN(known)) best[cell] = value;
      count[cell] = 1;
    }
  }

  finish(): void {
    // The best value is already in place.
  }
}

class CountAccumulator implements Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  readonly #group: boolean;

  constructor(cells: number, group: boolean) {
    this.values = new Float64Array(cells);
    this.count = this.values;
    this.#group = group;
  }

  add(offset: number, _values: Float64Array, present: Uint8Array, steps: number): void {
    const { values } = this;
    // Histograms count as floats do.
    for (let k = 0, cell = offset; k < steps; k++, cell++)
      if (present[k] !== ABSENT) values[cell] = (values[cell] as number) + 1;
  }

  finish(): void {
    if (this.#group) for (let i = 0; i < this.values.length; i++) if (this.values[i] !== 0) this.values[i] = 1;
  }
}

/** Welford's running variance (population). */
class VarianceAccumulator implements Accumulator {
  readonly values: Float64Array;
  readonly count: Float64Array;
  readonly #mean: Float64Array;
  readonly #root: boolean;

  constructor(cells: number, root: boolean) {
    this.values = new Float64Array(cells);
    this.count = new Float64Array(cells);
    this.#mean = new Float64Array(cells);
    this.#root = root;
  }

  add(offset: number, values: Float64Array, present: Uint8Array, steps: number): void {
    const mean = this.#mean;
    for (let k = 0, cell = offset; k < steps; k++, cell++) {
      if (present[k] !== FLOAT) continue;
      const value = values[k] as number;
      const n = (this.count[cell] as number) + 1;
      this.count[cell] = n;
      const delta = value - (mean[cell] as number);
      mean[cell] = (mean[cell] as number) + delta / n;
      this.values[cell] = (this.values[cell] as number) + delta * (value - (mean[cell] as number));
    }
  }

  finish(): void {
    const { values } = this;
    for (let i = 0; i < values.length; i++) {
      const variance = (values[i] as number) / (this.count[i] as number);
      values[i] = this.#root ? Math.sqrt(variance) : variance;
    }
  }
}
