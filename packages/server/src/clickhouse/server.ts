import { Readable, addAbortSignal } from 'node:stream';
import { type ClickHouseClient, type ClickHouseSettings, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Clock } from '../base/clock.ts';
import { deadline } from '../base/deadline.ts';
import type { Secret } from '../base/config-schema.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { randomId } from '../base/random.ts';
import type { Columns, Database, DatabaseInfo, InsertOptions, ReadOptions, Sql } from './database.ts';
import { engineCode, fromEngine } from './engine-error.ts';
import { insertStatement } from './insert-statement.ts';
import { INSERT_TIMEOUT_MS, QUERY_TIMEOUT_DEFAULT_MS, STATEMENT_TIMEOUT_MS } from './limits.ts';
import { NativeDecoder, NativeFormatError, numbersFromUint64 } from './native-decoder.ts';
import { encodeNative } from './native-encoder.ts';
import { rowsMaxError } from './rows-max.ts';
import { SessionQueue } from './session-queue.ts';
import { name, quoteString, sql } from './sql.ts';

export interface ServerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ServerOptions {
  /** Without credentials; those travel in headers. */
  readonly url: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly database: string;
}

/** Requests at once, reads and writes each; above it a call waits inside the HTTP agent. */
const CONNECTIONS_MAX = 16;
/** Calls accepted and not answered; more means the server does not keep up. */
const CALLS_MAX = 512;
/** A late request is given up this long after the engine's own limit. */
const REQUEST_GRACE_MS = 5_000;
const KILL_TIMEOUT_MS = 5_000;
const UNKNOWN_DATABASE = 81;
const AUTHENTICATION_FAILED = 516;

/**
 * A server may close a connection it kept (a restart, an idle limit) just as the next request goes out on it. A read is then
 * asked again. A statement or an insert may have been carried out before the connection broke, so it must not be said
 * twice: those, a few a second at most, each travel over a new connection.
 */
interface Clients {
  readonly kept: ClickHouseClient;
  readonly fresh: ClickHouseClient;
}

/** ClickHouse over HTTP. The server stays the user's: we create one database in it and change nothing else. */
export class ServerDatabase implements Database {
  readonly name = 'database (server)';
  readonly kind = 'server';
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: ServerOptions;
  readonly #queryIdPrefix = randomId();
  readonly #lanes = new Map<string, SessionQueue<{ close(): void }>>();
  #clients: Clients | undefined;
  #queryCount = 0;
  #calls = 0;
  #version = '';

  constructor(deps: ServerDeps, options: ServerOptions) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#options = options;
  }

  async start(): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    this.#clients = {
      kept: this.#connect(this.#options.database, true),
      fresh: this.#connect(this.#options.database, false),
    };
    try {
      this.#version = await this.#readVersion().catch(async (error: unknown) => {
        if (engineCode((error as Error).cause) !== UNKNOWN_DATABASE) throw error;
        await this.#createDatabase();
        return this.#readVersion();
      });
    } catch (error) {
      await this.#close();
      throw error;
    }
    this.#logger.info(
      { url: this.#options.url, version: this.#version, tookMs: Math.round(this.#clock.monotonicMs() - startedMs) },
      'connected to the ClickHouse server',
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#lanes.clear();
    await this.#close();
  }

  async info(signal?: AbortSignal): Promise<DatabaseInfo> {
    let free: number | undefined;
    let total: number | undefined;
    const statement = sql`SELECT toUInt64(sum(free_space)) AS free, toUInt64(sum(total_space)) AS total FROM system.disks WHERE name = 'default'`;
    for await (const block of this.query(statement, {}, signal)) {
      [free, total] = block.columns.map((column) => numbersFromUint64(column.data as BigUint64Array)[0]);
    }
    return {
      kind: this.kind,
      version: this.#version,
      path: this.#options.url,
      diskFreeBytes: free,
      diskTotalBytes: total,
    };
  }

  async exec(statement: Sql, signal?: AbortSignal): Promise<void> {
    const settings = timeLimit(STATEMENT_TIMEOUT_MS);
    await this.#call('a statement failed', STATEMENT_TIMEOUT_MS, signal, async (client, query_id, abort_signal) => {
      await client.command({ query: statement, query_id, abort_signal, clickhouse_settings: settings });
    });
  }

  async insert(table: string, columns: Columns, options: InsertOptions = {}): Promise<void> {
    if (columns.rows === 0) return;
    const settings: ClickHouseSettings = {
      ...timeLimit(INSERT_TIMEOUT_MS),
      // An asynchronous insert would be acknowledged from the server's memory.
      async_insert: 0,
      insert_deduplication_token: options.deduplicationToken ?? '',
      input_format_native_allow_types_conversion: 1,
    };
    const body = Buffer.concat(encodeNative(columns));
    await this.#lane(options.lane ?? 'metrics').run(
      () =>
        this.#call(
          `inserting into ${table}`,
          INSERT_TIMEOUT_MS,
          options.signal,
          async (client, query_id, abort_signal) => {
            const query = `${insertStatement(table, columns)} FORMAT Native`;
            const values = Readable.from([body]);
            const { stream } = await client.exec({
              query,
              values,
              query_id,
              abort_signal,
              clickhouse_settings: settings,
            });
            for await (const piece of stream) void piece;
          },
        ),
      options.signal,
    );
  }

  async *query(statement: Sql, options: ReadOptions = {}, signal?: AbortSignal): AsyncGenerator<Columns> {
    signal?.throwIfAborted();
    const { kept, fresh } = this.#admit();
    const timeoutMs = options.timeoutMs ?? QUERY_TIMEOUT_DEFAULT_MS;
    const queryId = this.#queryId();
    const limit = deadline(this.#clock, timeoutMs + REQUEST_GRACE_MS, signal);
    const stop = limit.signal;
    const decoder = new NativeDecoder();
    let rows = 0;
    let ended = false;
    try {
      const settings: ClickHouseSettings = { ...timeLimit(timeoutMs), cancel_http_readonly_queries_on_client_close: 1 };
      const request = {
        query: `${statement}\nFORMAT Native`,
        query_id: queryId,
        abort_signal: stop,
        clickhouse_settings: settings,
      };
      const { stream } = await kept.exec(request).catch((error: unknown) => {
        if (!isReset(error)) throw error;
        return fresh.exec(request);
      });
      // The client forgets the signal once the answer's head is there.
      addAbortSignal(stop, stream);
      for await (const piece of stream) {
        for (const block of decoder.push(piece as Buffer)) {
          rows += block.rows;
          if (options.rowsMax !== undefined && rows > options.rowsMax) throw rowsMaxError(options.rowsMax);
          yield block;
        }
      }
      for (const block of decoder.end()) {
        rows += block.rows;
        if (options.rowsMax !== undefined && rows > options.rowsMax) throw rowsMaxError(options.rowsMax);
        yield block;
      }
      ended = true;
    } catch (error) {
      // The server's answer is complete, so nothing is left to kill.
      ended = engineCode(error) !== undefined || error instanceof NativeFormatError;
      signal?.throwIfAborted();
      throw this.#asOurs(lateError(error, decoder) ?? error, 'a query failed', stop);
    } finally {
      limit[Symbol.dispose]();
      this.#calls--;
      if (!ended) await this.#kill(fresh, queryId);
    }
  }

  /** What changes something: over a connection of its own, see {@link Clients}. */
  async #call(
    doing: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    request: (client: ClickHouseClient, queryId: string, abort: AbortSignal) => Promise<void>,
  ): Promise<void> {
    signal?.throwIfAborted();
    const { fresh } = this.#admit();
    const queryId = this.#queryId();
    const limit = deadline(this.#clock, timeoutMs + REQUEST_GRACE_MS, signal);
    const stop = limit.signal;
    try {
      await request(fresh, queryId, stop);
    } catch (error) {
      if (stop.aborted) await this.#kill(fresh, queryId);
      signal?.throwIfAborted();
      throw this.#asOurs(error, doing, stop);
    } finally {
      limit[Symbol.dispose]();
      this.#calls--;
    }
  }

  #admit(): Clients {
    if (!this.#clients) throw new VedetteError('DATABASE_UNAVAILABLE', 'the database connection is closed');
    if (this.#calls >= CALLS_MAX) {
      throw new VedetteError(
        'DATABASE_UNAVAILABLE',
        `the ClickHouse server has ${CALLS_MAX} calls of ours unanswered; try again later`,
      );
    }
    this.#calls++;
    return this.#clients;
  }

  #asOurs(error: unknown, doing: string, stop: AbortSignal): VedetteError {
    const code = engineCode(error);
    if (code === AUTHENTICATION_FAILED) {
      return new VedetteError(
        'DATABASE_UNAVAILABLE',
        `the ClickHouse server at ${this.#options.url} refuses the user; check storage.username and storage.password_file`,
        { details: { engineCode: code } },
      );
    }
    if (code !== undefined || error instanceof VedetteError) return fromEngine(error, doing);
    if (error instanceof NativeFormatError)
      return new VedetteError('DATABASE_QUERY', `${doing}: ${error.message}`, { cause: error });
    if (stop.aborted)
      return new VedetteError('DATABASE_TIMEOUT', `${doing}: the server did not answer in time`, { cause: error });
    return new VedetteError(
      'DATABASE_UNAVAILABLE',
      `the ClickHouse server at ${this.#options.url} cannot be reached: ${errorMessage(error) || 'connection failed'}; check storage.url`,
      { cause: error },
    );
  }

  async #kill(client: ClickHouseClient, queryId: string): Promise<void> {
    try {
      await client.command({
        query: `KILL QUERY WHERE query_id = ${quoteString(queryId)} ASYNC`,
        abort_signal: AbortSignal.timeout(KILL_TIMEOUT_MS),
      });
    } catch (error) {
      this.#logger.warn(
        { error: errorMessage(error) },
        'a database query could not be cancelled; its time limit will end it',
      );
    }
  }

  #lane(name: string): SessionQueue<{ close(): void }> {
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = new SessionQueue(`write-${name}`, { close: () => undefined });
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  async #readVersion(): Promise<string> {
    let version = '';
    for await (const block of this.query(sql`SELECT version() AS version`)) {
      const texts = block.columns[0]?.data as readonly string[];
      version = texts[0] ?? '';
    }
    return version;
  }

  async #createDatabase(): Promise<void> {
    const client = this.#connect('default', false);
    try {
      await client.command({
        query: sql`CREATE DATABASE IF NOT EXISTS ${name(this.#options.database)} ENGINE = Atomic`,
      });
    } catch (error) {
      throw fromEngine(error, `creating the database ${this.#options.database}`);
    } finally {
      await client.close();
    }
  }

  async #close(): Promise<void> {
    await Promise.all([this.#clients?.kept.close(), this.#clients?.fresh.close()]);
    this.#clients = undefined;
  }

  #connect(database: string, keepAlive: boolean): ClickHouseClient {
    return createClient({
      url: this.#options.url,
      database,
      application: 'vedette',
      max_open_connections: CONNECTIONS_MAX,
      keep_alive: { enabled: keepAlive },
      request_timeout: STATEMENT_TIMEOUT_MS + REQUEST_GRACE_MS,
      compression: { request: false, response: false },
      // Its lines could carry statements; what matters reaches us as errors.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: { session_timezone: 'UTC', max_partitions_per_insert_block: '0' },
      ...(this.#options.username === undefined ? {} : { username: this.#options.username }),
      ...(this.#options.password === undefined ? {} : { password: this.#options.password.reveal() }),
    });
  }

  #queryId(): string {
    return `vedette-${this.#queryIdPrefix}-${++this.#queryCount}`;
  }
}

const RESET = new Set(['ECONNRESET', 'EPIPE']);

function isReset(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' && RESET.has(code);
}

function timeLimit(ms: number): ClickHouseSettings {
  return { max_execution_time: ms / 1000 };
}

const LATE_ERROR = /Code: \d+\. DB::Exception: [^\n]*/;
/** An exception's text is at the very end; its stack trace is not sent. */
const LATE_ERROR_BYTES_MAX = 16_384;

/** An error that came after the first rows: the server can only append its text to the rows, so the decoder stumbles over it. */
function lateError(error: unknown, decoder: NativeDecoder): Error | undefined {
  const tail = decoder.rest.subarray(-LATE_ERROR_BYTES_MAX).toString('utf8');
  const text = LATE_ERROR.exec(tail)?.[0];
  return text === undefined || engineCode(error) !== undefined ? undefined : new Error(text, { cause: error });
}
