import { Worker } from 'node:worker_threads';
import { Counter, type Registry } from 'prom-client';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RangeHelper, RangeWork, RowsAhead } from '../query/exec/rows-ahead.ts';
import { rangeKernel } from '../query/functions/range-kernels.ts';
import { SlotViews } from '../store/slot-views.ts';
import { ARENA_BYTES, INSIDE, WORK, controlOf, shapeOf } from './arena.ts';
import { BlockComputer } from './block-computer.ts';
import type { ThreadData, ThreadMessage } from './messages.ts';
import { RowsInArena } from './rows-in-arena.ts';

export interface RangeThreadsDeps {
  readonly logger: Logger;
  readonly registry?: Registry;
}

export interface RangeThreadsOptions {
  /** Threads beside the asking one; 0: it computes everything itself. */
  readonly threads: number;
  /** Less work, in rows × steps, is done sooner than it is handed over. */
  readonly cellsMin?: number;
  /** What a thread runs, for those who run the sources: `file` leads to range-thread.ts with Node's arguments `execArgv`. */
  readonly entry?: { readonly file: URL; readonly execArgv: readonly string[] };
}

/** Some 3 ms of work. */
const CELLS_MIN_DEFAULT = 50_000;
/** Calls that threads compute for at once; further ones are computed by the asking thread. */
const ARENAS_MAX = 8;
/** Old memory that a thread may hold; it holds some kernels and a few rows. */
const THREAD_HEAP_MB = 32;
const THREAD_YOUNG_MB = 2;
const ENTRY = new URL('./range-thread.js', import.meta.url);

/**
 * Threads that compute rows of heavy range functions while the event loop consumes them. The first work that is worth it starts them.
 * A thread that dies costs nothing but speed: what it had claimed is computed by the asking thread.
 */
export class RangeThreads implements RangeHelper, Component {
  readonly name = 'query threads';
  readonly #deps: RangeThreadsDeps;
  readonly #options: RangeThreadsOptions & Required<Pick<RangeThreadsOptions, 'cellsMin'>>;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  readonly #threads = new Set<Worker>();
  /** Those that serve no work; a thread may still be leaving one. */
  readonly #idle: SharedArrayBuffer[] = [];
  readonly #elsewhere: Counter | undefined;
  /** The memory as this thread sees it, in the order in which the threads know it. */
  readonly #views = new SlotViews();
  #arenas = 0;
  #works = 0;
  #state: 'unused' | 'running' | 'ended' = 'unused';

  constructor(deps: RangeThreadsDeps, options: RangeThreadsOptions) {
    this.#deps = deps;
    this.#options = { cellsMin: CELLS_MIN_DEFAULT, ...options };
    if (!deps.registry) return;
    this.#elsewhere = new Counter({
      name: 'vedette_query_rows_by_threads_total',
      help: 'Rows of range functions that threads computed beside the event loop.',
      registers: [deps.registry],
    });
  }

  async start(): Promise<void> {
    // The first heavy query starts the threads: an installation that has none does without their memory.
  }

  async stop(): Promise<void> {
    this.#state = 'ended';
    const ended = Array.from(this.#threads, (thread) => new Promise((resolve) => thread.once('exit', resolve)));
    this.#tell({ type: 'stop' });
    await Promise.all(ended);
  }

  ahead(work: RangeWork): RowsAhead | undefined {
    const { threads, cellsMin } = this.#options;
    const { rows, windows, series, args } = work;
    const { steps } = windows.grid;
    if (threads === 0 || rows === 0 || rows * steps < cellsMin || this.#state === 'ended') return undefined;
    const kernel = rangeKernel(work.kernel);
    const shape = shapeOf(rows, steps, series.estimate(0));
    if (!kernel || !shape) return undefined;
    const buffer = this.#takeArena();
    if (!buffer) return undefined;
    if (this.#state === 'unused') this.#startThreads();
    const number = ++this.#works;
    Atomics.store(controlOf(buffer), WORK, number);
    this.#shareBuffers(series.buffers);
    const { toMs } = series;
    const computer = new BlockComputer(this.#views, { kernel, args, windows, toMs });
    const inArena = new RowsInArena(buffer, shape, work, computer, {
      ring: () => {
        this.#shareBuffers(series.buffers);
        this.#ring();
      },
      release: (arena, rowsElsewhere) => {
        this.#idle.push(arena);
        this.#elsewhere?.inc(rowsElsewhere);
      },
    });
    this.#tell({ type: 'work', arena: buffer, number, shape, kernel: work.kernel, args, windows, toMs });
    return inArena;
  }

  #takeArena(): SharedArrayBuffer | undefined {
    const at = this.#idle.findIndex((arena) => Atomics.load(controlOf(arena), INSIDE) === 0);
    if (at >= 0) return this.#idle.splice(at, 1)[0];
    if (this.#arenas === ARENAS_MAX) return undefined;
    this.#arenas++;
    return new SharedArrayBuffer(ARENA_BYTES);
  }

  #startThreads(): void {
    this.#state = 'running';
    const data: ThreadData = { bell: this.#bell.buffer as SharedArrayBuffer };
    const { threads, entry } = this.#options;
    for (let i = 0; i < threads; i++) {
      const thread = new Worker(entry?.file ?? ENTRY, {
        workerData: data,
        ...(entry ? { execArgv: [...entry.execArgv] } : {}),
        resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB, maxYoungGenerationSizeMb: THREAD_YOUNG_MB },
      });
      thread.unref();
      this.#threads.add(thread);
      thread.on('error', (error) => {
        this.#deps.logger.error(
          { error: errorMessage(error) },
          'a thread that computes queries ended; queries go on without it, and the next start brings it back',
        );
      });
      thread.once('exit', () => this.#threads.delete(thread));
    }
  }

  /** The store's memory only grows at its end. */
  #shareBuffers(buffers: readonly SharedArrayBuffer[]): void {
    if (buffers.length === this.#views.buffers.length) return;
    const more = buffers.slice(this.#views.buffers.length);
    for (const buffer of more) this.#views.add(buffer);
    this.#tell({ type: 'buffers', buffers: more });
  }

  #tell(message: ThreadMessage): void {
    for (const thread of this.#threads) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin; windows do
      thread.postMessage(message);
    }
    this.#ring();
  }

  #ring(): void {
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }
}
