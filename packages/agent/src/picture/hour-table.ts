/** Samples kept of each hour of day: three a day of eight days. */
export const SAMPLES_PER_HOUR = 24;
const HOURS = 24;
/** Of a row before its samples: how many there are, where the next one goes, days, and the last slot. */
const COUNT = 0;
const NEXT = 1;
const DAYS = 2;
const LAST_SLOT = 3;
const ROW_HEAD = 4;
/** Samples of a first day; there is room for twice as many whenever they do not fit. */
const CAPACITY_MIN = 3;

/**
 * Samples of each hour of day, the oldest forgotten. A fleet has thousands of these, most of them young: all is in one array of 4-byte
 * numbers, with a row only for the hours that were seen, and room only for as many samples as days gave. Slots below 2^24 are exact.
 */
export class HourTable {
  /** First the number of each hour's row, from 1 on, 0: none; then the rows. */
  #cells = new Float32Array(HOURS);
  #capacity = CAPACITY_MIN;

  /** Oldest first. */
  values(hour: number): readonly number[] {
    const row = this.#row(hour);
    if (row === undefined) return [];
    const count = this.#cell(row + COUNT);
    const start = count < SAMPLES_PER_HOUR ? 0 : this.#cell(row + NEXT);
    return Array.from({ length: count }, (_, i) => this.#cell(row + ROW_HEAD + ((start + i) % SAMPLES_PER_HOUR)));
  }

  /** Of all hours. */
  get samples(): number {
    let sum = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      const row = this.#row(hour);
      if (row !== undefined) sum += this.#cell(row + COUNT);
    }
    return sum;
  }

  days(hour: number): number {
    const row = this.#row(hour);
    return row === undefined ? 0 : this.#cell(row + DAYS);
  }

  /** -1 before the first. */
  lastSlot(hour: number): number {
    const row = this.#row(hour);
    return row === undefined ? -1 : this.#cell(row + LAST_SLOT);
  }

  add(hour: number, value: number, days: number, slot: number): void {
    let row = this.#row(hour) ?? this.#addRow(hour);
    const count = this.#cell(row + COUNT);
    if (count === this.#capacity && count < SAMPLES_PER_HOUR) {
      this.#widen();
      row = this.#row(hour) as number;
    }
    const next = this.#cell(row + NEXT);
    this.#cells[row + ROW_HEAD + next] = value;
    this.#cells[row + NEXT] = (next + 1) % SAMPLES_PER_HOUR;
    this.#cells[row + COUNT] = Math.min(count + 1, SAMPLES_PER_HOUR);
    this.#cells[row + DAYS] = days;
    this.#cells[row + LAST_SLOT] = slot;
  }

  #cell(at: number): number {
    return this.#cells[at] as number;
  }

  /** Where the hour's row begins. */
  #row(hour: number): number | undefined {
    const number = this.#cell(hour);
    return number === 0 ? undefined : HOURS + (number - 1) * (ROW_HEAD + this.#capacity);
  }

  #addRow(hour: number): number {
    const at = this.#cells.length;
    const size = ROW_HEAD + this.#capacity;
    const cells = new Float32Array(at + size);
    cells.set(this.#cells);
    cells[hour] = (at - HOURS) / size + 1;
    this.#cells = cells;
    return at;
  }

  #widen(): void {
    const size = ROW_HEAD + this.#capacity;
    const rows = (this.#cells.length - HOURS) / size;
    const capacity = Math.min(2 * this.#capacity, SAMPLES_PER_HOUR);
    const cells = new Float32Array(HOURS + rows * (ROW_HEAD + capacity));
    cells.set(this.#cells.subarray(0, HOURS));
    for (let row = 0; row < rows; row++) {
      const from = HOURS + row * size;
      cells.set(this.#cells.subarray(from, from + size), HOURS + row * (ROW_HEAD + capacity));
    }
    this.#cells = cells;
    this.#capacity = capacity;
  }
}
