import { type ExpositionFormat, ExpositionError, parseExposition } from '@vedette/wire/exposition';
import type { Clock } from '../../../base/clock.ts';
import { VedetteError, isVedetteError } from '../../../base/errors.ts';
import type { AppendResult, Rejection, SampleSink } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { Turns } from '../turns.ts';
import { SampleRows } from './sample-rows.ts';

export interface ImportOptions {
  readonly format: ExpositionFormat;
  /** Set on every sample; they replace labels of the same name. */
  readonly extraLabels?: readonly (readonly [string, string])[];
  /** For samples without a time; default: now. */
  readonly timestampMs?: number;
  readonly signal: AbortSignal;
}

export interface ImportResult {
  readonly lines: number;
  /** Samples stored; they survive a crash. */
  readonly stored: number;
  /** Samples the store did not take, for good. */
  readonly refused: number;
  /** Why, for the first of each batch. */
  readonly reasons: readonly Rejection['reason'][];
}

/** Text taken apart at once: some thousand samples, a few milliseconds. */
const BLOCK_BYTES = 256 * 1024;
/** No exporter writes longer lines; a file without line ends is no metrics page. */
export const LINE_BYTES_MAX = 1024 * 1024;
/** Batches on their way into the store. */
const IN_FLIGHT_MAX = 4;
/** A full write queue is waited for: so long in all for one batch, looked at so often. */
const OVERLOAD_WAIT_MAX_MS = 60_000;
const OVERLOAD_PAUSE_MS = 200;

const LINE_FEED = 10;
const END_MARK = Buffer.from('# EOF');

/**
 * Stores metrics pages of any length in bounded memory: push what comes, then finish. Both throw INGEST_INVALID that names the line; what
 * stood before it is stored. OpenMetrics documents may follow each other.
 */
export class SampleImporter {
  readonly #sink: SampleSink;
  readonly #clock: Clock;
  readonly #options: ImportOptions;
  readonly #rows: SampleRows;
  readonly #turns: Turns;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #reasons = new Set<Rejection['reason']>();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #lines = 0;
  #stored = 0;
  #refused = 0;
  #failure: Error | undefined;
  /** OpenMetrics: the document under way has not ended. */
  #open = false;

  constructor(deps: { readonly sink: SampleSink; readonly clock: Clock }, options: ImportOptions) {
    this.#sink = deps.sink;
    this.#clock = deps.clock;
    this.#options = options;
    this.#rows = new SampleRows(options.extraLabels ?? [], options.timestampMs ?? deps.clock.now());
    this.#turns = new Turns(deps.clock, options.signal);
  }

  get result(): ImportResult {
    return { lines: this.#lines, stored: this.#stored, refused: this.#refused, reasons: [...this.#reasons] };
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#pending.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes < BLOCK_BYTES) return;
    const block = Buffer.concat(this.#pending);
    let start = 0;
    while (block.length - start >= BLOCK_BYTES) {
      let end = block.lastIndexOf(LINE_FEED, start + BLOCK_BYTES - 1) + 1;
      if (end <= start) end = block.indexOf(LINE_FEED, start + BLOCK_BYTES - 1) + 1;
      if (end === 0) break;
      await this.#block(block.subarray(start, end));
      start = end;
    }
    const rest = block.subarray(start);
    if (rest.length > LINE_BYTES_MAX)
      await this.#fail(this.#lines + 1, `the line is longer than ${LINE_BYTES_MAX} bytes; this is no metrics page`);
    this.#pending = [rest];
    this.#pendingBytes = rest.length;
  }

  /** Resolves when everything is stored. */
  async finish(): Promise<ImportResult> {
    const rest = Buffer.concat(this.#pending);
    if (rest.length > 0) await this.#block(rest);
    await this.#drain(0);
    if (this.#open)
      await this.#fail(
        this.#lines,
        'the page ends without # EOF; it was cut off, or it is no OpenMetrics (then its times are milliseconds: choose the format "text")',
      );
    return this.result;
  }

  /** Whole lines. */
  async #block(block: Buffer): Promise<void> {
    if (this.#options.format === 'text') {
      await this.#page(block);
      return;
    }
    // Each document ends with a mark, and the parser wants one at the end of every page.
    for (let start = 0; start < block.length;) {
      const mark = endMark(block, start);
      const end = mark < 0 ? block.length : lineEnd(block, mark);
      this.#open = mark < 0;
      const part = block.subarray(start, end);
      await this.#page(mark < 0 ? Buffer.concat([part, END_MARK]) : part, mark < 0 ? countLines(part) : undefined);
      start = end;
    }
  }

  async #page(page: Buffer, lines = countLines(page)): Promise<void> {
    let fault: ExpositionError | undefined;
    try {
      parseExposition(page, this.#options.format, this.#rows);
    } catch (error) {
      if (!(error instanceof ExpositionError)) throw error;
      fault = error;
    }
    const batch = this.#rows.take();
    if (batch) await this.#send(batch);
    if (fault) await this.#fail(this.#lines + fault.line, `column ${fault.column}: ${fault.reason}`);
    this.#lines += lines;
    if (this.#turns.due) await this.#turns.next();
  }

  async #send(batch: SampleBatch): Promise<void> {
    await this.#drain(IN_FLIGHT_MAX - 1);
    const sending = this.#append(batch).then(
      (result) => {
        this.#stored += result.accepted;
        this.#refused += result.rejectedCount;
        for (const { reason } of result.rejected) this.#reasons.add(reason);
      },
      (error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      },
    );
    this.#inFlight.add(sending);
    void sending.finally(() => this.#inFlight.delete(sending));
  }

  async #append(batch: SampleBatch): Promise<AppendResult> {
    const { signal } = this.#options;
    const giveUpMs = this.#clock.monotonicMs() + OVERLOAD_WAIT_MAX_MS;
    for (;;) {
      try {
        return await this.#sink.append(batch, { acknowledge: 'durable', signal });
      } catch (error) {
        if (!isVedetteError(error, 'INGEST_OVERLOADED') || this.#clock.monotonicMs() >= giveUpMs) throw error;
        await this.#clock.sleep(OVERLOAD_PAUSE_MS, signal);
      }
    }
  }

  /** Waits until at most so many batches are on their way; throws what one of them met. */
  async #drain(most: number): Promise<void> {
    while (this.#inFlight.size > most) await Promise.race(this.#inFlight);
    if (this.#failure) throw this.#failure;
  }

  async #fail(line: number, reason: string): Promise<never> {
    await this.#drain(0);
    throw new VedetteError(
      'INGEST_INVALID',
      `line ${line}, ${reason}; the ${this.#stored} samples before it are stored`,
      { details: { line, stored: this.#stored } },
    );
  }
}

/** Where the next `# EOF` line begins, or -1. */
function endMark(block: Buffer, start: number): number {
  for (let at = block.indexOf(END_MARK, start); at >= 0; at = block.indexOf(END_MARK, at + 1)) {
    const after = block[at + END_MARK.length];
    const ends = after === undefined || after === LINE_FEED || after === 13;
    if (ends && (at === start || block[at - 1] === LINE_FEED)) return at;
  }
  return -1;
}

function lineEnd(block: Buffer, from: number): number {
  const feed = block.indexOf(LINE_FEED, from);
  return feed < 0 ? block.length : feed + 1;
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, at + 1)) lines++;
  return block.length > 0 && block.at(-1) !== LINE_FEED ? lines + 1 : lines;
}
