import { count, field, list } from '../../source/bounded-json.ts';
import type { HttpSource } from '../../source/http-source.ts';
import { parseBoundedJson } from '../../source/bounded-json.ts';
import { type FrigateErrorClass, frigateLogError } from './log-line.ts';

/** Lines of one reading; what is older than these is passed over. */
const LINES_MAX = 5_000;
/** Cameras times classes. */
const COUNTERS_MAX = 20_000;

/** Error lines of Frigate's log, counted by camera and class since this collector started. */
export class FrigateLogCounts {
  readonly #source: HttpSource;
  readonly #counts = new Map<string, { readonly camera: string; readonly class: FrigateErrorClass; value: number }>();
  /** Lines of the log that were there at the last reading. */
  #seen: number | undefined;

  constructor(source: HttpSource) {
    this.#source = source;
  }

  counts(): Iterable<{ readonly camera: string; readonly class: FrigateErrorClass; readonly value: number }> {
    return this.#counts.values();
  }

  /** The first reading only learns where the log ends. Rejects with SourceFault. */
  async read(signal: AbortSignal): Promise<void> {
    // A start beyond the end answers no lines, only how many there are.
    const start = this.#seen ?? Number.MAX_SAFE_INTEGER;
    const answer = await this.#lines(start, signal);
    const before = this.#seen;
    this.#seen = answer.total;
    if (before === undefined) return;
    // Fewer than before: Frigate has started anew, and all of its log is new.
    const lines = answer.total < before ? (await this.#lines(0, signal)).lines : answer.lines;
    for (const line of lines.slice(-LINES_MAX)) if (typeof line === 'string') this.#count(line);
  }

  async #lines(start: number, signal: AbortSignal): Promise<{ total: number; lines: readonly unknown[] }> {
    const path = `/api/logs/frigate?start=${start}`;
    const answer = parseBoundedJson(await this.#source.get(path, signal), `${this.#source.place}/api/logs/frigate`);
    return {
      total: count(field(answer, 'totalLines')) ?? 0,
      lines: list(field(answer, 'lines'), 100_000),
    };
  }

  #count(line: string): void {
    const error = frigateLogError(line);
    if (!error) return;
    const key = `${error.class} ${error.camera}`;
    const known = this.#counts.get(key);
    if (known) known.value++;
    else if (this.#counts.size < COUNTERS_MAX) this.#counts.set(key, { ...error, value: 1 });
  }
}
