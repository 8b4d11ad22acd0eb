/** Sources of one counter that are kept apart, such as the connections of one stream. */
const PARTS_MAX = 64;
/** Counters of one collector. */
const SERIES_MAX = 65_536;

interface Series {
  total: number;
  readonly parts: Map<string, { value: number; round: number }>;
  resets: number;
  round: number;
}

/**
 * Counters that only rise, made of counters that begin anew with every connection. A value is taken for what one part (a connection, a
 * process) has counted since it began: a part that was not there before adds all it has, one whose value fell has begun anew.
 *
 * What the parts had counted before the first round is not ours to count: it would look like a burst after every restart of Vedette.
 */
export class RisingCounters {
  readonly #series = new Map<string, Series>();
  #round = 0;
  #first = true;
  #observed = false;

  /** Call before the values of one reading. */
  beginRound(): void {
    this.#round++;
  }

  /** `value`: what `part` has counted so far. Returns the counter, NaN when there are too many to keep. */
  observe(series: string, part: string, value: number): number {
    let entry = this.#series.get(series);
    if (!entry) {
      if (this.#series.size >= SERIES_MAX) return Number.NaN;
      entry = { total: 0, parts: new Map(), resets: 0, round: this.#round };
      this.#series.set(series, entry);
    }
    this.#observed = true;
    entry.round = this.#round;
    const known = entry.parts.get(part);
    if (known) {
      if (value < known.value) {
        entry.resets++;
        entry.total += value;
      } else entry.total += value - known.value;
      known.value = value;
      known.round = this.#round;
    } else {
      if (!this.#first) entry.total += value;
      if (entry.parts.size >= PARTS_MAX) forgetOldest(entry.parts);
      entry.parts.set(part, { value, round: this.#round });
    }
    return entry.total;
  }

  /** The part turned out to be known by another id. */
  rename(series: string, part: string, id: string): void {
    const parts = this.#series.get(series)?.parts;
    const known = parts?.get(part);
    if (!parts || !known || parts.has(id)) return;
    parts.delete(part);
    parts.set(id, known);
  }

  total(series: string): number | undefined {
    return this.#series.get(series)?.total;
  }

  /** Call after the values of one reading: parts that were not mentioned have ended, and their ids are forgotten. */
  endRound(): void {
    if (this.#observed) this.#first = false;
    for (const entry of this.#series.values()) {
      if (entry.round !== this.#round) continue;
      for (const [part, { round }] of entry.parts) if (round !== this.#round) entry.parts.delete(part);
    }
  }

  /** Forgets counters that no reading of the last `rounds` mentioned. */
  forget(rounds: number): void {
    for (const [name, entry] of this.#series) if (this.#round - entry.round > rounds) this.#series.delete(name);
  }
}

function forgetOldest(parts: Map<string, { round: number }>): void {
  let oldest: string | undefined;
  let round = Infinity;
  for (const [part, seen] of parts) {
    if (seen.round >= round) continue;
    oldest = part;
    round = seen.round;
  }
  if (oldest !== undefined) parts.delete(oldest);
}
