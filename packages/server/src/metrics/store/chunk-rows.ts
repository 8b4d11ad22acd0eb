import { Buffer } from 'node:buffer';
import type { Columns } from '../../clickhouse/index.ts';
import { CHUNK_SPAN_MS } from './schema.ts';
import type { SeriesId } from './series-id.ts';
import { encodePayload, payloadBytesMax } from './stored-chunk.ts';

/** Bytes of one insert, about. */
const INSERT_BYTES = 16 * 1024 * 1024;

/** Samples of one series, ascending, one per timestamp, in columns [from, to). */
export interface SeriesRun {
  readonly id: SeriesId;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  readonly bits: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** Rows of the table `chunks`, gathered for one insert. */
export class ChunkRows {
  readonly #seq: number;
  readonly #id: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #count: number[] = [];
  readonly #ends: number[] = [];
  #bytes = Buffer.allocUnsafeSlow(256 * 1024);
  #used = 0;

  constructor(seq: number) {
    this.#seq = seq;
  }

  get length(): number {
    return this.#id.length;
  }

  /** Worth an insert of its own. */
  get isFull(): boolean {
    return this.#used >= INSERT_BYTES;
  }

  /** Encodes the samples into as many rows as the spans they lie in. */
  add({ id, timestampMs, value, bits, from, to }: SeriesRun): void {
    for (let start = from; start < to;) {
      const spanEndMs = (Math.floor((timestampMs[start] as number) / CHUNK_SPAN_MS) + 1) * CHUNK_SPAN_MS;
      let end = to;
      if ((timestampMs[to - 1] as number) >= spanEndMs) {
        end = start + 1;
        while ((timestampMs[end] as number) < spanEndMs) end++;
      }
      this.#reserve(payloadBytesMax(end - start));
      this.#used = encodePayload(timestampMs, value, bits, start, end, this.#bytes, this.#used);
      this.#id.push(id);
      this.#start.push(timestampMs[start] as number);
      this.#end.push(timestampMs[end - 1] as number);
      this.#count.push(end - start);
      this.#ends.push(this.#used);
      start = end;
    }
  }

  /** The rows, to be inserted; gathering starts anew. */
  take(): Columns {
    const rows = this.#id.length;
    const columns: Columns = {
      rows,
      columns: [
        { name: 'id', type: 'UInt64', data: Float64Array.from(this.#id) },
        { name: 'start', type: 'DateTime64(3)', data: Float64Array.from(this.#start) },
        { name: 'end', type: 'DateTime64(3)', data: Float64Array.from(this.#end) },
        { name: 'count', type: 'UInt32', data: Uint32Array.from(this.#count) },
        { name: 'seq', type: 'UInt32', data: new Uint32Array(rows).fill(this.#seq) },
        {
          name: 'data',
          type: 'Array(UInt8)',
          data: { length: rows, ends: Float64Array.from(this.#ends), bytes: this.#bytes.subarray(0, this.#used) },
        },
      ],
    };
    for (const column of [this.#id, this.#start, this.#end, this.#count, this.#ends]) column.length = 0;
    this.#bytes = Buffer.allocUnsafeSlow(256 * 1024);
    this.#used = 0;
    return columns;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#used + bytes, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}
