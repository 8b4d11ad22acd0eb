import { VedetteError } from '../../../base/errors.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import type { Evaluator, RangeSource } from './evaluator.ts';
import type { WindowGrid } from './grid.ts';
import { mergeEqualRows } from './merge.ts';
import type { VectorStream } from './stream.ts';
import { Windows } from './windows.ts';

/** One series and where its windows lie; see Windows for lo and hi. */
export interface RangeInput {
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  /** Start times of counters, 0 where unknown; absent when none is known. */
  readonly startTimestampMs?: Float64Array;
  readonly length: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly windows: WindowGrid;
  /** Scalar arguments, one value per step each. */
  readonly args: readonly Float64Array[];
}

/** Computes all steps of one series; writes `present` everywhere and `values` where present. */
export type RangeKernel = (input: RangeInput, values: Float64Array, present: Uint8Array) => void;

export interface RangeCallOptions {
  readonly keepName: boolean;
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
  const nameMark = options.keepName ? source.nameMark : new Uint8Array(source.labels.length).fill(evaluator.dropMark);
  const stream: VectorStream = {
    labels: source.labels,
    nameMark,
    distinct: source.distinct,
    fill: (row, values, present) => {
      source.read(row, samples);
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
          ...(samples.startTimestampMs ? { startTimestampMs: samples.startTimestampMs } : {}),
          length: samples.length,
          lo: windows.lo,
          hi: windows.hi,
          windows: source.windows,
          args,
        },
        values,
        present,
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
