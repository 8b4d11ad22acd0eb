import { Readable, pipeline } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from './clock.ts';
import { VedetteError } from './errors.ts';

/** A reader that takes nothing for so long is cut off: what it was promised stands in memory. */
export const READER_STALL_MAX_MS = 30_000;
/** Answers are highly regular: the fastest level already makes a tenth of them. */
const GZIP_LEVEL = constants.Z_BEST_SPEED;

/** Chunks of one answer. An object, so that a stalled reader's chunks can be let go of. */
export type AnswerChunks = Iterator<string | Uint8Array, undefined>;

/**
 * An answer that is made while it is read: the next chunk exists only when the one before has left for the kernel. Between two chunks
 * the event loop gets its turn. Ends with an error when its reader stalls.
 */
export class AnswerStream extends Readable {
  readonly #clock: Clock;
  #watch: Disposable;
  #chunks: AnswerChunks | undefined;
  #movedMs: number;
  #next: NodeJS.Immediate | undefined;

  constructor(clock: Clock, chunks: AnswerChunks) {
    super({ highWaterMark: 1 });
    this.#clock = clock;
    this.#chunks = chunks;
    this.#movedMs = clock.monotonicMs();
    this.#watch = clock.after(READER_STALL_MAX_MS, () => this.#look());
  }

  override _read(): void {
    this.#movedMs = this.#clock.monotonicMs();
    this.#next = setImmediate(() => {
      try {
        const next = this.#chunks?.next();
        if (next === undefined || next.done === true) this.#finish();
        else this.push(next.value);
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#next !== undefined) clearImmediate(this.#next);
    this.#chunks = undefined;
    this.#watch[Symbol.dispose]();
    callback(error);
  }

  #finish(): void {
    this.#chunks = undefined;
    this.#watch[Symbol.dispose]();
    this.push(null);
  }

  #look(): void {
    const left = this.#movedMs + READER_STALL_MAX_MS - this.#clock.monotonicMs();
    if (left > 0) {
      this.#watch = this.#clock.after(left, () => this.#look());
      return;
    }
    this.destroy(
      new VedetteError('QUERY_CANCELLED', `the reader took nothing of its answer for ${READER_STALL_MAX_MS / 1_000} s`),
    );
  }
}

/** Sends chunks: as one body when there is only one, else as a stream, compressed for readers on other machines that take gzip. */
export function sendChunks(
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
  chunks: AnswerChunks,
): FastifyReply {
  const first = chunks.next();
  const second = first.done === true ? first : chunks.next();
  if (second.done === true) return reply.send(first.done === true ? '' : first.value);
  const stream = new AnswerStream(clock, chained([first.value as string | Uint8Array, second.value], chunks));
  if (!wantsGzip(request)) return reply.send(stream);
  void reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding');
  // `pipeline` hands errors on in both directions; the answer ends with whichever side fails first.
  return reply.send(pipeline(stream, createGzip({ level: GZIP_LEVEL }), () => undefined));
}

function* chained(
  head: readonly (string | Uint8Array)[],
  rest: AnswerChunks,
): Generator<string | Uint8Array, undefined> {
  yield* head;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
  return undefined;
}

/** On the same machine bytes cost less than compressing them; a proxy there compresses for the world by itself. */
function wantsGzip(request: FastifyRequest): boolean {
  const address = request.ip;
  if (address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')) return false;
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.split(',').some((part) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(part));
}
