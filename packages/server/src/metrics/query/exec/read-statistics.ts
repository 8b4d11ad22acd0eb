import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Clock } from '../../../base/clock.ts';
import type { QueryStats } from '../../../model/ports.ts';
import type { SampleBuffer } from '../../../model/sample.ts';
import { type Grid, type WindowGrid, gridEnd } from './grid.ts';
import { Windows } from './windows.ts';

/** Bytes of a sample, by which the memory of a query is reckoned. */
const SAMPLE_BYTES = 16;
const HISTOGRAM_HEAD_BYTES = 64;

/** What the samples of one series weigh, in float samples. */
export function weightOf(samples: SampleBuffer): number {
  let weight = samples.length;
  for (const histogram of samples.histogram ?? []) if (histogram) weight += histogramWeight(histogram);
  return weight;
}

function histogramWeight(histogram: NativeHistogram): number {
  const { positiveBuckets, negativeBuckets, customValues, positiveSpans, negativeSpans } = histogram;
  const numbers = positiveBuckets.length + negativeBuckets.length + customValues.length;
  const bytes = HISTOGRAM_HEAD_BYTES + 8 * (numbers + positiveSpans.length + negativeSpans.length);
  return Math.ceil(bytes / SAMPLE_BYTES);
}

/** What one query read, and how long it waited for it. */
export class ReadStatistics {
  readonly #clock: Clock;
  readonly #window: Grid;
  readonly #perStep: Float64Array | undefined;
  #samples = 0;
  #selectMs = 0;

  constructor(clock: Clock, window: Grid, options: { readonly perStep: boolean }) {
    this.#clock = clock;
    this.#window = window;
    this.#perStep = options.perStep ? new Float64Array(window.steps) : undefined;
  }

  async select<Result>(work: () => Promise<Result>): Promise<Result> {
    const fromMs = this.#clock.monotonicMs();
    try {
      return await work();
    } finally {
      this.#selectMs += this.#clock.monotonicMs() - fromMs;
    }
  }

  /** True when it matters where in time samples lie. */
  get countsSteps(): boolean {
    return this.#perStep !== undefined;
  }

  /** Counts a series that another thread has read. */
  countTaken(samples: number): void {
    this.#samples += samples;
  }

  /** Counts a series when it is read first; an instant selector (`newest`) uses one sample of each window. */
  count(samples: SampleBuffer, windows: WindowGrid, newest: boolean): void {
    this.#samples += samples.length;
    const perStep = this.#perStep;
    if (!perStep) return;
    const { grid } = windows;
    const placed = new Windows(windows);
    placed.place(samples);
    const own = grid.startMs === this.#window.startMs && grid.stepMs === this.#window.stepMs;
    for (let k = 0; k < grid.steps; k++) {
      const inside = (placed.hi[k] as number) - (placed.lo[k] as number);
      // What a subquery reads belongs to the end of the query, as in Prometheus.
      const step = own && k < perStep.length ? k : perStep.length - 1;
      perStep[step] = (perStep[step] as number) + (newest ? Math.min(inside, 1) : inside);
    }
  }

  /** `peakSamples` is what was held when nothing had been let go: an upper bound. */
  summary(peakSamples: number, parseMs: number, totalMs: number): QueryStats {
    const window = this.#window;
    const perStep = this.#perStep;
    return {
      samplesRead: this.#samples,
      peakSamples,
      parseMs,
      selectMs: this.#selectMs,
      evaluateMs: Math.max(0, totalMs - parseMs - this.#selectMs),
      ...(perStep
        ? {
            samplesPerStep: Array.from(perStep, (samples, k) => {
              const timestampMs = k === perStep.length - 1 ? gridEnd(window) : window.startMs + k * window.stepMs;
              return [timestampMs, samples] as const;
            }),
          }
        : {}),
    };
  }
}
