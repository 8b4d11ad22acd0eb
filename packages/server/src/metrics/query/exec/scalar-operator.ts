import type { BinaryOperator } from '../parse/ast.ts';
import { isComparison } from '../parse/type-check.ts';
import { arithmetic } from './arithmetic.ts';
import type { Evaluator } from './evaluator.ts';
import { mergeEqualRows } from './merge.ts';
import type { VectorStream } from './stream.ts';

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
  operator: BinaryOperator,
  stream: VectorStream,
  scalar: Float64Array,
  options: { readonly scalarLeft: boolean; readonly bool: boolean },
  evaluator: Evaluator,
): VectorStream {
  const operation = arithmetic(operator);
  const steps = scalar.length;
  const { scalarLeft } = options;
  if (isComparison(operator) && !options.bool) {
    return {
      labels: stream.labels,
      nameMark: stream.nameMark,
      distinct: stream.distinct,
      fill: (row, values, present, histograms) => {
        stream.fill(row, values, present, histograms);
        for (let k = 0; k < steps; k++) {
          if (present[k] === 0) continue;
          const value = values[k] as number;
          const holds = scalarLeft ? operation(scalar[k] as number, value) : operation(value, scalar[k] as number);
          if (holds === 0) present[k] = 0;
        }
      },
    };
  }
  return mapValues(
    stream,
    steps,
    scalarLeft
      ? (value, k) => operation(scalar[k] as number, value)
      : (value, k) => operation(value, scalar[k] as number),
    evaluator,
  );
}

/** A function of each value alone; drops the metric name, as every such operation does. */
export function mapValues(
  stream: VectorStream,
  steps: number,
  map: (value: number, step: number) => number,
  evaluator: Evaluator,
): VectorStream {
  return mergeEqualRows(
    {
      labels: stream.labels,
      nameMark: new Uint8Array(stream.labels.length).fill(evaluator.dropMark),
      distinct: stream.distinct,
      fill: (row, values, present, histograms) => {
        stream.fill(row, values, present, histograms);
        for (let k = 0; k < steps; k++) if (present[k] === 1) values[k] = map(values[k] as number, k);
      },
    },
    steps,
  );
}
