import { DAY_MS } from '../table-rows.ts';

/** Entries in memory, 24 bytes each; beyond it the oldest ones leave early. */
const ENTRIES_MAX = 2_000_000;

/** A start time that holds from `timestampMs` on until the next step of that day, or (`exception`) for that time alone. */
export interface StartEntry {
  readonly timestampMs: number;
  readonly exception: boolean;
  /** 0: not known. */
  readonly startMs: number;
}

interface Series {
  /** Ascending: twice the time, plus 1 for an exception. */
  keys: number[];
  starts: number[];
  writeNumbers: number[];
  /** No sample after this was seen. */
  newestMs: number;
  /** The newest step. */
  stepMs: number;
  step: number;
  /** Every entry at or after is in memory, and the last step before it. */
  coveredFromMs: number;
}

/**
 * Start times of samples, stored where they change: a counter has the same one for days. What comes in the order of time makes steps,
 * anything else exceptions that need not know what stands around them. Each day (UTC) begins with a step of its own, because stored
 * days are read and dropped one by one.
 */
export class StartTimes {
  readonly #ageMs: number;
  readonly #series = new Map<number, Series>();
  #entries = 0;

  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** True while no series has a start time: then there is nothing to do for any sample. */
  get isEmpty(): boolean {
    return this.#series.size === 0;
  }

  has(ref: number): boolean {
    return this.#series.has(ref);
  }

  /** A series with stored start times; memory is complete from `coveredFromMs` on. */
  addSeries(ref: number, coveredFromMs: number): void {
    if (!this.#series.has(ref)) this.#series.set(ref, emptySeries(coveredFromMs));
  }

  removeSeries(ref: number): void {
    this.#entries -= this.#series.get(ref)?.keys.length ?? 0;
    this.#series.delete(ref);
  }

  coveredFromMs(ref: number): number {
    return this.#series.get(ref)?.coveredFromMs ?? -Infinity;
  }

  /**
   * Takes note of a sample's start time (0: not known); `newestMs` is the series' newest sample before it. Returns what must be stored;
   * undefined when that is nothing.
   */
  note(
    ref: number,
    timestampMs: number,
    startMs: number,
    newestMs: number,
    writeNumber: number,
  ): StartEntry | undefined {
    let series = this.#series.get(ref);
    if (series === undefined) {
      if (startMs === 0) return undefined;
      this.#series.set(ref, (series = emptySeries(-Infinity)));
    }
    const inOrder = timestampMs > Math.max(series.newestMs, newestMs);
    if (timestampMs > series.newestMs) series.newestMs = timestampMs;
    const dayMs = dayOf(timestampMs);
    if (inOrder) {
      if (series.stepMs >= dayMs ? series.step === startMs : startMs === 0 && series.coveredFromMs <= dayMs)
        return undefined;
      series.stepMs = timestampMs;
      series.step = startMs;
    } else if (dayMs >= series.coveredFromMs && startAt(series.keys, series.starts, timestampMs) === startMs) {
      return undefined;
    }
    this.#put(series, timestampMs * 2 + (inOrder ? 0 : 1), startMs, writeNumber);
    return { timestampMs, exception: !inOrder, startMs };
  }

  /** An entry that was stored by an earlier process. */
  restore(ref: number, { timestampMs, exception, startMs }: StartEntry, writeNumber: number): void {
    this.addSeries(ref, -Infinity);
    const series = this.#series.get(ref) as Series;
    if (timestampMs > series.newestMs) series.newestMs = timestampMs;
    if (!exception && timestampMs > series.stepMs) {
      series.stepMs = timestampMs;
      series.step = startMs;
    }
    this.#put(series, timestampMs * 2 + (exception ? 1 : 0), startMs, writeNumber);
  }

  /** What memory has for samples in [fromMs, toMs], ascending; a copy. */
  entries(ref: number, fromMs: number, toMs: number): readonly StartEntry[] {
    const series = this.#series.get(ref);
    if (series === undefined) return [];
    const { keys, starts } = series;
    let first = lowerBound(keys, fromMs * 2);
    // The step in force when the range begins.
    while (first > 0 && (keys[first - 1] as number) % 2 !== 0) first--;
    if (first > 0) first--;
    const found: StartEntry[] = [];
    for (let i = first; i < keys.length && (keys[i] as number) <= toMs * 2 + 1; i++) {
      const key = keys[i] as number;
      found.push({ timestampMs: Math.floor(key / 2), exception: key % 2 !== 0, startMs: starts[i] as number });
    }
    return found;
  }

  /** Forgets what is older than the age and durable. */
  evict(durableWrite: number, nowMs: number): void {
    let ageMs = this.#ageMs;
    for (let round = 0; round < 8; round++, ageMs /= 2) {
      for (const series of this.#series.values()) this.#trim(series, nowMs - ageMs, durableWrite);
      if (this.#entries <= ENTRIES_MAX) return;
    }
  }

  #trim(series: Series, beforeMs: number, durableWrite: number): void {
    const { keys, writeNumbers } = series;
    let end = lowerBound(keys, beforeMs * 2);
    // Exceptions go, the last step before stays.
    while (end > 0 && (keys[end - 1] as number) % 2 !== 0) end--;
    end--;
    if (end <= 0) return;
    for (let i = 0; i < end; i++) if ((writeNumbers[i] as number) > durableWrite) return;
    series.coveredFromMs = Math.max(series.coveredFromMs, Math.ceil((keys[end] as number) / 2));
    keys.splice(0, end);
    series.starts.splice(0, end);
    writeNumbers.splice(0, end);
    this.#entries -= end;
  }

  #put(series: Series, key: number, startMs: number, writeNumber: number): void {
    const { keys, starts, writeNumbers } = series;
    const at = lowerBound(keys, key);
    const replaces = keys[at] === key ? 1 : 0;
    keys.splice(at, replaces, key);
    starts.splice(at, replaces, startMs);
    writeNumbers.splice(at, replaces, writeNumber);
    this.#entries += 1 - replaces;
  }
}

function emptySeries(coveredFromMs: number): Series {
  return { keys: [], starts: [], writeNumbers: [], newestMs: -Infinity, stepMs: -Infinity, step: 0, coveredFromMs };
}

/** Fills starts[i] for the ascending times; `stored` and `recent` are ascending, and of equal entries the recent one counts. */
export function fillStartTimes(
  timestampMs: Float64Array,
  length: number,
  stored: readonly StartEntry[],
  recent: readonly StartEntry[],
  starts: Float64Array,
): void {
  const byKey = new Map<number, number>();
  for (const { timestampMs: atMs, exception, startMs } of [...stored, ...recent])
    byKey.set(atMs * 2 + (exception ? 1 : 0), startMs);
  const keys = [...byKey.keys()].sort((a, b) => a - b);
  let at = 0;
  let stepMs = -Infinity;
  let step = 0;
  for (let i = 0; i < length; i++) {
    const ms = timestampMs[i] as number;
    let exception: number | undefined;
    for (; at < keys.length && (keys[at] as number) <= ms * 2 + 1; at++) {
      const key = keys[at] as number;
      if (key % 2 === 0) {
        stepMs = key / 2;
        step = byKey.get(key) as number;
      } else if (key === ms * 2 + 1) {
        exception = byKey.get(key);
      }
    }
    starts[i] = exception ?? (stepMs >= dayOf(ms) ? step : 0);
  }
}

/** Where reading of stored entries must begin for samples from `fromMs` on. */
export function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / DAY_MS) * DAY_MS;
}

function startAt(keys: readonly number[], starts: readonly number[], timestampMs: number): number {
  let at = lowerBound(keys, timestampMs * 2 + 1);
  if (keys[at] === timestampMs * 2 + 1) return starts[at] as number;
  while (at > 0 && (keys[at - 1] as number) % 2 !== 0) at--;
  return at > 0 && (keys[at - 1] as number) >= dayOf(timestampMs) * 2 ? (starts[at - 1] as number) : 0;
}

/** The first place whose key is not below `key`. */
function lowerBound(keys: readonly number[], key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
