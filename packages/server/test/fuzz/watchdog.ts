import { Worker } from 'node:worker_threads';

/** An input that takes longer never ends, or as good as. */
const HANG_MS = 30_000;
/** Far above what the suites need, and below what kills the process without a word. */
const RESIDENT_BYTES_MAX = 3 * 1024 ** 3;
const HEADER_BYTES = 16;
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/** Prints the input and ends the process when an input hangs it or fills its memory: no exception can tell of these. */
export class Watchdog {
  readonly #shared = new SharedArrayBuffer(HEADER_BYTES + TEXT_BYTES_MAX);
  readonly #header = new Int32Array(this.#shared, 0, HEADER_BYTES / 4);
  readonly #text = Buffer.from(this.#shared, HEADER_BYTES);
  readonly #worker: Worker;

  constructor() {
    this.#worker = new Worker(new URL('./watchdog.mjs', import.meta.url), {
      workerData: {
        shared: this.#shared,
        headerBytes: HEADER_BYTES,
        hangMs: HANG_MS,
        residentMax: RESIDENT_BYTES_MAX,
      },
    });
    this.#worker.unref();
  }

  begin(subject: string, input: string): void {
    const header = this.#header;
    header[1] = 0;
    header[3] = this.#text.write(subject, 0, 'utf16le');
    header[2] = this.#text.write(input, header[3], 'utf16le');
    header[0] = ((header[0] as number) + 1) | 0;
    header[1] = 1;
  }

  end(): void {
    this.#header[1] = 0;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
