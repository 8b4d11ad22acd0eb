import { VedetteError } from '../../base/errors.ts';
import type { Labels } from '../../model/labels.ts';
import { type RefColumns, RECORD_ROWS_MAX, SampleRecordWriter, SeriesRecordWriter } from './sample-records.ts';
import type { SeriesId } from './series-id.ts';
import { DAY_MS } from './table-rows.ts';
import { RecordKind, type WriteAheadLog } from './wal/index.ts';

/** What the log needs to know of a series that it names for the first time. */
export interface SeriesOfRef {
  id(ref: number): SeriesId;
  labels(ref: number): Labels;
}

export interface LogAppendOptions {
  /** `durable` (default): resolves once the rows survive kill -9. `queued`: resolves once they are in the bounded queue. */
  readonly acknowledge?: 'durable' | 'queued';
  readonly signal?: AbortSignal;
}

/** What a row takes in the log's queue, about. */
const ROW_BYTES = 12;

/** Writes float samples, and whatever must be known of their series, into the write-ahead log. */
export class SampleLog {
  readonly wal: WriteAheadLog;
  readonly #series: SeriesOfRef;
  readonly #writer = new SampleRecordWriter();
  /** By ref: the segment that says which series it is; 0 when none does. */
  #definedIn = new Uint32Array(1024);
  /** By ref: the newest day for which its labels are stored or in the log; 0 when there is none. */
  #labelsDay = new Uint32Array(1024);

  constructor(wal: WriteAheadLog, series: SeriesOfRef) {
    this.wal = wal;
    this.#series = series;
  }

  checkRoom(rows: number): void {
    this.wal.checkRoom(rows * ROW_BYTES);
  }

  /** The series' labels are stored for this day (days since the epoch), and need not go into the log until a later one. */
  labelsStored(ref: number, day: number): void {
    this.#ensure(ref);
    if (day > (this.#labelsDay[ref] as number)) this.#labelsDay[ref] = day;
  }

  /** The ref was given to another series. */
  forget(ref: number): void {
    if (ref >= this.#definedIn.length) return;
    this.#definedIn[ref] = 0;
    this.#labelsDay[ref] = 0;
  }

  /** A day's labels are dropped from the table: they go into the log again with the next sample. */
  forgetDay(day: number): void {
    for (let ref = 0; ref < this.#labelsDay.length; ref++) {
      if (this.#labelsDay[ref] !== day) continue;
      this.#labelsDay[ref] = 0;
    }
  }

  /** Queues the rows in this turn. Throws INGEST_OVERLOADED with nothing queued; rejects as WriteAheadLog.append does. */
  append(rows: RefColumns, options: LogAppendOptions = {}): Promise<void> {
    this.checkRoom(rows.length);
    this.define(rows);
    const durable = options.acknowledge !== 'queued';
    let written = Promise.resolve();
    for (let from = 0; from < rows.length; from += RECORD_ROWS_MAX) {
      const to = Math.min(rows.length, from + RECORD_ROWS_MAX);
      const last = to === rows.length;
      const payload = this.#writer.encode(rows, from, to);
      written = this.wal.append(RecordKind.samples, payload, { rows: to - from, durable: durable && last });
    }
    if (durable && rows.length === 0) written = this.wal.committed();
    return untilAborted(written, options.signal);
  }

  /** Makes sure that this segment says which series the rows' refs are; for other kinds of records with refs, too. */
  define(rows: Pick<RefColumns, 'length' | 'ref' | 'timestampMs'>): void {
    const { ref, timestampMs } = rows;
    const segment = this.wal.segment;
    let definedIn = this.#definedIn;
    let labelsDay = this.#labelsDay;
    let lastMs = Number.NaN;
    let day = 0;
    let record: SeriesRecordWriter | undefined;
    const named: number[] = [];
    try {
      for (let row = 0; row < rows.length; row++) {
        const ms = timestampMs[row] as number;
        if (ms !== lastMs) {
          lastMs = ms;
          day = Math.floor(ms / DAY_MS);
        }
        const one = ref[row] as number;
        if (definedIn[one] === segment && (labelsDay[one] as number) >= day) continue;
        this.#ensure(one);
        definedIn = this.#definedIn;
        labelsDay = this.#labelsDay;
        const known = (labelsDay[one] as number) >= day;
        record ??= new SeriesRecordWriter();
        record.add(one, this.#series.id(one), known ? undefined : this.#series.labels(one));
        named.push(one);
        definedIn[one] = segment;
        if (!known) labelsDay[one] = day;
        if (record.isFull) this.#name(record);
      }
      if (record !== undefined && !record.isEmpty) this.#name(record);
    } catch (error) {
      // Some of them are not in the log.
      for (const one of named) this.forget(one);
      throw error;
    }
  }

  #name(record: SeriesRecordWriter): void {
    void this.wal.append(RecordKind.series, record.take(), { rows: 0, durable: false });
  }

  #ensure(ref: number): void {
    if (ref < this.#definedIn.length) return;
    const length = Math.ceil((ref + 1) * 1.5);
    const definedIn = new Uint32Array(length);
    definedIn.set(this.#definedIn);
    this.#definedIn = definedIn;
    const labelsDay = new Uint32Array(length);
    labelsDay.set(this.#labelsDay);
    this.#labelsDay = labelsDay;
  }
}

/** The caller stops waiting; what it appended stays. */
async function untilAborted(written: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return written;
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () =>
      reject(
        signal.reason instanceof Error ? signal.reason : new VedetteError('QUERY_CANCELLED', String(signal.reason)),
      );
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([written, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
