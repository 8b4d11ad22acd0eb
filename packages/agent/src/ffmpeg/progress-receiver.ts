import type { Clock } from '../clock.ts';
import type { FfmpegProgressBook } from './progress-book.ts';

export interface ProgressReceiverOptions {
  readonly book: FfmpegProgressBook;
  readonly clock: Clock;
  /** Whether a camera may send. */
  readonly knows: (cameraId: string) => boolean;
  /** Streams at once. */
  readonly streamsMax?: number;
  /** A stream that is silent for so long is ended; ffmpeg writes every half second unless told otherwise. */
  readonly silenceMaxMs?: number;
}

export type ProgressReceipt =
  | { readonly accepted: true; readonly bytes: number; readonly end: 'ended' | 'replaced' | 'silent' | 'too_much' }
  | { readonly accepted: false; readonly reason: 'unknown_camera' | 'too_many_streams' };

const STREAMS_MAX = 1_024;
const SILENCE_MAX_MS = 60_000;
const CAMERA_ID_MAX = 256;
/** A block has some 300 bytes and comes twice a second; bursts of errors on stderr have some thousand lines. */
const BYTES_PER_SECOND_MAX = 256 * 1_024;
const BURST_BYTES = 4 * 1_024 * 1_024;

/**
 * Takes in what `ffmpeg -progress http://…` posts: one request per run of ffmpeg, as long as it runs. The server calls this with the
 * camera of the path and the request's body as it arrives. A new stream of a camera ends the old one.
 */
export class ProgressReceiver {
  readonly #options: ProgressReceiverOptions;
  readonly #streams = new Map<string, AbortController>();

  constructor(options: ProgressReceiverOptions) {
    this.#options = options;
  }

  /** Resolves when the stream is over. Rejects as the body does, when the connection breaks. */
  async receive(cameraId: string, body: AsyncIterable<Uint8Array>): Promise<ProgressReceipt> {
    const { book, knows } = this.#options;
    if (cameraId === '' || cameraId.length > CAMERA_ID_MAX || !knows(cameraId))
      return { accepted: false, reason: 'unknown_camera' };
    const old = this.#streams.get(cameraId);
    if (!old && this.#streams.size >= (this.#options.streamsMax ?? STREAMS_MAX))
      return { accepted: false, reason: 'too_many_streams' };
    old?.abort('replaced');
    const own = new AbortController();
    this.#streams.set(cameraId, own);
    try {
      return { accepted: true, ...(await this.#read(book.open(cameraId), body, own)) };
    } finally {
      if (this.#streams.get(cameraId) === own) this.#streams.delete(cameraId);
    }
  }

  async #read(
    parser: { push(chunk: Uint8Array): void },
    body: AsyncIterable<Uint8Array>,
    own: AbortController,
  ): Promise<{ bytes: number; end: 'ended' | 'replaced' | 'silent' | 'too_much' }> {
    const { clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const silenceMaxMs = this.#options.silenceMaxMs ?? SILENCE_MAX_MS;
    const chunks = body[Symbol.asyncIterator]();
    let bytes = 0;
    const cancelled = new Promise<'cancelled'>((resolve) => {
      own.signal.addEventListener('abort', () => resolve('cancelled'), { once: true });
    });
    for (;;) {
      const alarm = clock.after(silenceMaxMs, () => own.abort('silent'));
      const next = await Promise.race([chunks.next(), cancelled]).finally(() => alarm[Symbol.dispose]());
      if (next === 'cancelled') {
        // Not waited for: a body that hangs would hold this up as well.
        void chunks.return?.().catch(() => undefined);
        return { bytes, end: own.signal.reason === 'silent' ? 'silent' : 'replaced' };
      }
      if (next.done === true) return { bytes, end: 'ended' };
      bytes += next.value.length;
      const allowed = BURST_BYTES + ((clock.monotonicMs() - startedMs) / 1_000) * BYTES_PER_SECOND_MAX;
      if (bytes > allowed) {
        void chunks.return?.().catch(() => undefined);
        return { bytes, end: 'too_much' };
      }
      parser.push(next.value);
    }
  }
}
