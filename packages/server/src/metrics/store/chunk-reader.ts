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

/** Samples of one series, ascending, one per timestamp; valid until the next series is asked for. */
export interface StoredRun {
  readonly id: SeriesId;
  readonly samples: SampleBuffer;
}

/** Ascending ids of one statement; both ends of the range are included. */
export interface ChunkRange {
  readonly ids: Float64Array;
  readonly startMs: number;
  readonly endMs: number;
  readonly erased?: Erased;
}

/** The series of `ids` that have stored chunks with samples in the range, in the order of their ids. */
export async function* readChunks(
  database: Database,
  { ids, startMs, endMs, erased }: ChunkRange,
  signal?: AbortSignal,
): AsyncGenerator<StoredRun, void, undefined> {
  const series = new ChunksOfSeries(startMs, endMs);
  for await (const block of database.query(chunksStatement(ids, startMs, endMs), { lane: 'long' }, signal)) {
    const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
    const start = block.columns[1]?.data as Float64Array;
    const end = block.columns[2]?.data as Float64Array;
    const count = block.columns[3]?.data as Uint32Array;
    const seq = block.columns[4]?.data as Uint32Array;
    const data = block.columns[5]?.data as ByteLists;
    for (let row = 0; row < block.rows; row++) {
      if (series.id !== id[row]) {
        const run = series.finish();
        if (run !== undefined) yield run;
        series.begin(id[row] as number, erased?.get(id[row] as number));
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
  const run = series.finish();
  if (run !== undefined) yield run;
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

/** Puts the chunks of one series together; of equal timestamps the chunk that was written later has the say. */
class ChunksOfSeries {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #samples = new SampleBuffer(4_096);
  #id: SeriesId = -1;
  #tombstones: readonly Tombstone[] | undefined;
  /** Chunks that overlap each other, and where the last of them ends. */
  #group: Chunk[] = [];
  #groupEndMs = -Infinity;

  constructor(startMs: number, endMs: number) {
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  get id(): SeriesId {
    return this.#id;
  }

  begin(id: SeriesId, tombstones: readonly Tombstone[] | undefined): void {
    this.#id = id;
    this.#tombstones = tombstones;
    this.#samples.clear();
  }

  add(chunk: Chunk): void {
    if (chunk.startMs > this.#groupEndMs) this.#closeGroup();
    this.#group.push(chunk);
    if (chunk.endMs > this.#groupEndMs) this.#groupEndMs = chunk.endMs;
  }

  finish(): StoredRun | undefined {
    this.#closeGroup();
    if (this.#samples.length === 0) return undefined;
    return { id: this.#id, samples: this.#samples };
  }

  #closeGroup(): void {
    const group = this.#group;
    this.#groupEndMs = -Infinity;
    if (group.length === 0) return;
    this.#group = [];
    if (group.length === 1) {
      this.#decode(group[0] as Chunk, this.#samples);
      return;
    }
    group.sort((a, b) => a.seq - b.seq);
    let merged = new SampleBuffer(1);
    for (const chunk of group) {
      const newer = new SampleBuffer(chunk.count);
      this.#decode(chunk, newer);
      merged = mergedSamples(merged, newer);
    }
    appendSamples(merged, 0, merged.length, this.#samples);
  }

  #decode({ bytes, at, startMs, count, seq }: Chunk, into: SampleBuffer): void {
    const from = into.length;
    decodePayload(bytes, at, startMs, count, this.#startMs, this.#endMs, into);
    if (this.#tombstones !== undefined) dropErased(this.#tombstones, seq, into, from);
  }
}
