import { floatLabelText } from '@vedette/wire/exposition';
import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import type { Grid } from '../exec/grid.ts';
import { HistogramNotes } from '../exec/histogram-notes.ts';
import { mergeEqualRows } from '../exec/merge.ts';
import {
  ABSENT,
  FLOAT,
  HISTOGRAM,
  type HistogramRow,
  NAME_HIDDEN,
  Row,
  type VectorStream,
  visibleLabels,
} from '../exec/stream.ts';
import { histogramFraction as nativeFraction, histogramQuantile as nativeQuantile } from '../histogram/index.ts';
import { formatGeneral } from '../format-float.ts';
import type { Call, Expr } from '../parse/ast.ts';
import { quote } from '../parse/literals.ts';
import { type Buckets, type Repair, bucketFraction, bucketQuantile } from './buckets.ts';
import { type FunctionFamily, argument, stringArgument } from './argument.ts';

const BUCKET_LABEL = 'le';

/** The rows of one name and label set: classic buckets in order of their upper bounds, and rows that may hold native histograms. */
interface Histogram {
  readonly labels: Labels;
  readonly rows: number[];
  readonly bounds: number[];
  /** Every row of the set: floats in it that are no buckets are told. */
  readonly all: number[];
}

/** Gathers series into histograms by their labels, `le` aside; once per query, not per step. */
function histograms(stream: VectorStream): readonly Histogram[] {
  const found = new Map<string, Histogram>();
  for (let row = 0; row < stream.labels.length; row++) {
    const labels = visibleLabels(stream, row);
    const rest = labels.without(BUCKET_LABEL);
    const histogram = found.get(rest.key) ?? { labels: rest, rows: [], bounds: [], all: [] };
    found.set(rest.key, histogram);
    histogram.all.push(row);
    const bound = parseBound(labels.get(BUCKET_LABEL));
    if (bound === undefined) continue;
    let at = histogram.bounds.length;
    while (at > 0 && (histogram.bounds[at - 1] as number) > bound) at--;
    histogram.bounds.splice(at, 0, bound);
    histogram.rows.splice(at, 0, row);
  }
  return [...found.values()];
}

/** As in Prometheus, only delayed name removal leaves these functions a name to tell. */
function nameForNotes(labels: Labels, evaluator: Evaluator): string {
  return evaluator.dropMark === NAME_HIDDEN ? '' : labels.metricName;
}

function warnNoBucket(labels: Labels, expr: Expr, evaluator: Evaluator): void {
  const metricName = nameForNotes(labels, evaluator);
  const metric = metricName === '' ? '' : ` for metric name ${quote(metricName)}`;
  evaluator.annotations.warn(
    `bucket label "le" is missing or has a malformed value of ${quote(labels.get(BUCKET_LABEL))}${metric}`,
    expr.span,
  );
}

/** A float as Go's ParseFloat reads it. */
function parseBound(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** What a function makes of a histogram of either kind. */
interface Computation {
  buckets(buckets: Buckets, step: number, labels: Labels): number;
  native(histogram: NativeHistogram, step: number, labels: Labels): number;
}

/** Applies the computation to what is present at each step of each histogram; a step with both kinds gives nothing. */
function overHistograms(
  stream: VectorStream,
  expr: Expr,
  grid: Grid,
  evaluator: Evaluator,
  computation: Computation,
): VectorStream {
  const { steps } = grid;
  const groups = histograms(stream);
  const most = groups.reduce((size, group) => Math.max(size, group.rows.length), 0);
  const counts = Array.from({ length: most }, () => new Float64Array(steps));
  const presents = Array.from({ length: most }, () => new Uint8Array(steps));
  const buckets: Buckets = { bounds: new Float64Array(most), counts: new Float64Array(most), length: 0 };
  const scratch = new Row(steps);
  const notes = new HistogramNotes(evaluator.annotations, expr.span);
  return mergeEqualRows(
    {
      labels: groups.map(({ labels }) => labels),
      nameMark: new Uint8Array(groups.length).fill(evaluator.dropMark),
      distinct: stream.distinct,
      fill: (index, values, present) => {
        const group = groups[index] as Histogram;
        const natives: HistogramRow = [];
        for (const row of group.all) {
          const at = group.rows.indexOf(row);
          stream.fill(row, scratch.values, scratch.present, scratch.histograms);
          if (at >= 0) {
            (counts[at] as Float64Array).set(scratch.values);
            (presents[at] as Uint8Array).set(scratch.present);
          } else if (scratch.present.includes(FLOAT)) warnNoBucket(stream.labels[row] as Labels, expr, evaluator);
          for (let k = 0; k < steps; k++) if (scratch.present[k] === HISTOGRAM) natives[k] = scratch.histograms[k];
        }
        for (let k = 0; k < steps; k++) {
          buckets.length = 0;
          for (const [b, bound] of group.bounds.entries()) {
            if ((presents[b] as Uint8Array)[k] !== FLOAT) continue;
            const count = (counts[b] as Float64Array)[k] as number;
            const last = buckets.length - 1;
            // `0.1` and `0.10` are the same bucket.
            if (last >= 0 && buckets.bounds[last] === bound)
              buckets.counts[last] = (buckets.counts[last] as number) + count;
            else {
              buckets.bounds[buckets.length] = bound;
              buckets.counts[buckets.length] = count;
              buckets.length++;
            }
          }
          const native = natives[k];
          present[k] = ABSENT;
          if (buckets.length > 0 && native) notes.mixedClassicAndNative(nameForNotes(group.labels, evaluator));
          else if (buckets.length > 0) values[k] = computation.buckets(buckets, k, group.labels);
          else if (native) values[k] = computation.native(native, k, group.labels);
          if (buckets.length > 0 !== (native !== undefined)) present[k] = FLOAT;
        }
      },
    },
    steps,
  );
}

function warnQuantile(q: Float64Array, expr: Expr, evaluator: Evaluator): void {
  for (const value of q) {
    if (Number.isNaN(value) || value < 0 || value > 1) {
      evaluator.annotations.warn(`quantile value should be between 0 and 1, got ${formatGeneral(value)}`, expr.span);
    }
  }
}

/** Where a histogram had to be repaired. */
function noteRepair(expr: Expr, evaluator: Evaluator, metric: string, atMs: number, repair: Repair): void {
  const name = metric === '' ? '' : ` for metric name ${quote(metric)}`;
  const message = `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${name}`;
  evaluator.annotations.repaired(message, expr.span, atMs, repair);
}

async function quantiles(
  call: Call,
  expr: Expr,
  q: Float64Array,
  grid: Grid,
  evaluator: Evaluator,
): Promise<VectorStream> {
  const stream = await evaluator.vector(expr, grid);
  const notes = new HistogramNotes(evaluator.annotations, expr.span);
  return overHistograms(stream, expr, grid, evaluator, {
    buckets: (buckets, step, labels) => {
      const { value, repair } = bucketQuantile(q[step] as number, buckets);
      const atMs = grid.startMs + step * grid.stepMs;
      if (repair) noteRepair(expr, evaluator, nameForNotes(labels, evaluator), atMs, repair);
      return value;
    },
    native: (histogram, step, labels) => {
      const { value, note } = nativeQuantile(q[step] as number, histogram);
      if (note) notes.nanQuantile(note, nameForNotes(labels, evaluator));
      return value;
    },
  });
}

const histogramQuantile: FunctionEvaluation = async (call, grid, evaluator) => {
  const q = await evaluator.scalar(argument(call, 0), grid);
  warnQuantile(q, argument(call, 0), evaluator);
  return { type: 'vector', stream: await quantiles(call, argument(call, 1), q, grid, evaluator) };
};

const histogramFraction: FunctionEvaluation = async (call, grid, evaluator) => {
  const lower = await evaluator.scalar(argument(call, 0), grid);
  const upper = await evaluator.scalar(argument(call, 1), grid);
  const expr = argument(call, 2);
  const stream = await evaluator.vector(expr, grid);
  const notes = new HistogramNotes(evaluator.annotations, expr.span);
  return {
    type: 'vector',
    stream: overHistograms(stream, expr, grid, evaluator, {
      buckets: (buckets, step) => bucketFraction(lower[step] as number, upper[step] as number, buckets),
      native: (histogram, step, labels) => {
        const { value, nans } = nativeFraction(lower[step] as number, upper[step] as number, histogram);
        if (nans) notes.nanFraction(nameForNotes(labels, evaluator));
        return value;
      },
    }),
  };
};

/** Several quantiles at once, told apart by a label that holds the quantile, also where it differs from step to step. */
const histogramQuantiles: FunctionEvaluation = async (call, grid, evaluator) => {
  const expr = argument(call, 0);
  const label = stringArgument(call, 1);
  if (label === '') throw new VedetteError('PROMQL_EXECUTION', 'invalid label name ""');
  const parts: VectorStream[] = [];
  for (const [i, arg] of call.args.entries()) {
    if (i < 2) continue;
    const q = await evaluator.scalar(arg, grid);
    warnQuantile(q, arg, evaluator);
    const part = await quantiles(call, expr, q, grid, evaluator);
    const texts = new Set(Array.from(q, floatLabelText));
    evaluator.budget.take(part.labels.length * texts.size);
    for (const text of texts)
      parts.push({
        labels: part.labels.map((labels) => labels.with(label, text)),
        nameMark: part.nameMark,
        distinct: part.distinct,
        fill: (row, values, present, histograms) => {
          part.fill(row, values, present, histograms);
          for (let k = 0; k < grid.steps; k++) if (floatLabelText(q[k] as number) !== text) present[k] = ABSENT;
        },
      });
  }
  return { type: 'vector', stream: mergeEqualRows(concatenate(parts), grid.steps) };
};

function concatenate(parts: readonly VectorStream[]): VectorStream {
  const owner = parts.flatMap((part) => part.labels.map((_, row) => ({ part, row })));
  return {
    labels: parts.flatMap((part) => part.labels),
    nameMark: Uint8Array.from(parts.flatMap((part) => [...part.nameMark])),
    distinct: false,
    fill: (index, values, present, histograms) => {
      const at = owner[index];
      if (at) at.part.fill(at.row, values, present, histograms);
    },
  };
}

export const histogramFunctions: FunctionFamily = {
  histogram_quantile: histogramQuantile,
  histogram_fraction: histogramFraction,
  histogram_quantiles: histogramQuantiles,
};
