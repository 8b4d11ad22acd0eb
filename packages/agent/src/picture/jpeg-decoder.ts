import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { DecodeAnswer } from './jpeg-thread.ts';
import type { LowRatePicture } from './low-rate-picture.ts';

/** A picture of 16 megapixels in colour, and what its decoding needs. */
const THREAD_HEAP_MB = 256;
/** Decoding makes a small array for each block of the picture, in memory that is free again only when these are collected: soon. */
const THREAD_YOUNG_MB = 3;
const ENTRY = new URL('./jpeg-thread.js', import.meta.url);

export interface JpegDecoderOptions {
  /** What the thread runs, for those who run the sources: `file` leads to jpeg-thread.ts with Node's arguments `execArgv`. */
  readonly entry?: { readonly file: URL; readonly execArgv: readonly string[] };
}

/** One picture at a time, in a thread of its own, which is ended and begun anew where a picture takes too long or too much memory. */
export class JpegDecoder {
  readonly #clock: Clock;
  readonly #options: JpegDecoderOptions;
  #thread: Worker | undefined;
  #number = 0;
  #settle: { readonly number: number; readonly done: (answer: DecodeAnswer | Error) => void } | undefined;

  constructor(clock: Clock, options: JpegDecoderOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Rejects with a sentence where it is no picture, too large, or takes longer. Callers take turns. */
  async decode(jpeg: Uint8Array, timeoutMs: number): Promise<LowRatePicture> {
    if (this.#settle !== undefined) throw new Error('unreachable: two pictures are decoded at once');
    const number = ++this.#number;
    const thread = (this.#thread ??= this.#started());
    const answer = await new Promise<DecodeAnswer | Error>((resolve) => {
      this.#settle = { number, done: resolve };
      const deadline = this.#clock.after(timeoutMs, () =>
        this.#fail(new Error(`The picture took more than ${timeoutMs} ms to decode.`)),
      );
      const { done } = this.#settle;
      this.#settle = {
        number,
        done: (result) => {
          deadline[Symbol.dispose]();
          this.#settle = undefined;
          done(result);
        },
      };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin; windows do
      thread.postMessage({ number, jpeg });
    });
    if (answer instanceof Error) throw answer;
    if ('error' in answer) throw new Error(`The picture cannot be decoded: ${answer.error}`);
    return answer.picture;
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#fail(new Error('The decoder was closed.'));
    await thread?.terminate();
  }

  /** The thread is given up: it may be in a loop. */
  #fail(error: Error): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
    this.#settle?.done(error);
  }

  #started(): Worker {
    const { entry } = this.#options;
    const thread = new Worker(entry?.file ?? ENTRY, {
      ...(entry && { execArgv: [...entry.execArgv] }),
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB, maxYoungGenerationSizeMb: THREAD_YOUNG_MB },
    });
    thread.unref();
    const ended = (words: string): void => {
      if (this.#thread === thread) this.#fail(new Error(words));
    };
    thread.on('error', (error) => ended(`The thread that decodes ended: ${error.message}`));
    thread.once('exit', () => ended('The thread that decodes ended.'));
    thread.on('message', (answer: DecodeAnswer) => {
      if (this.#settle?.number === answer.number) this.#settle.done(answer);
    });
    return thread;
  }
}
