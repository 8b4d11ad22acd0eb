import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { randomId } from '../base/random.ts';
import { type WriterMetrics, writerMetrics } from './writer-metrics.ts';

export interface BatchWriterDeps<Chunk> {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the writer's own metrics go, if anywhere. */
  readonly registry?: Registry | undefined;
  /** Makes the chunks durable, in order, all or (after a retry with the same token) once each. */
  readonly write: (chunks: readonly Chunk[], token: string) => Promise<void>;
  /** Called for chunks that were given up after an error that retrying does not cure. */
  readonly onDropped?: (chunks: readonly Chunk[], error: unknown) => void;
}

export interface BatchWriterOptions {
  /** For people, such as `sample writer`; its first word is the label `writer` of its metrics. */
  readonly name: string;
  /** Rows queued and in flight; above it `append` throws INGEST_OVERLOADED. */
  readonly rowsMax: number;
  /** A batch closes at this many rows. */
  readonly batchRowsMax: number;
  /** How long a durable append waits for company. */
  readonly durableLingerMs: number;
  /**
   * With this many rows waiting, a durable append does not linger once as many callers wait as were seen at once before: they are
   * the ones that come back. Below it, company is waited for in full, because tiny inserts only make work for merges.
   * Default: always linger.
   */
  readonly eagerRowsMin?: number;
  /** How long queued appends are gathered. */
  readonly queuedLingerMs: number;
}

export interface BatchAppendOptions {
  readonly acknowledge?: 'durable' | 'queued';
  readonly signal?: AbortSignal;
}

/** First wait after a failed write; doubles up to RETRY_DELAY_MAX_MS. */
const RETRY_DELAY_MIN_MS = 250;
const RETRY_DELAY_MAX_MS = 5_000;
/** Errors that a retry is not expected to cure get this many attempts before their batch is dropped. */
const ATTEMPTS_MAX = 5;
/** A durable caller learns of a failing write at the first attempt after this long; its rows stay queued. Below a remote-writer's 30 s. */
const DURABLE_WAIT_MAX_MS = 10_000;

interface Entry<Chunk> {
  readonly chunk: Chunk | undefined;
  readonly rows: number;
  readonly appendedMs: number;
  readonly dueMs: number;
  settle: ((error?: unknown) => void) | undefined;
}

/**
 * Group commit: appends of many callers become one insert. What was accepted is kept, in order, until it is durable; a write
 * that fails is retried with the same token, so it is stored once.
 */
export class BatchWriter<Chunk> implements Component {
  readonly name: string;
  readonly #deps: BatchWriterDeps<Chunk>;
  readonly #options: BatchWriterOptions;
  readonly #tokenPrefix = randomId();
  readonly #metrics: WriterMetrics | undefined;
  #tokenCount = 0;
  #pending: Entry<Chunk>[] = [];
  #inFlight: Entry<Chunk>[] = [];
  #queuedRows = 0;
  #pendingRows = 0;
  /** Durable callers waiting for the next batch. */
  #pendingDurable = 0;
  /** Most durable callers seen at once since the last batch, being written or waiting; as many are expected for the next. */
  #companySeen = 0;
  #companyExpected = 1;
  #droppedRows = 0;
  #lastError: string | undefined;
  #wake = new AbortController();
  #stopping = false;
  #aborted = false;
  #loop: Promise<void> | undefined;

  constructor(deps: BatchWriterDeps<Chunk>, options: BatchWriterOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
    const label = options.name.split(' ', 1)[0] ?? '';
    this.#metrics = deps.registry && writerMetrics(deps.registry, label, () => this.#queuedRows);
  }

  get queuedRows(): number {
    return this.#queuedRows;
  }

  /** Rows accepted and then lost, because the database refused them for good or the process had to stop. */
  get droppedRows(): number {
    return this.#droppedRows;
  }

  /** Undefined while writing works. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  /** Throws INGEST_OVERLOADED or DATABASE_UNAVAILABLE (stopped) when an append of this many rows would be refused now. */
  checkRoom(rows: number): void {
    if (this.#stopping || !this.#loop) throw new VedetteError('DATABASE_UNAVAILABLE', `${this.name} is stopped`);
    if (rows === 0 || this.#queuedRows + rows <= this.#options.rowsMax) return;
    if (rows > this.#options.rowsMax) {
      throw new VedetteError(
        'INGEST_TOO_LARGE',
        `${this.name}: ${rows} rows at once are more than its queue of ${this.#options.rowsMax} will ever hold; send smaller batches`,
      );
    }
    const why = this.#lastError ?? 'the database is slower than the incoming data';
    throw new VedetteError(
      'INGEST_OVERLOADED',
      `${this.name}: ${this.#queuedRows} rows wait to be written and the limit is ${this.#options.rowsMax} (${why}); send again later`,
    );
  }

  /** Throws what `checkRoom` throws, with nothing queued; a durable append also what its write failed with, its rows still queued. */
  async append(chunk: Chunk, rows: number, options: BatchAppendOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.checkRoom(rows);
    if (options.acknowledge === 'queued') {
      this.#push(rows === 0 ? undefined : chunk, rows, this.#options.queuedLingerMs);
      return;
    }
    await this.#durable(rows === 0 ? undefined : chunk, rows, options.signal);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    const giveUp = (): void => {
      this.#aborted = true;
      this.#wake.abort();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.#wake.abort();
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#loop, aborted]);
    signal.removeEventListener('abort', giveUp);
    const left = [...this.#inFlight, ...this.#pending];
    const rows = left.reduce((sum, entry) => sum + entry.rows, 0);
    if (left.length === 0) return;
    const error = new VedetteError(
      'DATABASE_UNAVAILABLE',
      `${this.name}: stopped with ${rows} rows not written${this.#lastError === undefined ? '' : `; the last write failed: ${this.#lastError}`}`,
    );
    this.#pending = [];
    this.#lost(rows);
    for (const entry of left) entry.settle?.(error);
    this.#deps.logger.error({ rows }, error.message);
  }

  #durable(chunk: Chunk | undefined, rows: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pendingDurable++;
      const outstanding = this.#pendingDurable + this.#inFlight.filter((entry) => entry.settle !== undefined).length;
      this.#companySeen = Math.max(this.#companySeen, outstanding);
      const isComplete =
        this.#pendingDurable >= this.#companyExpected &&
        this.#pendingRows + rows >= (this.#options.eagerRowsMin ?? Infinity);
      const entry = this.#push(chunk, rows, isComplete ? 0 : this.#options.durableLingerMs);
      const onAbort = (): void => entry.settle?.(signal?.reason);
      entry.settle = (error) => {
        entry.settle = undefined;
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #push(chunk: Chunk | undefined, rows: number, lingerMs: number): Entry<Chunk> {
    const nowMs = this.#deps.clock.monotonicMs();
    const entry: Entry<Chunk> = { chunk, rows, appendedMs: nowMs, dueMs: nowMs + lingerMs, settle: undefined };
    this.#pending.push(entry);
    this.#queuedRows += rows;
    this.#pendingRows += rows;
    this.#nextDueMs = Math.min(this.#nextDueMs, entry.dueMs);
    // While the loop sleeps towards a later moment, an earlier one (or a full batch) must wake it; a retry keeps its delay.
    const retrying = this.#sleepingUntilMs === -Infinity;
    if (retrying) return entry;
    if (this.#nextDueMs < this.#sleepingUntilMs || this.#pendingRows >= this.#options.batchRowsMax) this.#wake.abort();
    return entry;
  }

  #nextDueMs = Infinity;
  #sleepingUntilMs = Infinity;

  async #run(): Promise<void> {
    for (;;) {
      await this.#untilDue();
      if (this.#aborted) return;
      const batch = this.#take();
      if (batch.length === 0) {
        if (this.#stopping) return;
        continue;
      }
      this.#inFlight = batch;
      await this.#writeBatch(batch);
      if (this.#aborted && this.#inFlight.length > 0) return;
      this.#inFlight = [];
    }
  }

  async #untilDue(): Promise<void> {
    for (;;) {
      if (this.#stopping || this.#pendingRows >= this.#options.batchRowsMax) return;
      const waitMs = this.#nextDueMs - this.#deps.clock.monotonicMs();
      if (waitMs <= 0) return;
      await this.#sleep(waitMs, this.#nextDueMs);
    }
  }

  async #sleep(ms: number, untilMs: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    this.#sleepingUntilMs = untilMs;
    if (this.#aborted) return;
    await this.#deps.clock.sleep(Math.min(ms, IDLE_SLEEP_MAX_MS), wake.signal).catch((error: unknown) => {
      if (!wake.signal.aborted) throw error;
    });
    this.#sleepingUntilMs = Infinity;
  }

  #take(): Entry<Chunk>[] {
    let rows = 0;
    let count = 0;
    for (const entry of this.#pending) {
      if (count > 0 && rows + entry.rows > this.#options.batchRowsMax) break;
      rows += entry.rows;
      count++;
    }
    const batch = this.#pending.splice(0, count);
    this.#pendingRows -= rows;
    const waiting = (entries: readonly Entry<Chunk>[]): number =>
      entries.filter((entry) => entry.settle !== undefined).length;
    this.#companyExpected = Math.max(1, this.#companySeen);
    this.#companySeen = waiting(batch);
    this.#pendingDurable = waiting(this.#pending);
    this.#nextDueMs = this.#pending.reduce((least, entry) => Math.min(least, entry.dueMs), Infinity);
    return batch;
  }

  async #writeBatch(batch: readonly Entry<Chunk>[]): Promise<void> {
    const token = `${this.#tokenPrefix}-${++this.#tokenCount}`;
    const chunks = batch.flatMap((entry) => (entry.chunk === undefined ? [] : [entry.chunk]));
    const rows = batch.reduce((sum, entry) => sum + entry.rows, 0);
    let delayMs = RETRY_DELAY_MIN_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        const startedMs = this.#deps.clock.monotonicMs();
        if (chunks.length > 0) await this.#deps.write(chunks, token);
        if (rows > 0) this.#metrics?.written(rows, (this.#deps.clock.monotonicMs() - startedMs) / 1_000);
        this.#lastError = undefined;
        this.#queuedRows -= rows;
        for (const entry of batch) entry.settle?.();
        return;
      } catch (error) {
        this.#lastError = errorMessage(error);
        this.#metrics?.failed();
        if (!isTransient(error) && attempt >= ATTEMPTS_MAX) {
          this.#drop(batch, chunks, rows, error);
          return;
        }
        this.#deps.logger.warn(
          { attempt, rows, retryInMs: delayMs, error: this.#lastError },
          `${this.name}: a write failed and is tried again`,
        );
        this.#failLateWaiters(error);
      }
      if (this.#aborted) return;
      await this.#sleep(delayMs, -Infinity);
      if (this.#aborted) return;
      delayMs = Math.min(delayMs * 2, RETRY_DELAY_MAX_MS);
    }
  }

  #drop(batch: readonly Entry<Chunk>[], chunks: readonly Chunk[], rows: number, error: unknown): void {
    this.#queuedRows -= rows;
    this.#lost(rows);
    this.#deps.logger.error(
      { rows, error: this.#lastError },
      `${this.name}: rows were dropped, because the database refuses them`,
    );
    this.#deps.onDropped?.(chunks, error);
    for (const entry of batch) entry.settle?.(error);
  }

  #lost(rows: number): void {
    this.#droppedRows += rows;
    this.#metrics?.dropped(rows);
  }

  #failLateWaiters(error: unknown): void {
    const appendedBeforeMs = this.#deps.clock.monotonicMs() - DURABLE_WAIT_MAX_MS;
    for (const entry of [...this.#inFlight, ...this.#pending]) {
      if (entry.appendedMs <= appendedBeforeMs) entry.settle?.(error);
    }
  }
}

/** Nothing is due: sleep in long steps; an append wakes earlier. */
const IDLE_SLEEP_MAX_MS = 60_000;

const TRANSIENT = new Set([
  'DISK_FULL',
  'DATABASE_UNAVAILABLE',
  'DATABASE_TIMEOUT',
  'QUERY_TOO_LARGE',
  'QUERY_CANCELLED',
]);

/** Errors that end by themselves or when someone makes room. */
function isTransient(error: unknown): boolean {
  return isVedetteError(error) && TRANSIENT.has(error.code);
}
