import type { Aggregate } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid } from './grid.ts';
import { groupRows } from './grouping.ts';
import { countParameter } from './parameter.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { ABSENT, HISTOGRAM, Matrix, Row, type VectorStream } from './stream.ts';

/**
 * topk and bottomk: per group and step a bounded heap whose root is the weakest kept sample, filled row by row; only rows that are kept
 * somewhere are held. An instant answer comes ordered, best first.
 */
export async function topRows(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const { budget } = evaluator;
  const wanted = await countParameter(expr, grid, evaluator);
  const stream = await evaluator.vector(expr.expr, grid);
  const grouping = groupRows(stream, expr);
  const most = wanted.reduce((largest, k) => Math.max(largest, k), 0);
  // Cells of a group are steps × capacity, one heap per step.
  const capacity = grouping.sizes.map((size) => Math.min(size, most));
  const offsets: number[] = [];
  let cells = 0;
  for (const size of capacity) {
    offsets.push(cells);
    cells += size * steps;
  }
  budget.take(cells);
  const heaps = new Heaps(cells, grouping.labels.length * steps, expr.operator === 'topk');
  const row = new Row(steps);
  const notes = new HistogramNotes(evaluator.annotations, expr.span);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    const group = grouping.groupOf[i] as number;
    const size = capacity[group] as number;
    for (let k = 0; k < steps; k++) {
      if (row.present[k] === ABSENT) continue;
      if (row.present[k] === HISTOGRAM) {
        notes.ignoredInAggregation(expr.operator);
        continue;
      }
      const limit = Math.min(size, wanted[k] as number);
      if (limit >= 1)
        heaps.offer(group * steps + k, (offsets[group] as number) + k * size, limit, i, row.values[k] as number);
    }
    if (budget.due()) await budget.turn();
  }
  return collect(stream, heaps, offsets, capacity, steps);
}

function collect(
  stream: VectorStream,
  heaps: Heaps,
  offsets: readonly number[],
  capacity: readonly number[],
  steps: number,
): VectorStream {
  const position = new Map<number, number>();
  for (const [group, offset] of offsets.entries()) {
    for (let k = 0; k < steps; k++) {
      const from = offset + k * (capacity[group] as number);
      for (const row of heaps.sorted(group * steps + k, from)) if (!position.has(row)) position.set(row, position.size);
    }
  }
  const rows = [...position.keys()];
  const result = new Matrix(
    rows.map((row) => stream.labels[row] as (typeof stream.labels)[number]),
    Uint8Array.from(rows, (row) => stream.nameMark[row] as number),
    stream.distinct,
    steps,
  );
  for (const [group, offset] of offsets.entries()) {
    for (let k = 0; k < steps; k++) {
      const from = offset + k * (capacity[group] as number);
      for (let i = 0; i < (heaps.sizes[group * steps + k] as number); i++) {
        const cell = (position.get(heaps.rows[from + i] as number) as number) * steps + k;
        result.values[cell] = heaps.values[from + i] as number;
        result.present[cell] = 1;
      }
    }
  }
  return result;
}

/** Many small binary heaps in two columns. */
class Heaps {
  readonly values: Float64Array;
  readonly rows: Int32Array;
  readonly sizes: Uint32Array;
  readonly #top: boolean;

  constructor(cells: number, heaps: number, top: boolean) {
    this.values = new Float64Array(cells);
    this.rows = new Int32Array(cells);
    this.sizes = new Uint32Array(heaps);
    this.#top = top;
  }

  /** True when a is weaker than b: NaN is weaker than every number, and of equals the later row. */
  #weaker(a: number, rowA: number, b: number, rowB: number): boolean {
    if (a === b) return rowA > rowB;
    if (Number.isNaN(a)) return !Number.isNaN(b) || rowA > rowB;
    if (Number.isNaN(b)) return false;
    return this.#top ? a < b : a > b;
  }

  offer(heap: number, from: number, limit: number, row: number, value: number): void {
    const { values, rows, sizes } = this;
    const size = sizes[heap] as number;
    if (size < limit) {
      sizes[heap] = size + 1;
      let child = size;
      while (child > 0) {
        const parent = (child - 1) >> 1;
        if (!this.#weaker(value, row, values[from + parent] as number, rows[from + parent] as number)) break;
        values[from + child] = values[from + parent] as number;
        rows[from + child] = rows[from + parent] as number;
        child = parent;
      }
      values[from + child] = value;
      rows[from + child] = row;
      return;
    }
    if (!this.#weaker(values[from] as number, rows[from] as number, value, row)) return;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        this.#weaker(
          values[from + right] as number,
          rows[from + right] as number,
          values[from + child] as number,
          rows[from + child] as number,
        )
      ) {
        child = right;
      }
      if (!this.#weaker(values[from + child] as number, rows[from + child] as number, value, row)) break;
      values[from + parent] = values[from + child] as number;
      rows[from + parent] = rows[from + child] as number;
      parent = child;
    }
    values[from + parent] = value;
    rows[from + parent] = row;
  }

  /** Rows of a heap, best first. */
  sorted(heap: number, from: number): number[] {
    const order = Array.from({ length: this.sizes[heap] as number }, (_, i) => from + i);
    order.sort((a, b) =>
      this.#weaker(this.values[a] as number, this.rows[a] as number, this.values[b] as number, this.rows[b] as number)
        ? 1
        : -1,
    );
    return order.map((cell) => this.rows[cell] as number);
  }
}
