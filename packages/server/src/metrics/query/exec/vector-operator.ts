import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import { type Labels, compareCodeUnits } from '../../../model/labels.ts';
import type { Binary, VectorMatching } from '../parse/ast.ts';
import { isComparison } from '../parse/type-check.ts';
import { type Arithmetic, arithmetic } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { groupLabels } from './fill.ts';
import { dropsName, joinedLabels } from './join-labels.ts';
import { matchKeys } from './match-key.ts';
import { mergeEqualRows } from './merge.ts';
import { withoutName } from './name-labels.ts';
import { seriesText } from './series-text.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { type SampleValue, sampleOperation } from './sample-operation.ts';
import {
  ABSENT,
  FLOAT,
  HISTOGRAM,
  type HistogramRow,
  type Matrix,
  NAME_HIDDEN,
  Row,
  type VectorStream,
  emptyStream,
  materialise,
  visibleLabels,
} from './stream.ts';

/** vector ∘ vector with arithmetic and comparison operators. */
export async function vectorOperator(
  expr: Binary,
  matching: VectorMatching,
  left: VectorStream,
  right: VectorStream,
  steps: number,
  evaluator: Evaluator,
): Promise<VectorStream> {
  const swapped = matching.cardinality === 'one-to-many';
  const many = swapped ? right : left;
  const one = swapped ? left : right;
  const join = new Join(expr, matching, many, one, swapped, steps, evaluator);
  return join.run();
}

/** One pair of rows that meet. */
interface Pair {
  readonly many: number;
  readonly one: number;
}

/** What a pair and its labels weigh against the samples a query may hold (16 bytes each). */
const PAIR_WEIGHT_SAMPLES = 4;

class Join {
  readonly #expr: Binary;
  readonly #matching: VectorMatching;
  readonly #many: VectorStream;
  readonly #one: VectorStream;
  readonly #swapped: boolean;
  readonly #steps: number;
  readonly #evaluator: Evaluator;
  /** None for the trimming operators, which have no meaning for two floats. */
  readonly #operation: Arithmetic | undefined;
  readonly #filters: boolean;
  readonly #notes: HistogramNotes;

  constructor(
    expr: Binary,
    matching: VectorMatching,
    many: VectorStream,
    one: VectorStream,
    swapped: boolean,
    steps: number,
    evaluator: Evaluator,
  ) {
    this.#expr = expr;
    this.#matching = matching;
    this.#many = many;
    this.#one = one;
    this.#swapped = swapped;
    this.#steps = steps;
    this.#evaluator = evaluator;
    this.#operation = expr.operator === '</' || expr.operator === '>/' ? undefined : arithmetic(expr.operator);
    this.#notes = new HistogramNotes(evaluator.annotations, expr.span);
    this.#filters = isComparison(expr.operator) && !expr.bool;
  }

  async run(): Promise<VectorStream> {
    const oneToOne = this.#matching.cardinality === 'one-to-one';
    const oneRows = group(matchKeys(this.#one, this.#matching));
    const manyRows = group(matchKeys(this.#many, this.#matching));
    const pairs: Pair[] = [];
    let simple = true;
    for (const [key, rows] of oneRows) {
      const partners = manyRows.get(key);
      if (rows.length > 1 || (oneToOne && partners !== undefined && partners.length > 1)) simple = false;
    }
    // Refused before anything is paired: a forgotten label would make pairs by the million.
    if (!simple) await this.#checkGroups(oneRows, manyRows);
    for (const [key, rows] of manyRows) {
      const ones = oneRows.get(key);
      if (ones) this.#evaluator.budget.take(rows.length * ones.length * PAIR_WEIGHT_SAMPLES);
      if (ones) for (const many of rows) for (const one of ones) pairs.push({ many, one });
    }
    // Filling the pairs in the order of the "many" side keeps the rows in their order.
    pairs.sort((a, b) => a.many - b.many || a.one - b.one);
    const one = simple && oneToOne ? this.#one : await materialise(this.#one, this.#steps, this.#evaluator.budget);
    const labels = pairs.map((pair) => joinedLabels(this.#many, pair.many, one, pair.one, this.#matching));
    if (!oneToOne) await this.#checkResults(pairs, labels, one);
    return this.#stream(pairs, labels, one, simple);
  }

  #stream(pairs: readonly Pair[], labels: readonly Labels[], one: VectorStream, simple: boolean): VectorStream {
    if (pairs.length === 0) return emptyStream();
    const steps = this.#steps;
    const many = this.#many;
    const drop = dropsName(this.#expr);
    const nameMark = new Uint8Array(pairs.length);
    for (const [i, pair] of pairs.entries())
      nameMark[i] = drop ? this.#evaluator.dropMark : (many.nameMark[pair.many] as number);
    const row = new Row(steps);
    const operation = this.#operation;
    const swapped = this.#swapped;
    const filters = this.#filters;
    const stream: VectorStream = {
      labels,
      nameMark,
      distinct: simple && this.#distinct(),
      fill: (index, values, present, histograms) => {
        const pair = pairs[index] as Pair;
        many.fill(pair.many, values, present, histograms);
        one.fill(pair.one, row.values, row.present, row.histograms);
        for (let k = 0; k < steps; k++) {
          if (present[k] === ABSENT) continue;
          if (row.present[k] === ABSENT) {
            present[k] = ABSENT;
            continue;
          }
          if (!operation || present[k] === HISTOGRAM || row.present[k] === HISTOGRAM) {
            this.#combine(values, present, histograms, row, k);
            continue;
          }
          const a = values[k] as number;
          const b = row.values[k] as number;
          const result = swapped ? operation(b, a) : operation(a, b);
          if (!filters) values[k] = result;
          else if (result === 0) present[k] = ABSENT;
          // The left side's value is the one kept.
          else if (swapped) values[k] = b;
        }
      },
    };
    return mergeEqualRows(stream, steps);
  }

  /** One step at which a histogram stands on either side; the "many" side is in the arguments, the other one in `row`. */
  #combine(values: Float64Array, present: Uint8Array, histograms: HistogramRow, row: Row, k: number): void {
    const many = present[k] === HISTOGRAM ? (histograms[k] as NativeHistogram) : (values[k] as number);
    const one = row.present[k] === HISTOGRAM ? (row.histograms[k] as NativeHistogram) : (row.values[k] as number);
    const [left, right] = this.#swapped ? [one, many] : [many, one];
    const made = sampleOperation(this.#expr.operator, left, right, this.#notes);
    const kept = typeof made !== 'boolean' ? made : this.#expr.bool ? Number(made) : made ? left : undefined;
    if (kept === undefined) {
      present[k] = ABSENT;
    } else if (typeof kept === 'number') {
      present[k] = FLOAT;
      values[k] = kept;
    } else {
      present[k] = HISTOGRAM;
      histograms[k] = kept;
    }
  }

  /** Whether no two result rows can have equal labels, metric name aside. */
  #distinct(): boolean {
    const { cardinality, include } = this.#matching;
    // One-to-one keeps what the key is made of, and keys are distinct.
    return cardinality === 'one-to-one' || (this.#many.distinct && include.length === 0);
  }

  /** Looks at groups with several rows on a side that allows one: an error only where two of them meet at a step. */
  async #checkGroups(
    oneRows: ReadonlyMap<string, readonly number[]>,
    manyRows: ReadonlyMap<string, readonly number[]>,
  ): Promise<void> {
    const steps = this.#steps;
    const budget = this.#evaluator.budget;
    const many = await materialise(this.#many, steps, budget);
    const one = await materialise(this.#one, steps, budget);
    for (const [key, rows] of oneRows) {
      if (rows.length > 1) this.#refuseDuplicates(one, rows, key);
      const partners = manyRows.get(key);
      if (this.#matching.cardinality === 'one-to-one' && partners && partners.length > 1) {
        this.#refuseMultiple(many, partners, one, rows);
      }
      if (budget.due()) await budget.turn();
    }
  }

  #refuseDuplicates(one: Matrix, rows: readonly number[], key: string): void {
    for (let k = 0; k < this.#steps; k++) {
      const present = rows.filter((row) => one.present[row * this.#steps + k] !== ABSENT);
      const [first, second] = present;
      if (first === undefined || second === undefined) continue;
      const side = this.#swapped ? 'left' : 'right';
      const group = seriesText(groupLabels(visibleLabels(one, first), this.#matching));
      const found = [first, second].map((row) => seriesText(visibleLabels(one, row))).sort(compareCodeUnits);
      throw new VedetteError(
        'PROMQL_EXECUTION',
        `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${found.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
        { details: { group: key } },
      );
    }
  }

  #refuseMultiple(many: Matrix, partners: readonly number[], one: Matrix, rows: readonly number[]): void {
    for (let k = 0; k < this.#steps; k++) {
      const oneRow = rows.find((row) => one.present[row * this.#steps + k] !== ABSENT);
      if (oneRow === undefined) continue;
      const matches = partners.filter((row) => this.#meet(many, row, one, oneRow, k));
      if (matches.length > 1) {
        throw new VedetteError(
          'PROMQL_EXECUTION',
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        );
      }
    }
  }

  /** In a many-to-one join the labels have to tell the results of one group apart. */
  async #checkResults(pairs: readonly Pair[], labels: readonly Labels[], one: VectorStream): Promise<void> {
    if (this.#distinct()) return;
    const keys = matchKeys(this.#many, this.#matching);
    // Names that will be dropped are still there to tell results apart.
    const drop = dropsName(this.#expr) && this.#evaluator.dropMark === NAME_HIDDEN;
    const named = (i: number): string => (drop ? withoutName(labels[i] as Labels) : (labels[i] as Labels)).key;
    const rivals = group(pairs.map((pair, i) => `${keys[pair.many]}\n${named(i)}`));
    if (rivals.size === pairs.length) return;
    const { budget } = this.#evaluator;
    const manyRows = await materialise(this.#many, this.#steps, budget);
    const oneRows = await materialise(one, this.#steps, budget);
    for (const same of rivals.values()) {
      if (same.length === 1) continue;
      for (let k = 0; k < this.#steps; k++) {
        const met = same.filter((i) => {
          const pair = pairs[i] as Pair;
          return this.#meet(manyRows, pair.many, oneRows, pair.one, k);
        });
        if (met.length < 2) continue;
        throw new VedetteError(
          'PROMQL_EXECUTION',
          'multiple matches for labels: grouping labels must ensure unique matches',
        );
      }
      if (budget.due()) await budget.turn();
    }
  }

  /** Whether both have a sample and the operator means something for the two. What a comparison filters away has met. */
  #meet(many: Matrix, manyRow: number, one: Matrix, oneRow: number, step: number): boolean {
    const manyCell = manyRow * this.#steps + step;
    const oneCell = oneRow * this.#steps + step;
    if (many.present[manyCell] === ABSENT || one.present[oneCell] === ABSENT) return false;
    const [a, b] = [sampleAt(many, manyCell), sampleAt(one, oneCell)];
    if (this.#operation && typeof a === 'number' && typeof b === 'number') return true;
    const [left, right] = this.#swapped ? [b, a] : [a, b];
    return sampleOperation(this.#expr.operator, left, right, this.#notes) !== undefined;
  }
}

function sampleAt(matrix: Matrix, cell: number): SampleValue {
  return matrix.present[cell] === HISTOGRAM
    ? (matrix.histograms[cell] as NativeHistogram)
    : (matrix.values[cell] as number);
}

function group(keys: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, key] of keys.entries()) {
    const known = rows.get(key);
    if (known) known.push(row);
    else rows.set(key, [row]);
  }
  return rows;
}
