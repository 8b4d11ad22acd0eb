import { SampleBuffer } from '../../model/sample.ts';
import { Annotations } from '../query/exec/annotations.ts';
import type { WindowGrid } from '../query/exec/grid.ts';
import { HistogramNotes } from '../query/exec/histogram-notes.ts';
import type { RangeInput, RangeKernel } from '../query/exec/range-call.ts';
import { ABSENT } from '../query/exec/stream.ts';
import { Windows, dropStale } from '../query/exec/windows.ts';
import { decodeChunk } from '../store/chunk-decoder.ts';
import { NO_SLOT, SLOT_SAMPLES_MAX, type SlotViews } from '../store/slot-views.ts';
import { type ArenaViews, NOT_HERE } from './arena.ts';

/** What is computed: one kernel over the windows of some series. */
export interface Computation {
  readonly kernel: RangeKernel;
  readonly args: readonly Float64Array[];
  readonly windows: WindowGrid;
  readonly toMs: number;
}

/** Computes blocks of an arena, in any thread. What it reads may be rewritten meanwhile: the asking thread judges what counts. */
export class BlockComputer {
  readonly #views: SlotViews;
  readonly #work: Computation;
  readonly #samples = new SampleBuffer();
  readonly #placed: Windows;
  // Kernels that other threads run say nothing.
  readonly #notes = new HistogramNotes(new Annotations(''), { start: 0, end: 0 });

  constructor(views: SlotViews, work: Computation) {
    this.#views = views;
    this.#work = work;
    this.#placed = new Windows(work.windows);
  }

  compute(arena: ArenaViews, block: number): void {
    const first = arena.placeOf(block);
    const end = first + arena.rowsOf(block);
    for (let at = first; at < end; at++) if (arena.samples[at] !== NOT_HERE) this.#row(arena, at);
  }

  #row(arena: ArenaViews, at: number): void {
    const { steps } = arena.shape;
    const present = arena.present.subarray(at * steps, (at + 1) * steps);
    const samples = this.#samples;
    samples.clear();
    if (!this.#readSafely(arena, at)) {
      arena.samples[at] = NOT_HERE;
      return;
    }
    arena.samples[at] = samples.length;
    dropStale(samples);
    if (samples.length === 0) {
      present.fill(ABSENT);
      return;
    }
    const placed = this.#placed;
    placed.place(samples);
    const { kernel, args, windows } = this.#work;
    const input: RangeInput = {
      timestampMs: samples.timestampMs,
      value: samples.value,
      startTimestampMs: undefined,
      length: samples.length,
      lo: placed.lo,
      hi: placed.hi,
      placement: placed.placement,
      windows,
      args,
      notes: this.#notes,
      metricName: '',
    };
    kernel(input, arena.values.subarray(at * steps, (at + 1) * steps), present);
  }

  #readSafely(arena: ArenaViews, at: number): boolean {
    try {
      return this.#read(arena, at);
    } catch {
      // Bytes that were overwritten meanwhile make no sense. If they were not, the asking thread meets the same error.
      return false;
    }
  }

  /** As `readChain`, but trusts nothing: the slots may belong to other series by now. False when they evidently do. */
  #read(arena: ArenaViews, at: number): boolean {
    const views = this.#views;
    const head = arena.head[at] as number;
    const fromMs = arena.fromMs[at] as number;
    const { toMs } = this.#work;
    let previousMs = -Infinity;
    for (let slot = arena.first[at] as number; slot !== NO_SLOT; slot = views.next(slot)) {
      if (!views.has(slot)) return false;
      const startMs = views.startMs(slot);
      // Chains go forward in time, so this one ends.
      if (!(startMs > previousMs)) return false;
      previousMs = startMs;
      const isHead = slot === head;
      if (!isHead && views.endMs(slot) < fromMs) continue;
      const count = isHead ? (arena.headCount[at] as number) : views.count(slot);
      if (count > SLOT_SAMPLES_MAX) return false;
      if (startMs > toMs || !decodeChunk(views, slot, count, fromMs, toMs, this.#samples) || isHead) return true;
    }
    return true;
  }
}
