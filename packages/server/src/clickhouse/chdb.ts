import { rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { VedetteError, isVedetteError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { randomId } from '../base/random.ts';
import { type ChdbBinding, type ChdbSession, loadChdb } from './chdb-binding.ts';
import { QUERY_MEMORY_MAX_BYTES, SHORT_RESULT_BYTES_MAX, engineConfigXml } from './chdb-config.ts';
import { SessionQueue, closedError } from './session-queue.ts';
import type { Columns, Database, DatabaseInfo, InsertOptions, ReadOptions, Sql } from './database.ts';
import { type DataDirectory, claimDirectory, dataDirectory, lockedError, prepareDirectory } from './data-directory.ts';
import { fromEngine } from './engine-error.ts';
import { insertStatement, insertStructure } from './insert-statement.ts';
import { NativeDecoder } from './native-decoder.ts';
import { encodeNative } from './native-encoder.ts';
import { QUERY_TIMEOUT_DEFAULT_MS, INSERT_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from './limits.ts';
import { rowsMaxError } from './rows-max.ts';
import { quoteString } from './sql.ts';

export interface ChdbDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ChdbOptions {
  /** The data directory; the engine's files go to its folder `chdb`. */
  readonly path: string;
}

/** Own Atomic database: the engine's `default` lacks features (refreshable views). */
const DATABASE = 'vedette';
/** Readers per lane: on small machines more would only take turns. With writers and control below 16, the thread pool's size. */
const SHORT_SESSIONS = 3;
const LONG_SESSIONS = 2;
/** More threads per query gain little on what a monitoring query reads, and hurt what runs beside it. */
const QUERY_THREADS_MAX = 4;
/** KILL QUERY finds only what runs already; repeated until the statement ends. */
const KILL_AGAIN_MS = 25;

/** A killed statement ends within tens of milliseconds; one that does not is left behind. */
const KILLED_WAIT_MAX_MS = 1_000;

/** One engine per process: the engine refuses a second directory, and a second opening of one would share its lock. */
let openedPath: string | undefined;

/** ClickHouse inside this process. Never load this module in a worker thread: when the thread ends, the engine hangs. */
export class ChdbDatabase implements Database {
  readonly name = 'database (embedded)';
  readonly kind = 'embedded';
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #directory: DataDirectory;
  readonly #tagPrefix = randomId();
  #binding: ChdbBinding | undefined;
  #queues = new Map<string, ChdbQueue>();
  #opening = new Map<string, Promise<ChdbQueue>>();
  readonly #running = new Set<string>();
  readonly #reading = new Set<string>();
  #tagCount = 0;
  #version = '';

  constructor(deps: ChdbDeps, options: ChdbOptions) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#directory = dataDirectory(options.path);
  }

  async start(): Promise<void> {
    if (openedPath !== undefined) {
      throw new VedetteError(
        'DATA_DIR_LOCKED',
        `this process already uses the data directory ${openedPath}; a process can open one at a time`,
      );
    }
    const startedMs = this.#clock.monotonicMs();
    await prepareDirectory(this.#directory, engineConfigXml());
    this.#binding = await loadChdb();
    openedPath = this.#directory.root;
    try {
      const first = this.#open('control');
      await first.session.queryAsync(`CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic`);
      await prepareSession(first.session);
      const result = await first.session.queryAsync('SELECT version() AS v', { format: 'TSVRaw' });
      this.#version = Buffer.from(result.bytes()).toString('utf8').trim();
      await claimDirectory(this.#directory);
    } catch (error) {
      for (const queue of this.#queues.values()) await queue.close();
      this.#queues.clear();
      openedPath = undefined;
      throw isVedetteError(error)
        ? error
        : ((await lockedError(this.#directory)) ?? startError(this.#directory, error));
    }
    this.#logger.info(
      {
        path: this.#directory.engine,
        version: this.#version,
        tookMs: Math.round(this.#clock.monotonicMs() - startedMs),
      },
      'embedded database opened',
    );
  }

  /** Ends reads at once; inserts and statements get until the signal, and are then killed. */
  async stop(signal: AbortSignal): Promise<void> {
    if (!this.#binding) return;
    const control = this.#queues.get('control');
    const kill = (tags: Iterable<string>): void => {
      for (const tag of tags) if (control) void this.#kill(control, tag);
    };
    kill(this.#reading);
    const giveUp = new AbortController();
    const onDeadline = (): void => {
      kill(this.#running);
      void this.#clock.sleep(KILLED_WAIT_MAX_MS, giveUp.signal).then(
        () => giveUp.abort(),
        () => undefined,
      );
    };
    signal.addEventListener('abort', onDeadline, { once: true });
    if (signal.aborted) onDeadline();
    const others = [...this.#queues].filter(([name]) => name !== 'control');
    await Promise.all(others.map(([, queue]) => queue.close(giveUp.signal)));
    signal.removeEventListener('abort', onDeadline);
    giveUp.abort();
    await control?.close();
    // A connection that closes while calls run would take the whole engine down; this waits for the last of them.
    await this.#binding.drainPending();
    this.#queues.clear();
    this.#binding = undefined;
    openedPath = undefined;
  }

  async info(): Promise<DatabaseInfo> {
    const disk = await statfs(this.#directory.root);
    return {
      kind: this.kind,
      version: this.#version,
      path: this.#directory.root,
      diskFreeBytes: disk.bavail * disk.bsize,
      diskTotalBytes: disk.blocks * disk.bsize,
    };
  }

  async exec(statement: Sql, signal?: AbortSignal): Promise<void> {
    const queue = await this.#queue('statements');
    const settings = { max_execution_time: STATEMENT_TIMEOUT_MS / 1000 };
    await this.#run(queue, statement, settings, 'a statement failed', signal);
  }

  async insert(table: string, columns: Columns, options: InsertOptions = {}): Promise<void> {
    if (columns.rows === 0) return;
    const queue = await this.#queue(`write-${options.lane ?? 'metrics'}`);
    const file = join(this.#directory.inserts, `${++this.#tagCount}.native`);
    const doing = `inserting into ${table}`;
    try {
      try {
        await writeFile(file, Buffer.concat(encodeNative(columns)), { flag: 'wx' });
      } catch (error) {
        throw fromEngine(error, doing);
      }
      const source = `file(${quoteString(file)}, 'Native', ${quoteString(insertStructure(columns))})`;
      const statement = `${insertStatement(table, columns)} SELECT * FROM ${source}` as Sql;
      const settings = {
        max_execution_time: INSERT_TIMEOUT_MS / 1000,
        insert_deduplication_token: options.deduplicationToken ?? '',
      };
      await this.#run(queue, statement, settings, doing, options.signal);
    } finally {
      await rm(file, { force: true });
    }
  }

  async *query(statement: Sql, options: ReadOptions = {}, signal?: AbortSignal): AsyncGenerator<Columns> {
    const long = options.lane === 'long';
    const queue = await this.#reader(long ? 'long' : 'short', long ? LONG_SESSIONS : SHORT_SESSIONS);
    const release = await queue.acquire(signal);
    const tag = this.#tag();
    const settings = {
      log_comment: tag,
      max_execution_time: (options.timeoutMs ?? QUERY_TIMEOUT_DEFAULT_MS) / 1000,
      max_result_bytes: long ? 0 : SHORT_RESULT_BYTES_MAX,
    };
    const pieces = long ? streamed(queue.session, statement, settings) : whole(queue.session, statement, settings);
    const decoder = new NativeDecoder();
    let rows = 0;
    this.#reading.add(tag);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const piece = await this.#killable(tag, pieces.next(), 'a query failed', signal);
        const blocks = decoded(() => (piece.done ? decoder.end() : decoder.push(piece.value)));
        for (const block of blocks) {
          rows += block.rows;
          if (options.rowsMax !== undefined && rows > options.rowsMax) throw rowsMaxError(options.rowsMax);
          yield block;
        }
        if (piece.done) return;
      }
    } finally {
      this.#reading.delete(tag);
      await pieces.return(undefined);
      release();
    }
  }

  async #run(queue: ChdbQueue, statement: Sql, settings: Settings, doing: string, signal?: AbortSignal): Promise<void> {
    const tag = this.#tag();
    await queue.run(async (session) => {
      await this.#killable(
        tag,
        session.queryAsync(setStatement({ ...settings, log_comment: tag })).then(() => session.queryAsync(statement)),
        doing,
        signal,
      );
    }, signal);
  }

  /** Waits for an engine call; when the signal aborts, kills it and still waits, because its connection is busy until then. */
  async #killable<T>(tag: string, call: Promise<T>, doing: string, signal?: AbortSignal): Promise<T> {
    const settled = new AbortController();
    let killing: Promise<void> | undefined;
    const onAbort = (): void => void (killing = this.#killUntil(tag, settled.signal));
    this.#running.add(tag);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      return await call;
    } catch (error) {
      signal?.throwIfAborted();
      throw fromEngine(error, doing);
    } finally {
      settled.abort();
      signal?.removeEventListener('abort', onAbort);
      // Until its tag is replaced, the connection's next statement bears it too: a kill that comes late would hit that one.
      await killing;
      this.#running.delete(tag);
    }
  }

  async #killUntil(tag: string, settled: AbortSignal): Promise<void> {
    const control = this.#queues.get('control');
    if (!control) return;
    for (;;) {
      if (settled.aborted) return;
      await this.#kill(control, tag);
      await this.#clock.sleep(KILL_AGAIN_MS, settled).catch(() => undefined);
    }
  }

  async #kill(control: ChdbQueue, tag: string): Promise<void> {
    try {
      // ASYNC, because SYNC waits for ever: ended statements stay listed until their connection's next call.
      await control.run((session) =>
        session.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(tag)} ASYNC`),
      );
    } catch (error) {
      this.#logger.warn({ err: error }, 'a database query could not be cancelled; its time limit will end it');
    }
  }

  #tag(): string {
    return `${this.#tagPrefix}-${++this.#tagCount}`;
  }

  async #reader(lane: string, count: number): Promise<ChdbQueue> {
    let best: ChdbQueue | undefined;
    for (let i = 0; i < count; i++) {
      const queue = this.#queues.get(`${lane}-${i}`);
      if (!queue) return best?.load === 0 ? best : this.#queue(`${lane}-${i}`);
      if (!best || queue.load < best.load) best = queue;
    }
    return best ?? this.#queue(`${lane}-0`);
  }

  /** Connections open on first use: each costs memory. */
  async #queue(name: string): Promise<ChdbQueue> {
    const existing = this.#queues.get(name);
    if (existing) return existing;
    let opening = this.#opening.get(name);
    if (!opening) {
      opening = this.#openPrepared(name).finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return opening;
  }

  async #openPrepared(name: string): Promise<ChdbQueue> {
    const queue = this.#open(name);
    await queue.run(prepareSession);
    return queue;
  }

  #open(name: string): ChdbQueue {
    if (!this.#binding) throw closedError();
    const args = [`--config-file=${this.#directory.configFile}`];
    const queue = new SessionQueue(name, new this.#binding.Session(this.#directory.engine, { connectionArgs: args }));
    this.#queues.set(name, queue);
    return queue;
  }
}

type ChdbQueue = SessionQueue<ChdbSession>;

type Settings = Readonly<Record<string, string | number>>;

function setStatement(settings: Settings): string {
  const list = Object.entries(settings).map(
    ([name, value]) => `${name} = ${typeof value === 'number' ? value : quoteString(value)}`,
  );
  return `SET ${list.join(', ')}`;
}

/** What holds for every statement of a session. */
async function prepareSession(session: ChdbSession): Promise<void> {
  await session.queryAsync(`USE ${DATABASE}`);
  await session.queryAsync(
    setStatement({
      max_threads: Math.min(availableParallelism(), QUERY_THREADS_MAX),
      max_insert_threads: 1,
      max_memory_usage: QUERY_MEMORY_MAX_BYTES,
      session_timezone: 'UTC',
      max_partitions_per_insert_block: 0,
      http_max_tries: 1,
    }),
  );
}

async function* whole(session: ChdbSession, statement: Sql, settings: Settings): AsyncGenerator<Uint8Array> {
  await session.queryAsync(setStatement(settings));
  yield (await session.queryAsync(statement, { format: 'Native' })).bytes();
}

async function* streamed(session: ChdbSession, statement: Sql, settings: Settings): AsyncGenerator<Uint8Array> {
  await session.queryAsync(setStatement(settings));
  for await (const chunk of session.queryStream(statement, { format: 'Native' })) yield chunk.raw();
}

function decoded(decode: () => Columns[]): Columns[] {
  try {
    return decode();
  } catch (error) {
    throw fromEngine(error, 'a query failed');
  }
}

function startError(directory: DataDirectory, error: unknown): VedetteError {
  const reason = fromEngine(error, 'opening');
  return new VedetteError(
    'DATA_DIR_INVALID',
    `the embedded database in ${directory.engine} cannot be opened (${reason.message}); check the directory's owner and free space, or start with another one (--data)`,
    { cause: error },
  );
}
