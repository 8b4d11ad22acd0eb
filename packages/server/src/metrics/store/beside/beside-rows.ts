import { RecordKind } from '../wal/index.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import type { BesideKind } from './schema.ts';

export const RECORD_KINDS: Readonly<Record<BesideKind, number>> = {
  histograms: RecordKind.histograms,
  start_times: RecordKind.startTimes,
  exemplars: RecordKind.exemplars,
};

/** The kind of rows in a record of the log; undefined for records of others. */
export function kindOfRecord(record: number): BesideKind | undefined {
  for (const kind of Object.keys(RECORD_KINDS) as BesideKind[]) if (RECORD_KINDS[kind] === record) return kind;
  return undefined;
}

/** A record is closed when it has become so large. */
const RECORD_BYTES = 1024 * 1024;

/** Rows of one kind of one batch on their way into the log: each is ref, time, length of the bytes (varints), bytes. */
export class BesideRows {
  readonly kind: BesideKind;
  readonly ref: number[] = [];
  readonly timestampMs: number[] = [];
  readonly #row = new ByteSink();
  readonly #record = new ByteSink();
  readonly #records: Uint8Array[] = [];

  constructor(kind: BesideKind) {
    this.kind = kind;
  }

  get length(): number {
    return this.ref.length;
  }

  /** Adds a row; `put` writes its bytes. */
  add(ref: number, timestampMs: number, put: (out: ByteSink) => void): void {
    this.ref.push(ref);
    this.timestampMs.push(timestampMs);
    this.#row.clear();
    put(this.#row);
    this.#record.unsigned(ref);
    this.#record.unsigned(timestampMs);
    this.#record.unsigned(this.#row.length);
    this.#record.bytes(this.#row.view());
    if (this.#record.length >= RECORD_BYTES) this.#close();
  }

  /** What goes into the log. */
  take(): readonly Uint8Array[] {
    this.#close();
    return this.#records.splice(0);
  }

  #close(): void {
    if (this.#record.length === 0) return;
    this.#records.push(Uint8Array.from(this.#record.view()));
    this.#record.clear();
  }
}

/** Calls back for each row of a record; `data` is a part of it. */
export function readRecord(from: ByteCursor, row: (ref: number, timestampMs: number, data: Uint8Array) => void): void {
  while (from.left > 0) {
    const ref = from.unsigned();
    const timestampMs = from.unsigned();
    row(ref, timestampMs, from.take(from.count(1)));
  }
}

/** A stored row; `data` is valid until the next row is asked for. */
export interface BesideRow {
  readonly id: number;
  readonly timestampMs: number;
  readonly data: Uint8Array;
}

export interface BesideRange {
  readonly ids: readonly number[];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
}

/** A series that has rows of a kind. */
export interface SeriesKind {
  readonly id: number;
  readonly kind: BesideKind;
}
