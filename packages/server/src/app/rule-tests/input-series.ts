import { MemorySelector } from '../../metrics/query/index.ts';
import { type SeriesLine, loadedBatch, parseSeriesLine } from '../../metrics/query/promqltest/index.ts';
import type { Labels } from '../../model/labels.ts';
import type { SampleBatch } from '../../model/sample.ts';
import type { TestGroup } from './test-file.ts';

/** Samples of one test group, repetitions written out; each takes some 16 bytes. */
export const INPUT_SAMPLES_MAX = 10_000_000;

/** The series of a test group; throws a plain Error that names the series which cannot be read. */
export function readInputSeries(group: TestGroup): InputSeries {
  let written = 0;
  const lines = group.input_series.map(({ series, values }): SeriesLine => {
    for (const [, times] of values.matchAll(/x(\d+)/g)) written += Number(times);
    if (written > INPUT_SAMPLES_MAX)
      throw new Error(`input_series: more than ${INPUT_SAMPLES_MAX} samples; make the series shorter`);
    try {
      return parseSeriesLine(`${series} ${values}`);
    } catch (error) {
      throw new Error(
        `input_series ${JSON.stringify(series)}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  });
  return new InputSeries(loadedBatch(lines, group.interval, false), group.start_timestamp);
}

/**
 * Samples that come in as time passes, as they would from a scrape: a rule does not see what lies behind its evaluation, whatever
 * its modifiers ask for.
 */
export class InputSeries {
  readonly #batch: SampleBatch;
  readonly #startMs: number;
  /** Rows in order of time; those of histograms count on after those of floats. */
  readonly #order: readonly number[];
  #next = 0;

  constructor(batch: SampleBatch, startMs: number) {
    this.#batch = batch;
    this.#startMs = startMs;
    const count = batch.seriesIndex.length + (batch.histograms?.seriesIndex.length ?? 0);
    this.#order = Array.from({ length: count }, (_, row) => row).sort((a, b) => this.#timeOf(a) - this.#timeOf(b));
  }

  /** Puts what has come in by then into the store. */
  feed(store: MemorySelector, untilMs: number): void {
    const { seriesIndex, series, value, histograms } = this.#batch;
    for (; this.#next < this.#order.length; this.#next++) {
      const row = this.#order[this.#next] as number;
      const atMs = this.#timeOf(row) + this.#startMs;
      if (atMs > untilMs) return;
      if (row < seriesIndex.length) {
        store.add(series[seriesIndex[row] as number] as Labels, atMs, value[row] as number);
      } else if (histograms) {
        const histogram = histograms.value[row - seriesIndex.length];
        const labels = series[histograms.seriesIndex[row - seriesIndex.length] as number] as Labels;
        if (histogram) store.addHistogram(labels, atMs, histogram);
      }
    }
  }

  #timeOf(row: number): number {
    const { seriesIndex, timestampMs, histograms } = this.#batch;
    const own = row < seriesIndex.length ? timestampMs[row] : histograms?.timestampMs[row - seriesIndex.length];
    return own ?? 0;
  }
}
