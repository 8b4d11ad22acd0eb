import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { Binary, VectorMatching } from '../parse/ast.ts';
import { isComparison } from '../parse/type-check.ts';
import { type Arithmetic, arithmetic } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { dropsName, joinedLabels } from './join-labels.ts';
import { matchKeys } from './match-key.ts';
import { mergeEqualRows } from './merge.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { type SampleValue, sampleOperation } from './sample-operation.ts';
import {
  ABSENT,
  FLOAT,
  HISTOGRAM,
  type HistogramRow,
  type Matrix,
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
    return this.#stream(pairs, one, simple);
  }

  #stream(pairs: readonly Pair[], one: VectorStream, simple: boolean): VectorStream {
    if (pairs.length === 0) return emptyStream();
    const steps = this.#steps;
    const many = this.#many;
    const drop = dropsName(this.#expr);
    const nameMark = new Uint8Array(pairs.length);
    const labels = pairs.map((pair, i) => {
      nameMark[i] = drop ? this.#evaluator.dropMark : (many.nameMark[pair.many] as number);
      return joinedLabels(many, pair.many, one, pair.one, this.#matching);
    });
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
    return mergeEqualRows(this.#named(stream), steps);
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

  /** Equal rows of a many-to-one join are a mistake in the query with its own message. */
  #named(stream: VectorStream): VectorStream {
    if (this.#matching.cardinality === 'one-to-one') return stream;
    const merged = mergeEqualRows(stream, this.#steps);
    return merged === stream
      ? stream
      : {
          ...merged,
          labels: merged.labels,
          nameMark: merged.nameMark,
          distinct: merged.distinct,
          fill: (row, values, present, histograms) => {
            try {
              merged.fill(row, values, present, histograms);
            } catch (error) {
              if (!(error instanceof VedetteError) || error.code !== 'PROMQL_EXECUTION') throw error;
              if (error.message !== 'vector cannot contain metrics with the same labelset') throw error;
              throw new VedetteError(
                'PROMQL_EXECUTION',
                'multiple matches for labels: grouping labels must ensure unique matches',
                {
                  cause: error,
                },
              );
            }
          },
        };
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
      const group = groupLabels(visibleLabels(one, first), this.#matching);
      throw new VedetteError(
        'PROMQL_EXECUTION',
        `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${visibleLabels(one, second)}, ${visibleLabels(one, first)}];many-to-many matching not allowed: matching labels must be unique on one side`,
        { details: { group: key } },
      );
    }
  }

  #refuseMultiple(many: Matrix, partners: readonly number[], one: Matrix, rows: readonly number[]): void {
    const steps = this.#steps;
    for (let k = 0; k < steps; k++) {
      const oneRow = rows.find((row) => one.present[row * steps + k] !== ABSENT);
      if (oneRow === undefined) continue;
      const b = sampleAt(one, oneRow * steps + k);
      const matches = partners.filter((row) => {
        if (many.present[row * steps + k] === ABSENT) return false;
        if (!this.#filters) return true;
        const a = sampleAt(many, row * steps + k);
        if (typeof a === 'number' && typeof b === 'number') return this.#operation?.(a, b) !== 0;
        return sampleOperation(this.#expr.operator, a, b, this.#notes) === true;
      });
      if (matches.length > 1) {
        throw new VedetteError(
          'PROMQL_EXECUTION',
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        );
      }
    }
  }
}

function sampleAt(matrix: Matrix, cell: number): SampleValue {
  return matrix.present[cell] === HISTOGRAM
    ? (matrix.histograms[cell] as NativeHistogram)
    : (matrix.values[cell] as number);
}

function groupLabels(labels: Labels, matching: VectorMatching): string {
  const kept = labels.filter((name) =>
    matching.on ? matching.labels.includes(name) : name !== METRIC_NAME && !matching.labels.includes(name),
  );
  return kept === Labels.EMPTY ? '{}' : kept.toString();
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
