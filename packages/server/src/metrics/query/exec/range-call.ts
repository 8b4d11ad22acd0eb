import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import type { Span } from '../parse/ast.ts';
import type { Evaluator, RangeSource } from './evaluator.ts';
import type { WindowGrid } from './grid.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { mergeEqualRows } from './merge.ts';
import type { HistogramRow, VectorStream } from './stream.ts';
import { Windows } from './windows.ts';

/** One series and where its windows lie; see Windows for lo and hi. */
export interface RangeInput {
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  /** Native histograms among the samples; absent when there are none, and for kernels of floats. */
  readonly histogram?: readonly (NativeHistogram | undefined)[];
  /** Start times of counters, 0 where unknown; absent when none is known. */
  readonly startTimestampMs?: Float64Array;
  readonly length: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly windows: WindowGrid;
  /** Scalar arguments, one value per step each. */
  readonly args: readonly Float64Array[];
}

/** Computes all steps of one series; writes `present` everywhere, and `values` or `histograms` where present. */
export type RangeKernel = (
  input: RangeInput,
  values: Float64Array,
  present: Uint8Array,
  histograms: HistogramRow,
) => void;

export interface RangeCallOptions {
  readonly keepName: boolean;
  /** The kernel knows of native histograms; others get the floats alone, with a note where a window holds both. */
  readonly histograms?: boolean;
  /** Where notes point; the query as a whole without. */
  readonly span?: Span;
  /**
   * For kernels that look at every sample of every window: how many such looks one series may take. A row is computed in one go,
   * so this bounds how long the event loop waits; the number stands for about a second.
   */
  readonly looksMax?: number;
}

/** Fuses a range selector with a function: samples are read, windowed and reduced one series at a time. */
export function rangeCall(
  source: RangeSource,
  kernel: RangeKernel,
  args: readonly Float64Array[],
  options: RangeCallOptions,
  evaluator: Evaluator,
): VectorStream {
  const samples = new SampleBuffer();
  const windows = new Windows(source.windows);
  const notes = new HistogramNotes(evaluator.annotations, options.span ?? { start: 0, end: 0 });
  const nameMark = options.keepName ? source.nameMark : new Uint8Array(source.labels.length).fill(evaluator.dropMark);
  const stream: VectorStream = {
    labels: source.labels,
    nameMark,
    distinct: source.distinct,
    fill: (row, values, present, histograms) => {
      source.read(row, samples);
      if (samples.histogram && !options.histograms) {
        windows.place(samples);
        if (holdsBoth(samples, windows)) notes.ignoredInRange((source.labels[row] as Labels).metricName);
        keepFloats(samples);
      }
      if (samples.length === 0) {
        present.fill(0);
        return;
      }
      windows.place(samples);
      if (options.looksMax !== undefined) checkLooks(windows, options.looksMax);
      kernel(
        {
          timestampMs: samples.timestampMs,
          value: samples.value,
          ...(samples.histogram ? { histogram: samples.histogram } : {}),
          ...(samples.startTimestampMs ? { startTimestampMs: samples.startTimestampMs } : {}),
          length: samples.length,
          lo: windows.lo,
          hi: windows.hi,
          windows: source.windows,
          args,
        },
        values,
        present,
        histograms,
      );
    },
  };
  return options.keepName ? stream : mergeEqualRows(stream, source.windows.grid.steps);
}

function checkLooks({ lo, hi }: Windows, looksMax: number): void {
  let looks = 0;
  for (let k = 0; k < lo.length; k++) looks += (hi[k] as number) - (lo[k] as number);
  if (looks > looksMax) {
    throw new VedetteError(
      'QUERY_TOO_LARGE',
      `the windows of one series hold ${looks} samples together and this function takes at most ${looksMax}; choose a larger step, a shorter range, or a subquery with a larger step`,
      { details: { looks, looksMax } },
    );
  }
}

function holdsBoth({ histogram = [] }: SampleBuffer, { lo, hi }: Windows): boolean {
  const before = new Uint32Array(histogram.length + 1);
  for (const [i, sample] of histogram.entries()) before[i + 1] = (before[i] as number) + (sample ? 1 : 0);
  for (let k = 0; k < lo.length; k++) {
    const [from, to] = [lo[k] as number, hi[k] as number];
    const found = (before[to] as number) - (before[from] as number);
    if (found > 0 && found < to - from) return true;
  }
  return false;
}

/** Removes native histograms in place. */
function keepFloats(samples: SampleBuffer): void {
  const { histogram = [], value, timestampMs, startTimestampMs } = samples;
  let kept = 0;
  for (let i = 0; i < samples.length; i++) {
    if (histogram[i]) continue;
    value[kept] = value[i] as number;
    timestampMs[kept] = timestampMs[i] as number;
    if (startTimestampMs) startTimestampMs[kept] = startTimestampMs[i] as number;
    kept++;
  }
  samples.length = kept;
  samples.histogram = undefined;
}
