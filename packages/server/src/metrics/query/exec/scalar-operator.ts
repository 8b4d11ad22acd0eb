import type { NativeHistogram } from '@vedette/wire/histogram';
import { scaled } from '../histogram/index.ts';
import type { Binary, BinaryOperator } from '../parse/ast.ts';
import { isComparison } from '../parse/type-check.ts';
import { arithmetic } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { mergeEqualRows } from './merge.ts';
import { sampleOperation } from './sample-operation.ts';
import { ABSENT, FLOAT, HISTOGRAM, type VectorStream } from './stream.ts';

/** scalar ∘ scalar, step by step. */
export function scalarOperator(operator: BinaryOperator, left: Float64Array, right: Float64Array): Float64Array {
  const operation = arithmetic(operator);
  const values = new Float64Array(left.length);
  for (let k = 0; k < values.length; k++) values[k] = operation(left[k] as number, right[k] as number);
  return values;
}

/**
 * vector ∘ scalar, or scalar ∘ vector when `scalarLeft`. A comparison without `bool` keeps the vector's value where it holds and drops
 * the sample elsewhere.
 */
export function vectorScalarOperator(
  expr: Binary,
  stream: VectorStream,
  scalar: Float64Array,
  options: { readonly scalarLeft: boolean },
  evaluator: Evaluator,
): VectorStream {
  const { operator } = expr;
  const steps = scalar.length;
  const { scalarLeft } = options;
  const notes = new HistogramNotes(evaluator.annotations, expr.span);
  const trims = operator === '</' || operator === '>/';
  const operation = trims ? undefined : arithmetic(operator);
  const filters = isComparison(operator) && !expr.bool;
  const keepsName = filters || trims;
  const result: VectorStream = {
    labels: stream.labels,
    nameMark: keepsName ? stream.nameMark : new Uint8Array(stream.labels.length).fill(evaluator.dropMark),
    distinct: stream.distinct,
    fill: (row, values, present, histograms) => {
      stream.fill(row, values, present, histograms);
      for (let k = 0; k < steps; k++) {
        if (present[k] === ABSENT) continue;
        const other = scalar[k] as number;
        if (present[k] === HISTOGRAM) {
          const histogram = histograms[k] as NativeHistogram;
          const made = scalarLeft
            ? sampleOperation(operator, other, histogram, notes)
            : sampleOperation(operator, histogram, other, notes);
          if (typeof made === 'object') histograms[k] = made;
          else present[k] = ABSENT;
          continue;
        }
        const value = values[k] as number;
        if (!operation) {
          notes.incompatibleTypes('float', operator, 'float');
          present[k] = ABSENT;
          continue;
        }
        const made = scalarLeft ? operation(other, value) : operation(value, other);
        if (!filters) values[k] = made;
        else if (made === 0) present[k] = ABSENT;
      }
    },
  };
  return keepsName ? result : mergeEqualRows(result, steps);
}

/**
 * A function of each value alone; drops the metric name, as every such operation does. Histograms are left out, or with `all` mapped like
 * floats, by a function that does not look at values.
 */
export function mapValues(
  stream: VectorStream,
  steps: number,
  map: (value: number, step: number) => number,
  evaluator: Evaluator,
  which: 'floats' | 'all' = 'floats',
): VectorStream {
  return mergeEqualRows(
    {
      labels: stream.labels,
      nameMark: new Uint8Array(stream.labels.length).fill(evaluator.dropMark),
      distinct: stream.distinct,
      fill: (row, values, present, histograms) => {
        stream.fill(row, values, present, histograms);
        for (let k = 0; k < steps; k++) {
          if (present[k] === HISTOGRAM) present[k] = which === 'all' ? FLOAT : ABSENT;
          if (present[k] === FLOAT) values[k] = map(values[k] as number, k);
        }
      },
    },
    steps,
  );
}

/** Unary minus. */
export function negated(stream: VectorStream, steps: number, evaluator: Evaluator): VectorStream {
  return mergeEqualRows(
    {
      labels: stream.labels,
      nameMark: new Uint8Array(stream.labels.length).fill(evaluator.dropMark),
      distinct: stream.distinct,
      fill: (row, values, present, histograms) => {
        stream.fill(row, values, present, histograms);
        for (let k = 0; k < steps; k++) {
          if (present[k] === FLOAT) values[k] = -(values[k] as number);
          else if (present[k] === HISTOGRAM) histograms[k] = scaled(histograms[k] as NativeHistogram, -1);
        }
      },
    },
    steps,
  );
}
