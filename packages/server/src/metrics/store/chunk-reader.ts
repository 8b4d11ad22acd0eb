import {
  type ByteLists,
  type Database,
  type Sql,
  fragment,
  name,
  numberList,
  numbersFromUint64,
  sql,
} from '../../clickhouse/index.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { decodePayload } from './chunk-decoder.ts';
import { type Erased, type Tombstone, dropErased } from './tombstones.ts';
import { appendSamples, mergedSamples } from './sample-merge.ts';
import { CHUNKS_TABLE, CHUNK_SPAN_MS } from './schema.ts';
import type { SeriesId } from './series-id.ts';

/** Ascending ids of one statement; both ends of the range are included. */
export interface ChunkRange {
  readonly ids: Float64Array;
  readonly startMs: number;
  readonly endMs: number;
  readonly erased?: Erased;
}

/** The series of `ids` that have stored chunks in the range, in the order of their ids. */
export async function* readChunks(
  database: Database,
  { ids, startMs, endMs, erased }: ChunkRange,
  signal?: AbortSignal,
): AsyncGenerator<StoredChunks, void, undefined> {
  let series: StoredChunks | undefined;
  for await (const block of database.query(chunksStatement(ids, startMs, endMs), { lane: 'long' }, signal)) {
    const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const start = block.columns[1]?.data as Float64Array;
    const end = block.columns[2]?.data as Float64Array;
    const count = block.columns[3]?.data as Uint32Array;
    const seq = block.columns[4]?.data as Uint32Array;
    const data = block.columns[5]?.data as ByteLists;
    for (let row = 0; row < block.rows; row++) {
      if (series === undefined || series.id !== id[row]) {
        if (series !== undefined) yield series;
        series = new StoredChunks(id[row] as number, erased?.get(id[row] as number));
      }
      series.add({
        startMs: start[row] as number,
        endMs: end[row] as number,
        count: count[row] as number,
        seq: seq[row] as number,
        bytes: data.bytes,
        at: row === 0 ? 0 : (data.ends[row - 1] as number),
      });
    }
  }
  if (series !== undefined) yield series;
}

function chunksStatement(ids: Float64Array, startMs: number, endMs: number): Sql {
  const time = (ms: number): Sql => sql`fromUnixTimestamp64Milli(${ms}, 'UTC')`;
  const from = Math.ceil(startMs);
  const to = Math.floor(endMs);
  return sql`SELECT id, start, end, count, seq, data FROM ${name(CHUNKS_TABLE)}
    WHERE id BETWEEN ${ids[0] as number} AND ${ids.at(-1) as number} AND id IN (${fragment(numberList(ids))})
      AND start BETWEEN ${fragment(time(from - CHUNK_SPAN_MS))} AND ${fragment(time(to))} AND end >= ${fragment(time(from))}
    ORDER BY id, start, seq`;
}

interface Chunk {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** The stored chunks of one series, as they are: some 1.2 bytes a sample until they are read. */
export class StoredChunks {
  readonly id: SeriesId;
  readonly #tombstones: readonly Tombstone[] | undefined;
  /** In the order of their starts. */
  readonly #chunks: Chunk[] = [];

  constructor(id: SeriesId, tombstones: readonly Tombstone[] | undefined) {
    this.id = id;
    this.#tombstones = tombstones;
  }

  add(chunk: Chunk): void {
    this.#chunks.push(chunk);
  }

  /** About how many samples `read` gives: chunks at the edges count by the share of their time inside the range. */
  estimate(fromMs: number, toMs: number): number {
    let samples = 0;
    for (const { startMs, endMs, count } of this.#chunks) {
      const inside = Math.min(endMs, toMs) - Math.max(startMs, fromMs);
      if (inside >= 0) samples += endMs === startMs ? count : Math.ceil((count * inside) / (endMs - startMs));
    }
    return samples;
  }

  /** Samples in [fromMs, toMs], ascending, one per timestamp: that of the chunk which was written last. They are added to `into`. */
  read(fromMs: number, toMs: number, into: SampleBuffer): void {
    const chunks = this.#chunks;
    for (let first = 0; first < chunks.length;) {
      let last = first + 1;
      let endMs = (chunks[first] as Chunk).endMs;
      while (last < chunks.length && (chunks[last] as Chunk).startMs <= endMs) {
        endMs = Math.max(endMs, (chunks[last] as Chunk).endMs);
        last++;
      }
      if (last === first + 1) this.#decode(chunks[first] as Chunk, fromMs, toMs, into);
      else this.#merge(chunks.slice(first, last), fromMs, toMs, into);
      first = last;
    }
  }

  /** Of chunks that overlap each other. */
  #merge(chunks: Chunk[], fromMs: number, toMs: number, into: SampleBuffer): void {
    chunks.sort((a, b) => a.seq - b.seq);
    let merged = new SampleBuffer(1);
    for (const chunk of chunks) {
      const newer = new SampleBuffer(chunk.count);
      this.#decode(chunk, fromMs, toMs, newer);
      merged = mergedSamples(merged, newer);
    }
    appendSamples(merged, 0, merged.length, into);
  }

  #decode({ bytes, at, startMs, endMs, count, seq }: Chunk, fromMs: number, toMs: number, into: SampleBuffer): void {
    if (startMs > toMs || endMs < fromMs) return;
    const from = into.length;
    decodePayload(bytes, at, startMs, count, fromMs, toMs, into);
    if (this.#tombstones !== undefined) dropErased(this.#tombstones, seq, into, from);
  }
}
