import { HourTable, SAMPLES_PER_HOUR } from './hour-table.ts';

/** One sample of an hour's third counts; more would only drown the other days. */
const SLOT_MS = 20 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So many samples of neighbouring hours weigh as much as an hour's own. */
const SHRINKAGE_SAMPLES = 4;
/** MAD to standard deviation, for a normal distribution. */
const MAD_TO_SIGMA = 1.4826;
/** Hours known from so many days are trusted by themselves. */
const MATURE_DAYS = 2;

export interface Baseline {
  readonly median: number;
  /** Robust standard deviation. */
  readonly spread: number;
  /** What nine of ten samples are above, and what nine of ten are below. */
  readonly low: number;
  readonly high: number;
  /** The hour is known from two days or more. */
  readonly mature: boolean;
}

export interface Around {
  /** Of the hour itself. */
  readonly median: number;
  /** The least `low` and the greatest `high` of these hours, and of their medians. */
  readonly lowest: number;
  readonly highest: number;
  readonly lowestMedian: number;
  readonly highestMedian: number;
  /** The widest. */
  readonly spread: number;
  readonly mature: boolean;
}

/** What an hour's samples look like in JSON: values, days, and the last slot that gave one. */
export type HourState = readonly [values: readonly number[], days: number, lastSlot: number];

/**
 * Median and spread of one figure of one camera for each hour of day. Times are the site's local ones, milliseconds. Values should be on a
 * scale on which differences mean the same everywhere: sizes and rates as logarithms. Memory: at most 24 × 24 numbers.
 */
export class HourlyBaseline {
  /** Undefined before the first sample: many figures of many cameras never get one. */
  #hours: HourTable | undefined;
  /** A spread never looks smaller than this. */
  readonly #spreadMin: number;

  constructor(spreadMin: number) {
    this.#spreadMin = spreadMin;
  }

  add(value: number, localMs: number): void {
    if (!Number.isFinite(value)) return;
    const slot = Math.floor(localMs / SLOT_MS);
    const hour = hourOf(localMs);
    const hours = (this.#hours ??= new HourTable());
    const lastSlot = hours.lastSlot(hour);
    if (slot <= lastSlot) return;
    const isNewDay = Math.floor((slot * SLOT_MS) / DAY_MS) !== Math.floor((lastSlot * SLOT_MS) / DAY_MS);
    hours.add(hour, value, hours.days(hour) + (isNewDay ? 1 : 0), slot);
  }

  /** Kept of all hours. */
  get samples(): number {
    return this.#hours?.samples ?? 0;
  }

  forget(): void {
    this.#hours = undefined;
  }

  /**
   * Of the hour of `localMs`: its own samples, drawn towards the neighbouring hours' as long as they are few. undefined while neither it
   * nor a neighbour has any.
   */
  at(localMs: number): Baseline | undefined {
    return this.#hourly(hourOf(localMs));
  }

  /** What is usual in the hour and `reach` hours before and after, all together: dusk does not keep to the clock, and people do not. */
  around(localMs: number, reach = 1): Around | undefined {
    const hour = hourOf(localMs);
    const own = this.#hourly(hour);
    if (own === undefined) return undefined;
    const known = [own];
    for (let step = 1; step <= reach; step++) {
      for (const near of [hour + 24 - step, hour + step]) known.push(...[this.#hourly(near % 24) ?? []].flat());
    }
    return {
      median: own.median,
      lowest: Math.min(...known.map((each) => each.low)),
      highest: Math.max(...known.map((each) => each.high)),
      lowestMedian: Math.min(...known.map((each) => each.median)),
      highestMedian: Math.max(...known.map((each) => each.median)),
      spread: Math.max(...known.map((each) => each.spread)),
      mature: own.mature,
    };
  }

  state(): readonly (HourState | null)[] {
    const hours = this.#hours;
    return Array.from({ length: 24 }, (_, hour) => {
      const values = hours?.values(hour) ?? [];
      if (hours === undefined || values.length === 0) return null;
      return [values.map((value) => Number(value.toFixed(3))), hours.days(hour), hours.lastSlot(hour)];
    });
  }

  /** Takes what `state` gave; hours that do not fit are left out. */
  restore(state: unknown): void {
    if (!Array.isArray(state)) return;
    const hours = new HourTable();
    for (const [hour, each] of state.slice(0, 24).entries()) {
      if (!Array.isArray(each) || !Array.isArray(each[0]) || typeof each[1] !== 'number' || typeof each[2] !== 'number')
        continue;
      const values = each[0].filter((value): value is number => Number.isFinite(value)).slice(-SAMPLES_PER_HOUR);
      const [days, lastSlot] = [Math.max(0, Math.floor(each[1])), Math.floor(each[2])];
      for (const value of values) hours.add(hour, value, days, lastSlot);
    }
    this.#hours = hours;
  }

  #hourly(index: number): Baseline | undefined {
    const hours = this.#hours;
    if (hours === undefined) return undefined;
    const own = hours.values(index);
    const neighbours = [...hours.values((index + 23) % 24), ...hours.values((index + 1) % 24)];
    if (own.length === 0 && neighbours.length === 0) return undefined;
    const weight = neighbours.length === 0 ? 1 : own.length / (own.length + SHRINKAGE_SAMPLES);
    const [mine, near] = [summary(own), summary(neighbours)];
    const drawn = (figure: keyof Summary): number =>
      own.length === 0 ? near[figure] : weight * mine[figure] + (1 - weight) * near[figure];
    return {
      median: drawn('median'),
      spread: Math.max(this.#spreadMin, drawn('mad') * MAD_TO_SIGMA),
      low: drawn('low'),
      high: drawn('high'),
      mature: hours.days(index) >= MATURE_DAYS,
    };
  }
}

interface Summary {
  readonly median: number;
  readonly mad: number;
  readonly low: number;
  readonly high: number;
}

function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const median = middleOf(sorted);
  const mad = medianOf(values.map((value) => Math.abs(value - median)));
  const tenth = Math.floor((sorted.length - 1) / 10);
  return { median, mad, low: sorted[tenth] ?? 0, high: sorted[sorted.length - 1 - tenth] ?? 0 };
}

export function medianOf(values: readonly number[]): number {
  return middleOf(values.toSorted((a, b) => a - b));
}

function middleOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function hourOf(localMs: number): number {
  return ((Math.floor(localMs / HOUR_MS) % 24) + 24) % 24;
}
