import { Buffer } from 'node:buffer';
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import type { Component } from '../../../base/component.ts';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { PAYLOAD_BYTES_MAX, RECORD_HEADER_BYTES, writeRecord } from './record-format.ts';
import { SegmentFile, syncDirectory } from './segment-file.ts';
import { type WalRecord, readSegment } from './segment-reader.ts';

export interface WriteAheadLogDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told about each group of records that became durable, and each failed attempt. */
  readonly onCommit?: (rows: number, seconds: number) => void;
  readonly onFailure?: () => void;
}

export interface WriteAheadLogOptions {
  /** A folder of its own; made when it is not there. */
  readonly path: string;
}

export interface WalAppend {
  /** For counting what waits (`queuedRows`). */
  readonly rows: number;
  /** True: written at once, together with all others that wait. False: within QUEUED_LINGER_MS. */
  readonly durable: boolean;
}

/** How long records that nobody waits for are gathered. */
const QUEUED_LINGER_MS = 2_000;
/** Bytes that wait for the disk: five seconds of 600,000 samples/s. Above it `append` refuses. */
const QUEUED_BYTES_MAX = 48 * 1024 * 1024;
/** So much is written at once even when nobody waits. */
const EAGER_BYTES = 4 * 1024 * 1024;
const RETRY_DELAY_MIN_MS = 250;
const RETRY_DELAY_MAX_MS = 5_000;
const BUFFER_BYTES = 256 * 1024;
const SPARE_BUFFERS = 4;
const SEGMENT_NAME = /^(\d{10})\.wal$/;

interface Segment {
  readonly number: number;
  readonly file: SegmentFile;
  /** Full buffers and the one being filled, with how much of it is used. */
  full: Buffer<ArrayBuffer>[];
  current: Buffer<ArrayBuffer> | undefined;
  used: number;
  rows: number;
  waiters: ((error?: unknown) => void)[];
  /** No more appends; closed once everything is written. */
  sealed: boolean;
  onClosed: (() => void) | undefined;
}

/**
 * An append-only log in numbered files (segments). Records are gathered in memory and written in groups; a group that fails is
 * kept and written again, so the order is the order of the appends. Records are bytes of some `kind`; what they mean is the owner's.
 */
export class WriteAheadLog implements Component {
  readonly name = 'write-ahead log';
  readonly #deps: WriteAheadLogDeps;
  readonly #path: string;
  /** Segments of an earlier process and rotated ones, oldest first. */
  readonly #sealed: number[] = [];
  /** Rotated ones whose last records are not written yet, then the one that takes appends. */
  readonly #open: Segment[] = [];
  /** Without records, kept for its number. */
  #emptied: readonly number[] = [];
  /** Written buffers, to be filled again. */
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  #queuedRows = 0;
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #wake = new AbortController();
  #lingering = false;
  #stopping = false;
  #abandoned = false;
  #lastError: VedetteError | undefined;

  constructor(deps: WriteAheadLogDeps, options: WriteAheadLogOptions) {
    this.#deps = deps;
    this.#path = options.path;
  }

  /** Rows of records that are not durable yet. */
  get queuedRows(): number {
    return this.#queuedRows;
  }

  /** Why the last write failed; undefined while writing works. */
  get lastError(): string | undefined {
    return this.#lastError?.message;
  }

  /** The number of the segment that an append would go to now; rises with `rotate` and never falls, also over restarts. */
  get segment(): number {
    return this.#open.at(-1)?.number ?? 0;
  }

  /** Segments that take no more records, oldest first. */
  get sealed(): readonly number[] {
    return this.#sealed;
  }

  /** Throws DATA_DIR_INVALID. */
  async start(): Promise<void> {
    const numbers = await this.#numbers();
    this.#sealed.push(...numbers);
    this.#begin((numbers.at(-1) ?? 0) + 1);
  }

  /** Of the segments that are there. */
  async #numbers(): Promise<number[]> {
    try {
      await mkdir(this.#path, { recursive: true });
      const names = (await readdir(this.#path)).flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []);
      return names.map(Number).sort((a, b) => a - b);
    } catch (error) {
      throw new VedetteError(
        'DATA_DIR_INVALID',
        `the folder ${this.#path} of the write-ahead log cannot be used: ${errorMessage(error)}; give a writable data directory with --data or storage.path`,
        { cause: error, details: { path: this.#path } },
      );
    }
  }

  /** Writes what is queued; gives up at the signal, and says how much was lost. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#wake.abort();
    const abandon = (): void => {
      this.#abandoned = true;
      this.#wake.abort();
    };
    if (signal.aborted) abandon();
    signal.addEventListener('abort', abandon, { once: true });
    if (this.#queuedBytes > 0) this.#pump();
    while (this.#running) await this.#running;
    signal.removeEventListener('abort', abandon);
    for (const segment of this.#open) await segment.file.close();
    if (this.#queuedRows === 0) return;
    const error = new VedetteError(
      'DATABASE_UNAVAILABLE',
      `${this.name}: stopped with ${this.#queuedRows} rows not written`,
    );
    this.#deps.logger.error({ rows: this.#queuedRows, error: this.lastError }, error.message);
    for (const segment of this.#open) settle(segment, error);
  }

  /** Throws INGEST_OVERLOADED when so many bytes more would be too much, and DATABASE_UNAVAILABLE after `stop`. */
  checkRoom(bytes: number): void {
    this.#checkOpen();
    if (this.#queuedBytes + bytes <= QUEUED_BYTES_MAX || this.#queuedBytes === 0) return;
    throw new VedetteError(
      'INGEST_OVERLOADED',
      `${this.#queuedBytes} bytes of samples wait to be written and the limit is ${QUEUED_BYTES_MAX} (${this.lastError ?? 'the disk is slower than the incoming data'}); send again later`,
    );
  }

  /**
   * Queues a record in this turn; `payload` is copied. With `durable` the promise resolves once it survives kill -9, or rejects with
   * what the first attempt to write it failed with (the record stays queued and is written as soon as that works); else it resolves
   * at once. Does not ask for room: that is for the caller, once for all records of a batch (`checkRoom`).
   */
  append(kind: number, payload: Uint8Array, { rows, durable }: WalAppend): Promise<void> {
    this.#checkOpen();
    if (payload.length > PAYLOAD_BYTES_MAX)
      throw new RangeError(`a record of ${payload.length} bytes is larger than ${PAYLOAD_BYTES_MAX}`);
    const segment = this.#open.at(-1) as Segment;
    const bytes = RECORD_HEADER_BYTES + payload.length;
    const { current, used } = segment;
    if (current === undefined || used + bytes > current.length) {
      if (current !== undefined) segment.full.push(current.subarray(0, used));
      segment.current =
        (bytes <= BUFFER_BYTES ? this.#spare.pop() : undefined) ??
        Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, bytes));
      segment.used = 0;
    }
    segment.used = writeRecord(kind, payload, segment.current as Buffer, segment.used);
    segment.rows += rows;
    this.#queuedRows += rows;
    this.#queuedBytes += bytes;
    if (durable) return this.committed();
    if (this.#queuedBytes >= EAGER_BYTES) this.#pump();
    else this.#linger();
    return Promise.resolve();
  }

  /** Resolves once everything appended so far is durable; rejects as a durable append does. */
  committed(): Promise<void> {
    if (this.#queuedBytes === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      (this.#open.at(-1) as Segment).waiters.push((error) =>
        error === undefined ? resolve() : reject(error as Error),
      );
      this.#pump();
    });
  }

  /** From now on appends go to a new segment; resolves once the old one is complete on the disk, and listed in `sealed`. */
  async rotate(): Promise<void> {
    const old = this.#open.at(-1) as Segment;
    old.sealed = true;
    const closed = new Promise<void>((resolve) => {
      old.onClosed = resolve;
    });
    this.#begin(old.number + 1);
    this.#pump();
    await closed;
  }

  /** Records of sealed segments in the order they were appended. Damage is logged and skipped. */
  async *read(segments: readonly number[] = this.#sealed): AsyncGenerator<WalRecord, void, undefined> {
    for (const number of segments) {
      yield* readSegment(this.#pathOf(number), number, ({ path, offset, bytes, tail }) => {
        if (tail)
          this.#deps.logger.info(
            { path, offset, bytes },
            'the write-ahead log ends in a record that was not finished; it was never acknowledged and is left out',
          );
        else
          this.#deps.logger.error(
            { path, offset, bytes },
            'the write-ahead log is damaged; the damaged records are left out',
          );
      });
    }
  }

  /** Deletes sealed segments whose records are stored elsewhere. */
  async remove(segments: readonly number[]): Promise<void> {
    if (segments.length === 0) return;
    const newest = Math.max(...segments);
    const isNewest = this.#open.every((segment) => segment.file.bytes === 0) && newest >= Math.max(...this.#sealed);
    for (const number of [...segments, ...this.#emptied]) {
      // The newest file stays, empty: its name is how a restart knows the next number.
      if (isNewest && number === newest) await truncate(this.#pathOf(number), 0);
      else await rm(this.#pathOf(number), { force: true });
      const at = this.#sealed.indexOf(number);
      if (at >= 0) this.#sealed.splice(at, 1);
    }
    this.#emptied = isNewest ? [newest] : [];
    await syncDirectory(this.#path);
  }

  /** Bytes of sealed segments and of the one that is written. */
  async bytes(): Promise<number> {
    let sum = 0;
    for (const number of this.#sealed) sum += (await stat(this.#pathOf(number))).size;
    for (const segment of this.#open) sum += segment.file.bytes;
    return sum;
  }

  #checkOpen(): void {
    if (this.#stopping || this.#open.length === 0)
      throw new VedetteError('DATABASE_UNAVAILABLE', `${this.name} is stopped`);
  }

  #pathOf(number: number): string {
    return join(this.#path, `${String(number).padStart(10, '0')}.wal`);
  }

  #begin(number: number): void {
    const file = new SegmentFile(this.#pathOf(number));
    this.#open.push({
      number,
      file,
      full: [],
      current: undefined,
      used: 0,
      rows: 0,
      waiters: [],
      sealed: false,
      onClosed: undefined,
    });
  }

  #linger(): void {
    if (this.#lingering || this.#running) return;
    this.#lingering = true;
    const wake = this.#wake;
    void this.#deps.clock.sleep(QUEUED_LINGER_MS, wake.signal).then(
      () => {
        this.#lingering = false;
        this.#pump();
      },
      () => {
        this.#lingering = false;
      },
    );
  }

  #pump(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What came behind the last look.
      if (this.#abandoned) return;
      if (this.#stopping ? this.#queuedBytes > 0 : this.#isAwaited()) this.#pump();
      else if (this.#queuedBytes > 0) this.#linger();
    });
  }

  #isAwaited(): boolean {
    return this.#open.some((segment) => segment.waiters.length > 0 || segment.sealed);
  }

  async #run(): Promise<void> {
    // Everybody who appends in this turn shares the write.
    await Promise.resolve();
    for (let segment = this.#next(); segment !== undefined; segment = this.#next()) {
      if (segment.used > 0) {
        if (!(await this.#write(segment))) return;
        continue;
      }
      settle(segment);
      if (!segment.sealed) continue;
      await segment.file.close();
      this.#open.shift();
      if (segment.file.bytes > 0) this.#sealed.push(segment.number);
      segment.onClosed?.();
    }
  }

  /** The oldest segment, when there is something to do with it. */
  #next(): Segment | undefined {
    const first = this.#open[0] as Segment;
    return first.used > 0 || first.waiters.length > 0 || first.sealed ? first : undefined;
  }

  /** Until it works; false when stopped before. */
  async #write(segment: Segment): Promise<boolean> {
    const buffers = [...segment.full, (segment.current as Buffer<ArrayBuffer>).subarray(0, segment.used)];
    const { rows, waiters } = segment;
    // While this is written, appends go to fresh buffers.
    segment.full = [];
    segment.current = undefined;
    segment.used = 0;
    segment.rows = 0;
    segment.waiters = [];
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    for (let delayMs = RETRY_DELAY_MIN_MS; ; delayMs = Math.min(delayMs * 2, RETRY_DELAY_MAX_MS)) {
      const startedMs = this.#deps.clock.monotonicMs();
      try {
        await segment.file.append(buffers);
        this.#deps.onCommit?.(rows, (this.#deps.clock.monotonicMs() - startedMs) / 1_000);
        break;
      } catch (error) {
        this.#lastError = error as VedetteError;
        this.#deps.onFailure?.();
        this.#deps.logger.warn(
          { rows, retryInMs: delayMs, error: errorMessage(error) },
          `${this.name}: a write failed and is tried again`,
        );
        // Whoever came meanwhile waits for the same disk.
        for (const settled of waiters.splice(0)) settled(error);
        for (const open of this.#open) settle(open, error);
      }
      if (!this.#abandoned) await this.#sleep(delayMs);
      if (this.#abandoned) {
        // Counted as not written by `stop`.
        return false;
      }
    }
    for (const buffer of buffers) {
      if (buffer.buffer.byteLength === BUFFER_BYTES && this.#spare.length < SPARE_BUFFERS)
        this.#spare.push(Buffer.from(buffer.buffer));
    }
    this.#lastError = undefined;
    this.#queuedRows -= rows;
    this.#queuedBytes -= bytes;
    for (const settled of waiters) settled();
    return true;
  }

  async #sleep(ms: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    await this.#deps.clock.sleep(ms, wake.signal).catch((error: unknown) => {
      if (!wake.signal.aborted) throw error;
    });
  }
}

function settle(segment: Segment, error?: unknown): void {
  for (const settled of segment.waiters.splice(0)) settled(error);
}
