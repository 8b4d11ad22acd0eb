import type { Clock } from '../../../base/clock.ts';
import {
  type ByteLists,
  type Database,
  type RoomMigrations,
  fragment,
  migrate,
  name,
  numberList,
  numbersFromUint64,
  sql,
} from '../../../clickhouse/index.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { BESIDE_KINDS } from '../beside/index.ts';
import { decodePayload } from '../chunk-decoder.ts';
import { ChunkRows } from '../chunk-rows.ts';
import { CHUNKS_TABLE, SAMPLES_TABLE } from '../schema.ts';
import type { Tombstone } from '../tombstones.ts';

const DELETIONS_TABLE = 'deletions';

const MIGRATIONS: RoomMigrations = {
  room: 'metrics-deletions',
  migrations: [
    {
      version: 1,
      name: 'deleted ranges of series',
      statements: [
        sql`CREATE TABLE IF NOT EXISTS deletions (
            id UInt64,
            start DateTime64(3, 'UTC'),
            end DateTime64(3, 'UTC'),
            seq UInt32
          ) ENGINE = ReplacingMergeTree ORDER BY (id, start, end, seq)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30, non_replicated_deduplication_window = 0`,
      ],
    },
  ],
};

/** Text of a statement stays far below the engine's limit. */
const IDS_PER_STATEMENT = 1_000;

export interface DeletionTableDeps {
  /** Started before, stopped after. */
  readonly database: Database;
  readonly clock: Clock;
}

/** Deleted ranges as they are kept until the samples in them are gone, and the removal itself. */
export class DeletionTable {
  readonly #deps: DeletionTableDeps;

  constructor(deps: DeletionTableDeps) {
    this.#deps = deps;
  }

  start(): Promise<void> {
    return migrate(this.#deps.database, this.#deps.clock, MIGRATIONS);
  }

  async load(signal: AbortSignal): Promise<readonly Tombstone[]> {
    const found: Tombstone[] = [];
    const statement = sql`SELECT DISTINCT id, start, end, seq FROM ${name(DELETIONS_TABLE)}`;
    for await (const block of this.#deps.database.query(statement, {}, signal)) {
      const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
      const start = block.columns[1]?.data as Float64Array;
      const end = block.columns[2]?.data as Float64Array;
      const seq = block.columns[3]?.data as Uint32Array;
      for (let i = 0; i < block.rows; i++)
        found.push({
          id: id[i] as number,
          startMs: start[i] as number,
          endMs: end[i] as number,
          seq: seq[i] as number,
        });
    }
    return found;
  }

  async add(tombstones: readonly Tombstone[]): Promise<void> {
    await this.#deps.database.insert(DELETIONS_TABLE, {
      rows: tombstones.length,
      columns: [
        { name: 'id', type: 'UInt64', data: Float64Array.from(tombstones, ({ id }) => id) },
        { name: 'start', type: 'DateTime64(3)', data: Float64Array.from(tombstones, ({ startMs }) => startMs) },
        { name: 'end', type: 'DateTime64(3)', data: Float64Array.from(tombstones, ({ endMs }) => endMs) },
        { name: 'seq', type: 'UInt32', data: Uint32Array.from(tombstones, ({ seq }) => seq) },
      ],
    });
  }

  /**
   * Removes what the tombstones hide, and then these; all of them have one range and one seq. Chunks that reach out of the range are
   * written anew without what lies in it. Safe to be cut off anywhere: the tombstones go last, and what is there twice is read once.
   */
  async clean(tombstones: readonly Tombstone[], signal: AbortSignal): Promise<void> {
    const { database } = this.#deps;
    for (let at = 0; at < tombstones.length; at += IDS_PER_STATEMENT) {
      const some = tombstones.slice(at, at + IDS_PER_STATEMENT);
      const { startMs, endMs, seq } = some[0] as Tombstone;
      const ids = fragment(sql`id IN (${fragment(numberList(some.map(({ id }) => id)))})`);
      const [start, end] = [time(startMs), time(endMs)];
      await this.#cutChunks(ids, some[0] as Tombstone, signal);
      await database.exec(
        sql`DELETE FROM ${name(CHUNKS_TABLE)} WHERE ${ids} AND start <= ${end} AND end >= ${start} AND seq <= ${seq}`,
        signal,
      );
      await database.exec(
        sql`DELETE FROM ${name(SAMPLES_TABLE)} WHERE ${ids} AND ts BETWEEN ${start} AND ${end}`,
        signal,
      );
      for (const kind of BESIDE_KINDS) {
        // Start times stay: without samples nobody sees them, and they hold for the samples behind the range.
        if (kind === 'start_times') continue;
        await database.exec(
          sql`DELETE FROM ${name(kind)} WHERE ${ids} AND ts BETWEEN ${start} AND ${end} AND seq <= ${seq}`,
          signal,
        );
      }
      await database.exec(
        sql`DELETE FROM ${name(DELETIONS_TABLE)} WHERE ${ids} AND start = ${start} AND end = ${end} AND seq = ${seq}`,
        signal,
      );
    }
  }

  /** Writes what chunks at the ends of the range have outside of it. */
  async #cutChunks(ids: SqlPart, range: Tombstone, signal: AbortSignal): Promise<void> {
    const { startMs, endMs, seq } = range;
    const rows = new Map<number, ChunkRows>();
    const statement = sql`SELECT id, start, end, count, seq, data FROM ${name(CHUNKS_TABLE)}
      WHERE ${ids} AND start <= ${time(endMs)} AND end >= ${time(startMs)} AND seq <= ${seq}
        AND (start < ${time(startMs)} OR end > ${time(endMs)}) ORDER BY id, start`;
    for await (const block of this.#deps.database.query(statement, { lane: 'long' }, signal)) {
      const id = numbersFromUint64(block.columns[0]?.data as BigUint64Array);
      const start = block.columns[1]?.data as Float64Array;
      const count = block.columns[3]?.data as Uint32Array;
      const seqs = block.columns[4]?.data as Uint32Array;
      const data = block.columns[5]?.data as ByteLists;
      for (let row = 0; row < block.rows; row++) {
        const own = seqs[row] as number;
        let into = rows.get(own);
        if (into === undefined) rows.set(own, (into = new ChunkRows(own)));
        const at = row === 0 ? 0 : (data.ends[row - 1] as number);
        const chunk = { bytes: data.bytes, at, startMs: start[row] as number, count: count[row] as number };
        addPart(into, id[row] as number, chunk, -Infinity, startMs - 1);
        addPart(into, id[row] as number, chunk, endMs + 1, Infinity);
        if (into.isFull) await this.#deps.database.insert(CHUNKS_TABLE, into.take());
      }
    }
    for (const into of rows.values()) if (into.length > 0) await this.#deps.database.insert(CHUNKS_TABLE, into.take());
  }
}

interface StoredChunk {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly startMs: number;
  readonly count: number;
}

function addPart(into: ChunkRows, id: number, chunk: StoredChunk, fromMs: number, toMs: number): void {
  const samples = new SampleBuffer(chunk.count);
  decodePayload(chunk.bytes, chunk.at, chunk.startMs, chunk.count, fromMs, toMs, samples);
  const { timestampMs, value, length } = samples;
  if (length > 0) into.add({ id, timestampMs, value, bits: new Uint32Array(value.buffer), from: 0, to: length });
}

type SqlPart = ReturnType<typeof fragment>;

/** The engine's times begin in 1900 and end in 2299. */
function time(ms: number): SqlPart {
  return fragment(sql`fromUnixTimestamp64Milli(${ms}, 'UTC')`);
}
