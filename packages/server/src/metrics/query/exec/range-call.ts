import type { NativeHistogram } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import type { Span } from '../parse/ast.ts';
import type { Evaluator, RangeSource } from './evaluator.ts';
import type { WindowGrid } from './grid.ts';
import { HistogramNotes } from './histogram-notes.ts';
import { mergeEqualRows } from './merge.ts';
import { notingNonCounters } from './non-counter.ts';
import { ABSENT, FLOAT, HISTOGRAM, NAME_HIDDEN, type HistogramRow, type VectorStream } from './stream.ts';
import { Windows } from './windows.ts';

/** One series and where its windows lie; see Windows for lo and hi. */
export interface RangeInput {
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  /** Start times of counters, 0 where unknown; undefined when none is known. */
  readonly startTimestampMs: Float64Array | undefined;
  readonly length: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  /** See Windows: equal numbers mean equal timestamps, lo and hi. */
  readonly placement: number;
  readonly windows: WindowGrid;
  /** Scalar arguments, one value per step each. */
  readonly args: readonly Float64Array[];
  readonly notes: HistogramNotes;
  /** For notes; empty when the row has none. */
  readonly metricName: string;
}

/** A series with native histograms: sample i is one where `histogram[i]` is set. */
export interface MixedInput extends RangeInput {
  readonly histogram: readonly (NativeHistogram | undefined)[];
}

/** What a window with at least one native histogram gives: samples from … to - 1, of which `floats` are floats. */
export type HistogramWindow = (
  input: MixedInput,
  from: number,
  to: number,
  step: number,
  floats: number,
) => NativeHistogram | number | undefined;

/** Computes all steps of one series, whose input is valid for this call alone; writes `present` everywhere and `values` where present. */
export type RangeKernel = (input: RangeInput, values: Float64Array, present: Uint8Array) => void;

export interface RangeCallOptions {
  readonly keepName: boolean;
  /** Windows that hold native histograms; without it these are left out, and noted where floats stand beside them. */
  readonly histograms?: HistogramWindow;
  /**
   * For kernels that look at every sample of every window: how many such looks one series may take. A row is computed in one go,
   * so this bounds how long the event loop waits; the number stands for about a second.
   */
  readonly looksMax?: number;
  /** The kernel's name in range-kernels.ts: other threads may compute rows. It looks at nothing but floats, windows and args. */
  readonly kernel?: string;
  /** For functions of counters: the metric of all rows, undefined when there may be several. Rows of other metrics are noted. */
  readonly counter?: { readonly name: string | undefined };
}

/** Fuses a range selector with a function: samples are read, windowed and reduced one series at a time. */
export function rangeCall(
  source: RangeSource,
  kernel: RangeKernel,
  args: readonly Float64Array[],
  options: RangeCallOptions,
  evaluator: Evaluator,
  span: Span,
): VectorStream {
  const notes = new HistogramNotes(evaluator.annotations, span);
  const mixed = new MixedRow(source, kernel, options);
  const samples = new SampleBuffer();
  const windows = new Windows(source.windows);
  const input = new InputRow(source, args, notes);
  const nameMark = options.keepName ? source.nameMark : new Uint8Array(source.labels.length).fill(evaluator.dropMark);
  const ahead = options.kernel === undefined ? undefined : source.ahead?.(options.kernel, args);
  const rows: VectorStream = {
    labels: source.labels,
    nameMark,
    distinct: source.distinct,
    fill: (row, values, present, histograms) => {
      if (ahead?.take(row, values, present)) return;
      source.read(row, samples);
      if (samples.length === 0) {
        present.fill(ABSENT);
        return;
      }
      windows.place(samples);
      if (options.looksMax !== undefined) checkLooks(windows, options.looksMax);
      input.set(samples, windows, row);
      if (samples.histogram) mixed.compute(input, samples.histogram, values, present, histograms);
      else kernel(input, values, present);
    },
  };
  const nameOf = (row: number): string => nameAt(source, row);
  const stream = options.counter
    ? notingNonCounters(rows, options.counter.name, nameOf, evaluator.annotations, span)
    : rows;
  return options.keepName ? stream : mergeEqualRows(stream, source.windows.grid.steps);
}

/** Empty where the row has none. */
function nameAt({ nameMark, labels }: RangeSource, row: number): string {
  return nameMark[row] === NAME_HIDDEN ? '' : (labels[row] as Labels).metricName;
}

/** What a kernel gets; one object for all rows. */
class InputRow implements RangeInput {
  readonly windows: WindowGrid;
  readonly args: readonly Float64Array[];
  readonly notes: HistogramNotes;
  timestampMs: Float64Array = new Float64Array(0);
  value: Float64Array = new Float64Array(0);
  startTimestampMs: Float64Array | undefined;
  length = 0;
  lo: Uint32Array = new Uint32Array(0);
  hi: Uint32Array = new Uint32Array(0);
  placement = 0;
  readonly #source: RangeSource;
  #row = 0;

  constructor(source: RangeSource, args: readonly Float64Array[], notes: HistogramNotes) {
    this.windows = source.windows;
    this.args = args;
    this.notes = notes;
    this.#source = source;
  }

  get metricName(): string {
    return nameAt(this.#source, this.#row);
  }

  set(samples: SampleBuffer, windows: Windows, row: number): void {
    this.timestampMs = samples.timestampMs;
    this.value = samples.value;
    this.startTimestampMs = samples.startTimestampMs;
    this.length = samples.length;
    this.lo = windows.lo;
    this.hi = windows.hi;
    this.placement = windows.placement;
    this.#row = row;
  }
}

/** Fills rows of series that hold native histograms: floats alone go through the kernel, other windows one by one. */
class MixedRow {
  readonly #kernel: RangeKernel;
  readonly #histograms: HistogramWindow;
  readonly #windows: Windows;
  readonly #floats = new SampleBuffer();

  constructor(source: RangeSource, kernel: RangeKernel, options: RangeCallOptions) {
    this.#kernel = kernel;
    this.#histograms = options.histograms ?? ignored;
    this.#windows = new Windows(source.windows);
  }

  compute(
    row: InputRow,
    histogram: MixedInput['histogram'],
    values: Float64Array,
    present: Uint8Array,
    histograms: HistogramRow,
  ): void {
    const { timestampMs, value, startTimestampMs, length, lo, hi, placement, windows, args, notes, metricName } = row;
    const shared = { windows, args, notes, metricName };
    const input = { ...shared, timestampMs, value, startTimestampMs, length, lo, hi, placement, histogram };
    const floatsBefore = this.#takeFloats(input);
    const floats = this.#floats;
    present.fill(ABSENT);
    if (floats.length > 0) {
      this.#windows.place(floats);
      const { lo: from, hi: to, placement: placed } = this.#windows;
      this.#kernel(
        {
          ...shared,
          timestampMs: floats.timestampMs,
          value: floats.value,
          startTimestampMs: floats.startTimestampMs,
          length: floats.length,
          lo: from,
          hi: to,
          placement: placed,
        },
        values,
        present,
      );
    }
    for (let k = 0; k < input.windows.grid.steps; k++) {
      const from = input.lo[k] as number;
      const to = input.hi[k] as number;
      const count = (floatsBefore[to] as number) - (floatsBefore[from] as number);
      if (to - from === count) continue;
      const result = this.#histograms(input, from, to, k, count);
      // Those that leave histograms out keep what the floats gave.
      if (this.#histograms === ignored) continue;
      if (result === undefined) present[k] = ABSENT;
      else if (typeof result === 'number') {
        present[k] = FLOAT;
        values[k] = result;
      } else {
        present[k] = HISTOGRAM;
        histograms[k] = result;
      }
    }
  }

  /** Copies the floats; returns how many there are before each sample. */
  #takeFloats({ timestampMs, value, startTimestampMs, histogram, length }: MixedInput): Uint32Array {
    const before = new Uint32Array(length + 1);
    this.#floats.clear();
    for (let i = 0; i < length; i++) {
      before[i] = this.#floats.length;
      if (histogram[i]) continue;
      this.#floats.push(timestampMs[i] as number, value[i] as number);
      if (startTimestampMs) this.#floats.startLast(startTimestampMs[i] as number);
    }
    before[length] = this.#floats.length;
    return before;
  }
}

function ignored(
  { notes, metricName }: MixedInput,
  _from: number,
  _to: number,
  _step: number,
  floats: number,
): undefined {
  if (floats > 0) notes.ignoredInRange(metricName);
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
