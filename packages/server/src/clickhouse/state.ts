import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { StateStore, StateTable } from '../model/ports.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Columns, Database } from './database.ts';
import { type RoomMigrations, migrate } from './migrations.ts';
import { numbersFromUint64 } from './native-decoder.ts';
import { sql } from './sql.ts';

const TABLE = 'state';

const STATE_MIGRATIONS: RoomMigrations = {
  room: 'state',
  migrations: [
    {
      version: 1,
      name: 'state',
      statements: [
        // A deleted key is a row whose `deleted` is 1: it must win over older rows until they are merged away.
        sql`CREATE TABLE IF NOT EXISTS state (
            namespace LowCardinality(String),
            key String,
            version UInt64,
            deleted UInt8,
            value String CODEC(ZSTD(1))
          ) ENGINE = ReplacingMergeTree(version, deleted) ORDER BY (namespace, key)
          SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 100`,
      ],
    },
  ],
};

/** Changes waiting for the disk. State changes by people and by alerts, at most thousands at a time (a site going down). */
const QUEUED_CHANGES_MAX = 200_000;
const BATCH_CHANGES_MAX = 20_000;
/** A silence is saved while someone waits; changes of one evaluation still share one insert. */
const LINGER_MS = 5;

interface Change {
  readonly namespace: string;
  readonly key: string;
  readonly version: number;
  /** JSON text; undefined deletes. */
  readonly value: string | undefined;
}

export interface StateStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
}

/**
 * Small durable values of all rooms in one table: read into memory when opened, written through in groups. Each change carries a
 * version above all earlier ones, so whatever order the rows lie in, the last change wins.
 */
export class ClickHouseStateStore implements StateStore, Component {
  readonly name = 'state store';
  readonly #deps: StateStoreDeps;
  readonly #writer: BatchWriter<readonly Change[]>;
  readonly #open = new Set<string>();
  #version = 0;

  constructor(deps: StateStoreDeps) {
    this.#deps = deps;
    this.#writer = new BatchWriter<readonly Change[]>(
      {
        clock: deps.clock,
        logger: deps.logger,
        registry: deps.registry,
        write: (chunks, token) =>
          deps.database.insert(TABLE, changeColumns(chunks.flat()), { deduplicationToken: token, lane: 'state' }),
      },
      {
        name: 'state writer',
        rowsMax: QUEUED_CHANGES_MAX,
        batchRowsMax: BATCH_CHANGES_MAX,
        durableLingerMs: LINGER_MS,
        queuedLingerMs: LINGER_MS,
      },
    );
  }

  /** The last write's error; undefined while writing works. */
  get lastError(): string | undefined {
    return this.#writer.lastError;
  }

  async start(): Promise<void> {
    await migrate(this.#deps.database, this.#deps.clock, STATE_MIGRATIONS);
    for await (const block of this.#deps.database.query(sql`SELECT max(version) AS newest FROM state`)) {
      this.#version = numbersFromUint64(block.columns[0]?.data as BigUint64Array)[0] ?? 0;
    }
    await this.#writer.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#writer.stop(signal);
  }

  /** Throws DATABASE_QUERY when the namespace is open already: two copies in memory would lose each other's changes. */
  async open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>> {
    if (this.#open.has(namespace)) {
      throw new VedetteError(
        'DATABASE_QUERY',
        `the state namespace ${namespace} is already open; open it once and share the table`,
      );
    }
    this.#open.add(namespace);
    const values = new Map<string, Value>();
    const statement = sql`SELECT key, argMax(value, version) AS last_value FROM state WHERE namespace = ${namespace}
      GROUP BY key HAVING argMax(deleted, version) = 0 ORDER BY max(version)`;
    try {
      for await (const block of this.#deps.database.query(statement)) {
        const keys = block.columns[0]?.data as readonly string[];
        const texts = block.columns[1]?.data as readonly string[];
        for (let i = 0; i < block.rows; i++) {
          const value = this.#parse(namespace, keys[i] ?? '', texts[i] ?? '', parse);
          if (value !== undefined) values.set(keys[i] ?? '', value);
        }
      }
    } catch (error) {
      this.#open.delete(namespace);
      throw error;
    }
    return new MemoryTable<Value>(values, (entries) => this.#write(namespace, entries));
  }

  #parse<Value>(
    namespace: string,
    key: string,
    text: string,
    parse: (json: unknown) => Value | undefined,
  ): Value | undefined {
    try {
      const value = parse(JSON.parse(text));
      if (value === undefined)
        this.#deps.logger.warn({ namespace, key }, 'a stored value is not understood by this version and is left out');
      return value;
    } catch (error) {
      this.#deps.logger.warn(
        { namespace, key, error: errorMessage(error) },
        'a stored value cannot be read and is left out',
      );
      return undefined;
    }
  }

  async #write(namespace: string, entries: readonly (readonly [string, string | undefined])[]): Promise<void> {
    if (entries.length === 0) return;
    const changes = entries.map(([key, value]): Change => ({ namespace, key, value, version: ++this.#version }));
    await this.#writer.append(changes, changes.length);
  }
}

type WriteEntries = (entries: readonly (readonly [string, string | undefined])[]) => Promise<void>;

class MemoryTable<Value> implements StateTable<Value> {
  readonly #values: Map<string, Value>;
  readonly #write: WriteEntries;

  constructor(values: Map<string, Value>, write: WriteEntries) {
    this.#values = values;
    this.#write = write;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  put(key: string, value: Value): Promise<void> {
    return this.putAll([[key, value]]);
  }

  async putAll(entries: Iterable<readonly [string, Value]>): Promise<void> {
    // Text first: a value that JSON cannot hold must not change memory either.
    const list = [...entries].map(([key, value]) => ({ key, value, text: JSON.stringify(value) }));
    for (const { key, value } of list) this.#values.set(key, value);
    await this.#write(list.map(({ key, text }) => [key, text] as const));
  }

  async delete(key: string): Promise<void> {
    if (!this.#values.delete(key)) return;
    await this.#write([[key, undefined]]);
  }
}

function changeColumns(changes: readonly Change[]): Columns {
  return {
    rows: changes.length,
    columns: [
      { name: 'namespace', type: 'LowCardinality(String)', data: changes.map((change) => change.namespace) },
      { name: 'key', type: 'String', data: changes.map((change) => change.key) },
      { name: 'version', type: 'UInt64', data: Float64Array.from(changes, (change) => change.version) },
      {
        name: 'deleted',
        type: 'UInt8',
        data: Uint8Array.from(changes, (change) => (change.value === undefined ? 1 : 0)),
      },
      { name: 'value', type: 'String', data: changes.map((change) => change.value ?? '') },
    ],
  };
}
