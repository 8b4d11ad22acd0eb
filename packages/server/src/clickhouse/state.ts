import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { randomId } from '../base/random.ts';
import type { StateStore, StateTable } from '../model/ports.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Column, Columns, Database } from './database.ts';
import { migrate } from './migrations.ts';
import { numbersFromUint64 } from './native-decoder.ts';
import { name, sql } from './sql.ts';
import { StateFollower } from './state-follower.ts';
import { SHARED_STATE_MIGRATIONS, SHARED_STATE_TABLE, STATE_MIGRATIONS, STATE_TABLE } from './state-schema.ts';
import { type Change, MemoryTable } from './state-table.ts';
import { StateVersions } from './state-version.ts';

/** Changes waiting for the disk. State changes by people and by alerts, at most thousands at a time (a site going down). */
const QUEUED_CHANGES_MAX = 200_000;
const BATCH_CHANGES_MAX = 20_000;
/** A silence is saved while someone waits; changes of one evaluation still share one insert. */
const LINGER_MS = 5;

export interface StateStoreDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
}

export interface StateStoreOptions {
  /** Several processes write into the same database and follow each other's changes; default: this one alone. */
  readonly shared?: boolean;
}

/**
 * Small durable values of all rooms in one table: read into memory when opened, written through in groups. Each change carries a
 * version above all earlier ones, so whatever order the rows lie in, the last change wins. Shared, the table is another one, and what
 * other processes change is in memory about a second later.
 */
export class ClickHouseStateStore implements StateStore, Component {
  readonly name: string;
  readonly #deps: StateStoreDeps;
  readonly #table: string;
  readonly #writer: BatchWriter<readonly Change[]>;
  readonly #tables = new Map<string, { take(changes: readonly Change[]): void }>();
  readonly #origin = randomId();
  readonly #versions: StateVersions;
  readonly #follower: StateFollower | undefined;
  /** Reads what other processes changed until now; absent where there are none. */
  readonly refresh?: () => Promise<void>;

  constructor(deps: StateStoreDeps, { shared = false }: StateStoreOptions = {}) {
    this.#deps = deps;
    this.name = shared ? 'shared state store' : 'state store';
    this.#table = shared ? SHARED_STATE_TABLE : STATE_TABLE;
    this.#versions = new StateVersions(deps.clock, this.#origin);
    this.#writer = new BatchWriter<readonly Change[]>(
      {
        clock: deps.clock,
        logger: deps.logger,
        registry: deps.registry,
        write: (chunks, token) => {
          const columns = changeColumns(chunks.flat(), shared ? this.#origin : undefined);
          return deps.database.insert(this.#table, columns, { deduplicationToken: token, lane: 'state' });
        },
      },
      {
        name: shared ? 'shared-state writer' : 'state writer',
        rowsMax: QUEUED_CHANGES_MAX,
        batchRowsMax: BATCH_CHANGES_MAX,
        durableLingerMs: LINGER_MS,
        queuedLingerMs: LINGER_MS,
      },
    );
    if (!shared) return;
    const follower = new StateFollower({ ...deps, origin: this.#origin, take: (changes) => this.#take(changes) });
    this.#follower = follower;
    this.refresh = () => follower.refresh();
  }

  /** The last write's error; undefined while writing works. */
  get lastError(): string | undefined {
    return this.#writer.lastError ?? this.#follower?.lastError;
  }

  async start(): Promise<void> {
    const { database, clock } = this.#deps;
    await migrate(database, clock, this.#follower ? SHARED_STATE_MIGRATIONS : STATE_MIGRATIONS);
    for await (const block of database.query(sql`SELECT max(version) AS newest FROM ${name(this.#table)}`)) {
      this.#versions.seen(numbersFromUint64(block.columns[0]?.data as BigUint64Array)[0] ?? 0);
    }
    await this.#writer.start();
    await this.#follower?.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#follower?.stop();
    await this.#writer.stop(signal);
  }

  /** Throws DATABASE_QUERY when the namespace is open already: two copies in memory would lose each other's changes. */
  async open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>> {
    if (this.#tables.has(namespace)) {
      throw new VedetteError(
        'DATABASE_QUERY',
        `the state namespace ${namespace} is already open; open it once and share the table`,
      );
    }
    const values = new Map<string, Value>();
    const versions = this.#follower && new Map<string, number>();
    const read = (key: string, text: string): Value | undefined => this.#parse(namespace, key, text, parse);
    const table = new MemoryTable<Value>({
      values,
      versions,
      parse: read,
      number: (entries) => entries.map(([key, text]) => ({ namespace, key, text, version: this.#versions.next() })),
      write: (changes) => this.#writer.append(changes, changes.length),
    });
    // Before it is read: what others change meanwhile must not fall in between.
    this.#tables.set(namespace, table);
    const statement = sql`SELECT key, argMax(value, version) AS last_value, max(version) AS newest FROM ${name(this.#table)}
      WHERE namespace = ${namespace} GROUP BY key HAVING argMax(deleted, version) = 0 ORDER BY newest`;
    try {
      for await (const block of this.#deps.database.query(statement)) {
        const keys = block.columns[0]?.data as readonly string[];
        const texts = block.columns[1]?.data as readonly string[];
        const newest = numbersFromUint64(block.columns[2]?.data as BigUint64Array);
        for (let i = 0; i < block.rows; i++) {
          const key = keys[i] ?? '';
          if ((versions?.get(key) ?? 0) >= (newest[i] ?? 0)) continue;
          versions?.set(key, newest[i] ?? 0);
          const value = read(key, texts[i] ?? '');
          if (value !== undefined) values.set(key, value);
        }
      }
    } catch (error) {
      this.#tables.delete(namespace);
      throw error;
    }
    return table;
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

  #take(changes: readonly Change[]): void {
    const byNamespace = new Map<string, Change[]>();
    for (const change of changes) {
      this.#versions.seen(change.version);
      const own = byNamespace.get(change.namespace);
      if (own) own.push(change);
      else byNamespace.set(change.namespace, [change]);
    }
    for (const [namespace, own] of byNamespace) this.#tables.get(namespace)?.take(own);
  }
}

function changeColumns(changes: readonly Change[], origin: string | undefined): Columns {
  const columns: Column[] = [
    { name: 'namespace', type: 'LowCardinality(String)', data: changes.map((change) => change.namespace) },
    { name: 'key', type: 'String', data: changes.map((change) => change.key) },
    { name: 'version', type: 'UInt64', data: Float64Array.from(changes, (change) => change.version) },
    { name: 'deleted', type: 'UInt8', data: Uint8Array.from(changes, (change) => (change.text === undefined ? 1 : 0)) },
    { name: 'value', type: 'String', data: changes.map((change) => change.text ?? '') },
  ];
  if (origin !== undefined)
    columns.push({ name: 'origin', type: 'LowCardinality(String)', data: changes.map(() => origin) });
  return { rows: changes.length, columns };
}
