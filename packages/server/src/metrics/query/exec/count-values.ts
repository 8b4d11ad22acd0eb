import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import { type Aggregate, unwrap } from '../parse/ast.ts';
import { isValidUtf8, quote } from '../parse/literals.ts';
import { formatFloat } from '../format-float.ts';
import { formatHistogram } from '../histogram/index.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid } from './grid.ts';
import { groupRows } from './grouping.ts';
import { HISTOGRAM, KEEP_NAME, Matrix, Row, type VectorStream } from './stream.ts';

/** count_values("label", v): one result series per group and value; which ones exist is known only from the values. */
export async function countValues(expr: Aggregate, grid: Grid, evaluator: Evaluator): Promise<VectorStream> {
  const { steps } = grid;
  const { budget } = evaluator;
  const label = expr.param ? unwrap(expr.param) : undefined;
  const name = label?.kind === 'string' ? label.value : '';
  if (name === '' || !isValidUtf8(name))
    throw new VedetteError('PROMQL_EXECUTION', `invalid label name ${quote(name)}`);
  const stream = await evaluator.vector(expr.expr, grid);
  const grouping = groupRows(stream, expr);
  const counts = new Map<string, { readonly labels: Labels; readonly perStep: Float64Array }>();
  const row = new Row(steps);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    const group = grouping.labels[grouping.groupOf[i] as number] as Labels;
    for (let k = 0; k < steps; k++) {
      if (row.present[k] === 0) continue;
      const text =
        row.present[k] === HISTOGRAM
          ? formatHistogram(row.histograms[k] as NativeHistogram)
          : formatFloat(row.values[k] as number);
      const labels = group.with(name, text);
      let known = counts.get(labels.key);
      if (!known) {
        budget.take(steps);
        known = { labels, perStep: new Float64Array(steps) };
        counts.set(labels.key, known);
      }
      known.perStep[k] = (known.perStep[k] as number) + 1;
    }
    if (budget.due()) await budget.turn();
  }
  const found = [...counts.values()];
  const result = new Matrix(
    found.map(({ labels }) => labels),
    new Uint8Array(found.length).fill(KEEP_NAME),
    false,
    steps,
  );
  for (const [i, { perStep }] of found.entries()) {
    result.values.set(perStep, i * steps);
    for (let k = 0; k < steps; k++) result.present[i * steps + k] = perStep[k] === 0 ? 0 : 1;
  }
  return result;
}
