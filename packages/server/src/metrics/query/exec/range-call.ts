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
  readonly length: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly windows: WindowGrid;
  /** Scalar arguments, one value per step each. */
  readonly args: readonly Float64Array[];
}

/** Computes all steps of one series; writes `present` everywhere and `values` where present. */
export type RangeKernel = (input: RangeInput, values: Float64Array, present: Uint8Array) => void;

/** Fuses a range selector with a function: samples are read, windowed and reduced one series at a time. */
export function rangeCall(
  source: RangeSource,
  kernel: RangeKernel,
  args: readonly Float64Array[],
  options: { readonly keepName: boolean },
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
      kernel(
        {
          timestampMs: samples.timestampMs,
          value: samples.value,
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
