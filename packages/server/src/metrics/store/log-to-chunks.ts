import { setImmediate as nextTurn } from 'node:timers/promises';
import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import { ChunkRows, type SeriesRun } from './chunk-rows.ts';
import { SampleRecordReader, readSeriesNames } from './sample-records.ts';
import type { SeriesId } from './series-id.ts';
import { DAY_MS } from './table-rows.ts';
import { RecordKind, type WalRecord } from './wal/index.ts';

/** Samples brought into the order of their series at a time: 16 bytes each. More of them need further readings of the log. */
const PASS_SAMPLES = 500_000;
/** Samples handled before the event loop gets a turn: some milliseconds of work. */
const TURN_SAMPLES = 40_000;

/** In place of a place: no record of the segment says which series a ref is. */
const UNNAMED = 0xffff_ffff;

/** What the movement gives out, in this order for each series. */
export interface ChunkSink {
  /** Before any samples of the series on that day (days since the epoch). */
  day(id: SeriesId, day: number): void;
  /** More rows are ready; called with at least one. */
  rows(rows: ChunkRows): Promise<void>;
}

export interface LogMovement {
  readonly samples: number;
  /** Left out: the record that names their series was damaged. */
  readonly unnamed: number;
}

/**
 * Brings samples of the log, which are in the order of their arrival, into the order of series and time and encodes them. `records`
 * is asked several times for the same records. Of equal timestamps the later record wins.
 */
export async function logToChunks(
  records: () => AsyncIterable<WalRecord>,
  seq: number,
  sink: ChunkSink,
): Promise<LogMovement> {
  const log = new SortedLog(records);
  await log.count();
  const rows = new ChunkRows(seq);
  for (const pass of log.passes()) {
    let sinceTurn = 0;
    for await (const run of log.runs(pass)) {
      tellDays(run, sink);
      rows.add(run);
      sinceTurn += run.to - run.from;
      if (rows.isFull) await sink.rows(rows);
      if (sinceTurn < TURN_SAMPLES) continue;
      sinceTurn = 0;
      await nextTurn();
    }
  }
  if (rows.length > 0) await sink.rows(rows);
  return { samples: log.samples, unnamed: log.unnamed };
}

function tellDays({ id, timestampMs, from, to }: SeriesRun, sink: ChunkSink): void {
  let nextDayMs = -Infinity;
  const last = Math.floor((timestampMs[to - 1] as number) / DAY_MS);
  for (let i = from; i < to; i++) {
    const ms = timestampMs[i] as number;
    if (ms < nextDayMs) continue;
    const day = Math.floor(ms / DAY_MS);
    sink.day(id, day);
    if (day === last) return;
    nextDayMs = (day + 1) * DAY_MS;
  }
}

/** Places [first, end) of the series in order of their ids. */
interface Pass {
  readonly first: number;
  readonly end: number;
  readonly samples: number;
}

/** The samples of a log by series: counted first, then brought out in passes of bounded size. */
class SortedLog {
  readonly #records: () => AsyncIterable<WalRecord>;
  readonly #reader = new SampleRecordReader();
  /** By place, in the order of first mention. */
  readonly #ids: SeriesId[] = [];
  readonly #placeOfId = new Map<SeriesId, number>();
  /** Places of the entries of series records, in the order of reading. */
  #placeOfEntries = new Uint32Array(1024);
  #entriesKnown = 0;
  #counts = new Uint32Array(1024);
  /** Places in the order of ids, and the other way round. */
  #order = new Uint32Array(0);
  #rank = new Uint32Array(0);
  /** Of the largest pass so far. */
  #timestampMs = new Float64Array(0);
  #value = new Float64Array(0);
  samples = 0;
  unnamed = 0;

  constructor(records: () => AsyncIterable<WalRecord>) {
    this.#records = records;
  }

  async count(): Promise<void> {
    await this.#read((places, length) => {
      this.samples += length;
      for (let row = 0; row < length; row++) {
        const place = places[row] as number;
        if (place === UNNAMED) this.unnamed++;
        else this.#counts[place] = (this.#counts[place] as number) + 1;
      }
    });
    const ids = this.#ids;
    this.#order = Uint32Array.from(ids, (_, place) => place).sort((a, b) => (ids[a] as number) - (ids[b] as number));
    this.#rank = new Uint32Array(ids.length);
    for (const [rank, place] of this.#order.entries()) this.#rank[place] = rank;
  }

  *passes(): Generator<Pass> {
    let first = 0;
    let samples = 0;
    for (let at = 0; at < this.#order.length; at++) {
      const count = this.#counts[this.#order[at] as number] as number;
      if (samples > 0 && samples + count > PASS_SAMPLES) {
        yield { first, end: at, samples };
        first = at;
        samples = 0;
      }
      samples += count;
    }
    if (samples > 0) yield { first, end: this.#order.length, samples };
  }

  /** The series of a pass, one after the other; columns are valid until the next series or pass is asked for. */
  async *runs({ first, end, samples }: Pass): AsyncGenerator<SeriesRun, void, undefined> {
    if (samples > this.#timestampMs.length) {
      this.#timestampMs = new Float64Array(samples);
      this.#value = new Float64Array(samples);
    }
    const timestampMs = this.#timestampMs;
    const value = this.#value;
    const bits = new Uint32Array(value.buffer);
    const next = new Uint32Array(end - first);
    let at = 0;
    for (let rank = first; rank < end; rank++) {
      next[rank - first] = at;
      at += this.#counts[this.#order[rank] as number] as number;
    }
    const rankOf = this.#rank;
    const { timestampMs: fromMs, value: fromValue } = this.#reader;
    const fromBits = new Uint32Array(fromValue.buffer);
    await this.#read((places, length) => {
      for (let row = 0; row < length; row++) {
        const place = places[row] as number;
        if (place === UNNAMED) continue;
        const rank = (rankOf[place] as number) - first;
        if (rank < 0 || rank >= next.length) continue;
        const to = next[rank] as number;
        next[rank] = to + 1;
        timestampMs[to] = fromMs[row] as number;
        bits[2 * to] = fromBits[2 * row] as number;
        bits[2 * to + 1] = fromBits[2 * row + 1] as number;
      }
    });
    let from = 0;
    for (let rank = first; rank < end; rank++) {
      const to = next[rank - first] as number;
      if (to > from)
        yield { id: this.#ids[this.#order[rank] as number] as number, ...ordered(timestampMs, value, bits, from, to) };
      from = to;
    }
  }

  /** Gives the places of each record's rows; the rows themselves are in the reader. */
  async #read(take: (places: Uint32Array, length: number) => void): Promise<void> {
    let placeOfRef = new Uint32Array(1024).fill(UNNAMED);
    let segmentBefore = 0;
    let named = 0;
    const places = new Uint32Array(this.#reader.ref.length);
    let sinceTurn = 0;
    for await (const { segment, kind, payload } of this.#records()) {
      // Names hold in one segment: behind a damaged one nothing may pass for something else.
      if (segment !== segmentBefore) placeOfRef.fill(UNNAMED);
      segmentBefore = segment;
      if (kind === RecordKind.series) {
        readSeriesNames(payload, (ref, id) => {
          if (ref >= placeOfRef.length) placeOfRef = grown(placeOfRef, ref + 1, UNNAMED);
          placeOfRef[ref] = this.#placeOfEntry(named++, id);
        });
      } else if (kind === RecordKind.samples) {
        this.#reader.decode(payload);
        const { ref, length } = this.#reader;
        for (let row = 0; row < length; row++) places[row] = placeOfRef[ref[row] as number] ?? UNNAMED;
        take(places, length);
        sinceTurn += length;
        if (sinceTurn < TURN_SAMPLES * 4) continue;
        sinceTurn = 0;
        await nextTurn();
      }
    }
  }

  /** Looked up in the first reading only: the entries come in the same order each time. */
  #placeOfEntry(entry: number, id: SeriesId): number {
    if (entry < this.#entriesKnown) return this.#placeOfEntries[entry] as number;
    if (entry >= this.#placeOfEntries.length) this.#placeOfEntries = grown(this.#placeOfEntries, entry + 1, UNNAMED);
    this.#entriesKnown = entry + 1;
    return (this.#placeOfEntries[entry] = this.#placeOf(id));
  }

  #placeOf(id: SeriesId): number {
    const known = this.#placeOfId.get(id);
    if (known !== undefined) return known;
    const place = this.#ids.push(id) - 1;
    this.#placeOfId.set(id, place);
    if (place >= this.#counts.length) this.#counts = grown(this.#counts, place + 1, 0);
    return place;
  }
}

/** Rows [from, to) brought into ascending time in place, of equal times the last; nearly always they are already. */
function ordered(
  timestampMs: Float64Array,
  value: Float64Array,
  bits: Uint32Array,
  from: number,
  to: number,
): Omit<SeriesRun, 'id'> {
  let ascending = true;
  for (let i = from + 1; ascending && i < to; i++)
    ascending = (timestampMs[i] as number) > (timestampMs[i - 1] as number);
  if (ascending) return { timestampMs, value, bits, from, to };
  const order = Uint32Array.from({ length: to - from }, (_, i) => from + i).sort(
    (a, b) => (timestampMs[a] as number) - (timestampMs[b] as number) || a - b,
  );
  const sortedMs = new Float64Array(order.length);
  const sorted = new Float64Array(order.length);
  const sortedBits = new Uint32Array(sorted.buffer);
  let length = 0;
  for (const row of order) {
    const ms = timestampMs[row] as number;
    if (length > 0 && sortedMs[length - 1] === ms) length--;
    sortedMs[length] = ms;
    sortedBits[2 * length + LOW_WORD] = bits[2 * row + LOW_WORD] as number;
    sortedBits[2 * length + HIGH_WORD] = bits[2 * row + HIGH_WORD] as number;
    length++;
  }
  return { timestampMs: sortedMs, value: sorted, bits: sortedBits, from: 0, to: length };
}

function grown(column: Uint32Array<ArrayBuffer>, needed: number, rest: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.ceil(needed * 1.5)).fill(rest);
  larger.set(column);
  return larger;
}
