import type { Span } from '../parse/ast.ts';
import { quote } from '../parse/literals.ts';
import type { Annotations } from './annotations.ts';

/** What was being done when two histograms met. */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/** Prometheus' notes about native histograms, in its words. */
export class HistogramNotes {
  readonly #annotations: Annotations;
  readonly #span: Span;

  constructor(annotations: Annotations, span: Span) {
    this.#annotations = annotations;
    this.#span = span;
  }

  mixedSeries(metric: string): void {
    this.#warn(`encountered a mix of histograms and floats for metric name ${quote(metric)}`);
  }

  mixedAggregation(): void {
    this.#warn('encountered a mix of histograms and floats for aggregation');
  }

  mixedSchemas(metric: string): void {
    this.#warn(
      `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(metric)}`,
    );
  }

  mixedClassicAndNative(metric: string): void {
    this.#warn(`vector contains a mix of classic and native histograms${forMetric(metric)}`);
  }

  notCounter(metric: string): void {
    this.#warn(`this native histogram metric is not a counter: ${quote(metric)}`);
  }

  notGauge(metric: string): void {
    this.#warn(`this native histogram metric is not a gauge: ${quote(metric)}`);
  }

  startTimeOverlap(metric: string): void {
    this.#warn(
      `sample has start time that overlaps with previous sample timestamp for metric${metric === '' ? '' : ` ${quote(metric)}`}`,
    );
  }

  hintsCollided(operation: HistogramOperation): void {
    this.#warn(`conflicting counter resets during histogram ${operation}`);
  }

  incompatibleLayout(operator: string): void {
    this.#warn(`incompatible bucket layout encountered for binary operator ${operator}`);
  }

  boundsReconciled(operation: HistogramOperation): void {
    this.#info(`mismatched custom buckets were reconciled during ${operation}`);
  }

  ignoredInRange(metric: string): void {
    this.#info(`ignored histograms in a range containing both floats and histograms for metric name ${quote(metric)}`);
  }

  ignoredInAggregation(aggregation: string): void {
    this.#info(`ignored histogram in ${aggregation} aggregation`);
  }

  incompatibleTypes(left: 'float' | 'histogram', operator: string, right: 'float' | 'histogram'): void {
    this.#info(
      `incompatible sample types encountered for binary operator ${quote(operator)}: ${left} ${operator} ${right}`,
    );
  }

  nanQuantile(note: 'nan-result' | 'nan-skew', metric: string): void {
    const effect = note === 'nan-result' ? 'result is NaN' : 'result is skewed higher';
    this.#info(`input to histogram_quantile has NaN observations, ${effect}${forMetric(metric)}`);
  }

  nanFraction(metric: string): void {
    this.#info(
      `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(metric)}`,
    );
  }

  #warn(message: string): void {
    this.#annotations.warn(message, this.#span);
  }

  #info(message: string): void {
    this.#annotations.info(message, this.#span);
  }
}

function forMetric(metric: string): string {
  return metric === '' ? '' : ` for metric name ${quote(metric)}`;
}
