import type { ChangeSource, SeriesPoints } from '../../../model/ports.ts';
import { type Grid, gridEnd } from '../exec/grid.ts';
import { pointsBetween } from './points.ts';
import type { Reach } from './reach.ts';

/** One result must not take the place of all others. */
const RESULT_SHARE_MAX = 1 / 4;
/** A point is a time and a value. */
const POINT_BYTES = 16;
/** Labels and objects of a series, about. */
const SERIES_BYTES = 500;

interface Entry {
  /** As of this mark the points are right. */
  readonly mark: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly series: readonly SeriesPoints[];
  readonly bytes: number;
}

/** The first steps of a grid, known from an earlier query. */
export interface KnownSteps {
  readonly steps: number;
  readonly series: readonly SeriesPoints[];
}

/**
 * Results of range queries by expression, step and the step's phase. A panel that is drawn again asks for the same steps but for the
 * newest; those in front of the first sample that changed since are taken from here. Start and end are never moved.
 */
export class ResultCache {
  readonly #changes: ChangeSource;
  readonly #bytesMax: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(changes: ChangeSource, bytesMax: number) {
    this.#changes = changes;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  mark(): number {
    return this.#changes.mark();
  }

  /** Undefined when nothing is known about the first step. */
  find(key: string, grid: Grid, reach: Reach): KnownSteps | undefined {
    const entry = this.#entries.get(key);
    if (!entry || grid.startMs < entry.startMs || grid.startMs > entry.endMs) return undefined;
    const knownEndMs = Math.min(entry.endMs, gridEnd(grid));
    const changedMs = this.#changes.firstChange(entry.mark, grid.startMs - reach.backMs, knownEndMs + reach.aheadMs);
    // Steps that see only what lies before the first change.
    const before = Math.ceil((changedMs - reach.aheadMs - grid.startMs) / grid.stepMs);
    const steps = Math.min(before, Math.floor((knownEndMs - grid.startMs) / grid.stepMs) + 1);
    if (steps <= 0) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { steps, series: pointsBetween(entry.series, grid.startMs, grid.startMs + (steps - 1) * grid.stepMs) };
  }

  /** Keeps the result of the grid, which was evaluated after the mark was taken. */
  put(key: string, grid: Grid, mark: number, series: readonly SeriesPoints[]): void {
    let bytes = key.length * 2;
    for (const { timestampMs } of series) bytes += SERIES_BYTES + timestampMs.length * POINT_BYTES;
    this.#remove(key);
    if (bytes > this.#bytesMax * RESULT_SHARE_MAX) return;
    this.#entries.set(key, { mark, startMs: grid.startMs, endMs: gridEnd(grid), series, bytes });
    this.#bytes += bytes;
    for (const [oldest] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/** Equal for queries whose steps fall on the same times. */
export function resultKey(query: string, grid: Grid, lookbackDeltaMs: number): string {
  const phaseMs = ((grid.startMs % grid.stepMs) + grid.stepMs) % grid.stepMs;
  return `${grid.stepMs} ${phaseMs} ${lookbackDeltaMs} ${query}`;
}
