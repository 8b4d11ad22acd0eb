import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { AppendResult } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { BlockEncoder } from './block.ts';
import { SEGMENT_MAGIC, countRows, framed, segmentName, segmentOf } from './segment-file.ts';

/** A point between two blocks. */
export interface SpoolPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface SpoolOptions {
  readonly folder: string;
  /** Of all segments together; the oldest goes when they are more. */
  readonly sizeMax: number;
}

export interface SpoolDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whoever reads: what it has not passed is kept. */
export interface SpoolFollower {
  /** Everything before is done with. */
  readonly acknowledged: SpoolPosition;
  /** Everything before is in the follower's memory. */
  readonly reading: SpoolPosition;
  /** Rows that were dropped before they were read. */
  dropped(rows: number): void;
  /** Something was written. */
  wake(): void;
}

/** Small enough that dropping the oldest drops little, and few enough files for what the bound allows. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** At most this many segments' worth of granularity is lost to the bound when it is small. */
const SEGMENTS_MIN = 4;
/** A block is closed at this size: some 16,000 rows, which a remote reads in one turn of the event loop. */
const BLOCK_BYTES = 128 * 1024;
/** Scraped samples wait this long for their block to be written; the store itself may lose the last two seconds of them. */
const FLUSH_MS = 500;
/** Encoded and not yet written; above it appending waits for the disk. */
const BUFFER_BYTES_MAX = 8 * 1024 * 1024;
/** A full disk is told this often. */
const FAULT_LOG_MS = 60_000;

interface Commit {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Also to the disk, not only to the system. */
  sync: boolean;
}

interface Chunk {
  readonly segment: number;
  readonly bytes: Buffer;
  readonly rows: number;
}

/**
 * What the store accepted, in append-only segments on disk, until everybody who follows has read it. Written once however many
 * follow; `append` of durable rows resolves when they are synced to the disk.
 */
export class Spool {
  readonly #deps: SpoolDeps;
  readonly #folder: string;
  #sizeMax: number;
  /** Committed bytes by segment, ascending. */
  readonly #segments = new Map<number, number>();
  readonly #followers = new Set<SpoolFollower>();
  #encoder = new BlockEncoder();
  /** The segment that the open block will go to, and what it will hold once all chunks are written. */
  #segment = 1;
  #planned = 0;
  #chunks: Chunk[] = [];
  #buffered = 0;
  #file: { readonly segment: number; readonly handle: FileHandle } | undefined;
  #commit: Promise<void> | undefined;
  #trimming: Promise<void> = Promise.resolve();
  #next: Commit | undefined;
  #stopped = new AbortController();
  #flushing = false;
  #faultToldMs = -Infinity;
  /** Rows that could not be written: the disk was full or broken. */
  rowsFailed = 0;
  /** What came in, by kind. */
  readonly rowsIn = { samples: 0, histograms: 0, exemplars: 0 };
  /** Newest timestamp that came in, ms; 0: none yet. */
  highestMs = 0;

  constructor(deps: SpoolDeps, options: SpoolOptions) {
    this.#deps = deps;
    this.#folder = options.folder;
    this.#sizeMax = options.sizeMax;
  }

  /** Finds what an earlier life left. Throws DATA_DIR_INVALID. */
  async start(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      const found: [number, number][] = [];
      for (const name of await readdir(this.#folder)) {
        const segment = segmentOf(name);
        if (segment !== undefined) found.push([segment, (await stat(join(this.#folder, name))).size]);
      }
      for (const [segment, bytes] of found.sort(([a], [b]) => a - b)) this.#segments.set(segment, bytes);
      // A new life writes a new segment: the last block of the one before may be torn.
      this.#segment = (found.at(-1)?.[0] ?? 0) + 1;
    } catch (error) {
      throw new VedetteError(
        'DATA_DIR_INVALID',
        `the remote-write spool ${this.#folder} cannot be used: ${errorMessage(error)}`,
        { cause: error },
      );
    }
  }

  /** Nothing is kept while nobody follows. */
  get active(): boolean {
    return this.#followers.size > 0;
  }

  get bytes(): number {
    let bytes = 0;
    for (const size of this.#segments.values()) bytes += size;
    return bytes;
  }

  /** Where somebody begins who wants only what comes from now on. */
  get end(): SpoolPosition {
    return { segment: this.#segment, offset: this.#planned };
  }

  get oldest(): number {
    for (const segment of this.#segments.keys()) return segment;
    return this.#segment;
  }

  setSizeMax(bytes: number): void {
    this.#sizeMax = bytes;
  }

  follow(follower: SpoolFollower): void {
    this.#followers.add(follower);
  }

  unfollow(follower: SpoolFollower): void {
    this.#followers.delete(follower);
  }

  path(segment: number): string {
    return join(this.#folder, segmentName(segment));
  }

  /** Bytes that can be read of a segment; undefined when it is gone or not there yet. */
  committed(segment: number): number | undefined {
    return this.#segments.get(segment);
  }

  /** The first segment after this one that is there. */
  nextSegment(segment: number): number | undefined {
    for (const other of this.#segments.keys()) if (other > segment) return other;
    return undefined;
  }

  /** Bytes between a position and the end. */
  bytesAfter(position: SpoolPosition): number {
    let bytes = 0;
    for (const [segment, size] of this.#segments) {
      if (segment > position.segment) bytes += size;
      else if (segment === position.segment) bytes += Math.max(0, size - position.offset);
    }
    return bytes;
  }

  /**
   * Adds the rows of a batch that the store accepted. Durable: resolves when they are synced, rejects with DISK_FULL when they cannot
   * be written. Else: resolves at once unless much is waiting for the disk; what fails is counted and told in the log.
   */
  async append(batch: SampleBatch, result: AppendResult, durable: boolean): Promise<void> {
    if (this.#encode(batch, result) === 0) return;
    if (durable) {
      await this.#enqueueCommit(true);
      return;
    }
    if (this.#buffered + this.#encoder.size > BUFFER_BYTES_MAX) await this.#enqueueCommit(false).catch(() => undefined);
    else if (!this.#flushing) this.#flushSoon();
  }

  /** Everything appended so far can be read when it resolves, or is counted as failed. */
  async flush(): Promise<void> {
    // The fault is counted and in the log.
    await this.#enqueueCommit(true).catch(() => undefined);
  }

  /** Everything appended is on the disk when it resolves, or counted as failed. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.flush();
    await this.#commit;
    await this.#trimming;
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  /** Removes segments that everybody has passed, and the oldest ones while there are too many bytes. */
  trim(): Promise<void> {
    this.#trimming = this.#trimming.then(() => this.#trim()).catch((error: unknown) => this.#tell(error, 0));
    return this.#trimming;
  }

  async #trim(): Promise<void> {
    for (const [segment, size] of this.#segments) {
      const first = Math.min(this.#segment, ...Array.from(this.#followers, ({ acknowledged }) => acknowledged.segment));
      if (segment === this.#file?.segment || segment >= this.#segment) break;
      if (segment >= first && this.bytes <= this.#sizeMax) break;
      if (segment >= first) await this.#tellDropped(segment, size);
      this.#segments.delete(segment);
      for (const follower of this.#followers) follower.wake();
      await rm(this.path(segment), { force: true });
    }
  }

  async #tellDropped(segment: number, size: number): Promise<void> {
    const handle = await open(this.path(segment), 'r');
    try {
      for (const follower of this.#followers) {
        const { reading } = follower;
        if (reading.segment > segment) continue;
        const from = reading.segment === segment ? reading.offset : 0;
        follower.dropped(await countRows(handle, Math.max(from, SEGMENT_MAGIC.length), size));
      }
    } finally {
      await handle.close();
    }
  }

  #encode(batch: SampleBatch, result: AppendResult): number {
    const floats = batch.timestampMs.length;
    const { histograms } = batch;
    const { rowsIn } = this;
    // Rows that the store had already are sent again: their first writer may have died before the spool had them.
    const refused = new Set<number>();
    for (const { row, reason } of result.rejected) if (reason !== 'duplicate') refused.add(row);
    const bits = new Uint32Array(batch.value.buffer, batch.value.byteOffset, floats * 2);
    const before = rowsIn.samples + rowsIn.histograms + rowsIn.exemplars;
    for (let row = 0; row < floats; row++) {
      if (refused.size > 0 && refused.has(row)) continue;
      this.#encoder.float(batch, row, bits);
      rowsIn.samples++;
      this.#added(batch.timestampMs[row] as number);
    }
    for (let i = 0; i < (histograms?.value.length ?? 0); i++) {
      const value = histograms?.value[i];
      const labels = batch.series[histograms?.seriesIndex[i] as number];
      if (value === undefined || labels === undefined || refused.has(floats + i)) continue;
      const atMs = Math.floor(histograms?.timestampMs[i] as number);
      this.#encoder.histogram(labels, atMs, histograms?.startTimestampMs?.[i] ?? 0, value);
      rowsIn.histograms++;
      this.#added(atMs);
    }
    for (const exemplar of batch.exemplars ?? []) {
      const labels = batch.series[exemplar.seriesIndex];
      if (labels === undefined) continue;
      this.#encoder.exemplar(labels, exemplar);
      rowsIn.exemplars++;
      this.#added(exemplar.timestampMs);
    }
    return rowsIn.samples + rowsIn.histograms + rowsIn.exemplars - before;
  }

  #added(atMs: number): void {
    if (atMs > this.highestMs) this.highestMs = atMs;
    if (this.#encoder.size >= BLOCK_BYTES) this.#closeBlock();
  }

  #closeBlock(): void {
    const block = this.#encoder.take();
    if (block === undefined) return;
    const bytes = framed(block.payload, block.rows);
    if (this.#planned === 0) this.#planned = SEGMENT_MAGIC.length;
    this.#chunks.push({ segment: this.#segment, bytes, rows: block.rows });
    this.#buffered += bytes.length;
    this.#planned += bytes.length;
    if (this.#planned < Math.min(SEGMENT_BYTES, this.#sizeMax / SEGMENTS_MIN)) return;
    this.#segment++;
    this.#planned = 0;
    this.#encoder = new BlockEncoder();
  }

  #flushSoon(): void {
    this.#flushing = true;
    void this.#deps.clock
      .sleep(FLUSH_MS, this.#stopped.signal)
      .then(() => {
        this.#flushing = false;
        return this.#enqueueCommit(false);
      })
      // The sleep ends early at a stop, which commits by itself; a fault is counted and in the log.
      .catch(() => undefined);
  }

  /** Joins the commit that comes next: many requests share one sync. */
  #enqueueCommit(sync: boolean): Promise<void> {
    if (this.#next === undefined) {
      let resolve = (): void => undefined;
      let reject = (_error: unknown): void => undefined;
      const promise = new Promise<void>((done, fail) => {
        resolve = done;
        reject = fail;
      });
      // Whoever waits hears of it; a commit nobody waits for has told the log.
      promise.catch(() => undefined);
      this.#next = { promise, resolve, reject, sync };
      this.#commit = (this.#commit ?? Promise.resolve()).then(() => this.#runCommit());
    } else if (sync) {
      this.#next.sync = true;
    }
    return this.#next.promise;
  }

  async #runCommit(): Promise<void> {
    const commit = this.#takeNext();
    if (commit === undefined) return;
    this.#closeBlock();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#buffered = 0;
    let written = 0;
    try {
      for (const chunk of chunks) {
        await this.#write(chunk);
        written++;
      }
      if (commit.sync) await this.#file?.handle.datasync();
      commit.resolve();
    } catch (error) {
      // Rows that came meanwhile refer to words and series of blocks that are not there, so they go too.
      const waiting = this.#takeNext();
      const lost = [...chunks.slice(written), ...this.#chunks].reduce((rows, chunk) => rows + chunk.rows, 0);
      const rows = lost + this.#encoder.rowCount;
      this.#chunks = [];
      this.#buffered = 0;
      this.#segment++;
      this.#planned = 0;
      this.#encoder = new BlockEncoder();
      this.rowsFailed += rows;
      this.#tell(error, rows);
      const file = this.#file;
      this.#file = undefined;
      // It was told that the disk cannot be written; that it cannot be closed says nothing more.
      await file?.handle.close().catch(() => undefined);
      const full = new VedetteError('DISK_FULL', `the remote-write spool cannot be written: ${errorMessage(error)}`, {
        cause: error,
      });
      commit.reject(full);
      waiting?.reject(full);
    }
    for (const follower of this.#followers) follower.wake();
    void this.trim();
  }

  #takeNext(): Commit | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  async #write({ segment, bytes }: Chunk): Promise<void> {
    if (this.#file?.segment !== segment) {
      if (this.#file !== undefined) {
        const { handle } = this.#file;
        this.#file = undefined;
        await handle.datasync();
        await handle.close();
      }
      const handle = await open(this.path(segment), 'w');
      this.#file = { segment, handle };
      await writeFully(handle, SEGMENT_MAGIC, 0);
      this.#segments.set(segment, SEGMENT_MAGIC.length);
    }
    const at = this.#segments.get(segment) as number;
    await writeFully(this.#file.handle, bytes, at);
    this.#segments.set(segment, at + bytes.length);
  }

  #tell(error: unknown, rows: number): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#faultToldMs < FAULT_LOG_MS) return;
    this.#faultToldMs = nowMs;
    this.#deps.logger.error(
      { folder: this.#folder, rows, error: errorMessage(error) },
      'the remote-write spool cannot be written: these rows will not reach the remotes unless their sender repeats them',
    );
  }
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;)
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
}
