import type { Probe, ProbeTarget, StreamMeasure, StreamPassport } from '../camera/probe.ts';
import { FrameRecorder, payloadHash, stampedRate } from '../http-probe/frame-recorder.ts';
import { type StreamReading, httpProbe } from '../http-probe/http-probe.ts';
import type { HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault, oneLine } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import { type JpegHeader, jpegHeader } from './jpeg-header.ts';
import { MultipartReader, type Part } from './multipart-reader.ts';

/** Without a frame for longer than this, and for three times the usual step, a running stream has stalled. */
const STALL_MS_MIN = 3_000;
const STALL_STEPS = 3;
/** Two pictures tell one that stands still from one that does not. */
const CHEAP_PICTURES = 2;
const SECOND_PICTURE_MS_MAX = 1_500;
/** A part's X-Timestamp further from our clock than this is no wall time. */
const CLOCK_OFFSET_SECONDS_MAX = 10 * 366 * 86_400;
/** Parts that are no pictures (sound, texts) before it is said that there is no video. */
const OTHER_PARTS_MAX = 64;

/**
 * Motion JPEG over HTTP (multipart/x-mixed-replace). Phases: `play` from the request to the answer's headers, `first_packet` to the first
 * part, `first_keyframe` the same once it is a whole picture, `window`.
 */
export function createMjpegProbe(deps: StreamProbeDeps): Probe {
  return httpProbe(deps, 'mjpeg', (run, target, url) => new MjpegStream(deps, run, target, url));
}

/** One stream while it is read. */
class MjpegStream implements StreamReading {
  readonly frames = new FrameRecorder();
  header: JpegHeader | undefined;
  headerAtMs = 0;
  #others = 0;
  #firstStamp: number | undefined;
  readonly #clockOffsets: number[] = [];
  readonly #deps: StreamProbeDeps;
  readonly #run: HttpRun;
  readonly #target: ProbeTarget;
  readonly #url: URL;

  constructor(deps: StreamProbeDeps, run: HttpRun, target: ProbeTarget, url: URL) {
    this.#deps = deps;
    this.#run = run;
    this.#target = target;
    this.#url = url;
  }

  result(): ReturnType<StreamReading['result']> {
    const passport = passportOf(this, this.#target);
    return {
      ...(passport && { stream: passport }),
      ...(this.frames.count > 0 && { measured: measureOf(this), frames: this.frames.columns() }),
    };
  }

  /** Ends with the window, the byte budget, or in cheap mode with the second picture, for which it does not wait long. */
  async read(): Promise<void> {
    const run = this.#run;
    run.phase = 'play';
    const askedMs = run.elapsedMs;
    const answer = await run.request(this.#url);
    run.expectSuccess(answer, 'MJPEG stream');
    run.phasesMs.play = run.elapsedMs - askedMs;
    const reader = new MultipartReader(multipartType(answer.headers['content-type']));
    run.phase = 'first_packet';
    this.headerAtMs = run.elapsedMs;
    let ended = false;
    const end = (): void => {
      ended = true;
      answer.body.destroy();
    };
    let windowEnd: Disposable | undefined;
    const onPart = (part: Part): void => {
      if (ended) return;
      this.#onPart(part, this.#deps.clock.now());
      if (this.frames.count === 1) windowEnd ??= this.#deps.clock.after(this.#windowMs, end);
    };
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        run.count(chunk.length);
        reader.push(chunk, onPart);
        if (this.#enough() || reader.ended) break;
      }
    } catch (error) {
      if (!ended && !(run.timedOut && this.frames.count > 0)) throw this.#broken(error);
    } finally {
      windowEnd?.[Symbol.dispose]();
      answer.body.destroy();
    }
    if (this.frames.count > 0) run.phasesMs.window = run.elapsedMs - (this.frames.firstAtMs ?? 0);
    this.#judge(ended || run.timedOut);
  }

  /** Mean of the camera's clock less ours, where parts carry wall times. */
  get clockOffsetSeconds(): number | undefined {
    const offsets = this.#clockOffsets.toSorted((a, b) => a - b);
    return offsets[offsets.length >> 1];
  }

  #onPart(part: Part, nowMs: number): void {
    const run = this.#run;
    const atMs = run.elapsedMs;
    run.phasesMs.first_packet ??= atMs - this.headerAtMs;
    const header = jpegHeader(part.body);
    if (header === undefined) {
      if (++this.#others > OTHER_PARTS_MAX && this.frames.count === 0) throw this.#noVideo();
      return;
    }
    run.phasesMs.first_keyframe ??= atMs - this.headerAtMs;
    run.phase = 'window';
    this.header = header;
    const stamp = stampSeconds(part.headers.get('x-timestamp'));
    if (stamp !== undefined) {
      this.#firstStamp ??= stamp;
      const offset = stamp - nowMs / 1_000;
      if (Math.abs(offset) < CLOCK_OFFSET_SECONDS_MAX) this.#clockOffsets.push(offset);
    }
    this.frames.add({
      atMs,
      mediaMs: stamp === undefined ? NaN : (stamp - (this.#firstStamp ?? stamp)) * 1_000,
      bytes: part.body.length,
      key: true,
      hash: payloadHash(part.body.subarray(header.frameOffset)),
    });
  }

  #enough(): boolean {
    const { mode, bytesMax } = this.#target;
    return (mode === 'cheap' && this.frames.count >= CHEAP_PICTURES) || this.#run.bytesRead >= bytesMax;
  }

  get #windowMs(): number {
    const { mode, windowMs } = this.#target;
    return mode === 'cheap' ? SECOND_PICTURE_MS_MAX : windowMs;
  }

  /** Throws where what came is less than a stream. */
  #judge(windowOver: boolean): void {
    const { frames } = this;
    if (frames.count === 0) {
      if (this.#others > 0) throw this.#noVideo();
      if (this.#run.bytesRead >= this.#target.bytesMax) {
        throw new ProbeFault('protocol', `No picture came within ${this.#target.bytesMax} bytes.`);
      }
      throw new ProbeFault('no_packets', 'The stream ended before a picture came.');
    }
    if (this.#target.mode === 'cheap' || this.#run.bytesRead >= this.#target.bytesMax) return;
    const silentMs = this.#run.elapsedMs - (frames.lastAtMs ?? 0);
    if (!windowOver) {
      throw new ProbeFault('stalled', `The server ended the stream after ${frames.count} pictures.`);
    }
    const stepMs = frames.count > 1 ? frames.spanMs / (frames.count - 1) : 0;
    if (silentMs > Math.max(STALL_MS_MIN, STALL_STEPS * stepMs)) {
      throw new ProbeFault(
        'stalled',
        `${frames.count} pictures came, then none for ${(silentMs / 1_000).toFixed(1)} seconds.`,
      );
    }
  }

  #broken(error: unknown): unknown {
    if (error instanceof ProbeFault && !this.#run.timedOut) return error;
    if (this.frames.count > 0) {
      return new ProbeFault('stalled', `The connection broke after ${this.frames.count} pictures.`);
    }
    if (!this.#run.timedOut) return error;
    return this.#others > 0
      ? this.#noVideo()
      : new ProbeFault('no_packets', `The stream was opened, and no picture came in ${this.#target.timeoutMs} ms.`);
  }

  #noVideo(): ProbeFault {
    return new ProbeFault('no_video', 'The parts of the stream are no JPEG pictures.');
  }
}

function passportOf(stream: MjpegStream, target: ProbeTarget): StreamPassport | undefined {
  if (stream.header === undefined) return undefined;
  return {
    codec: 'mjpeg',
    width: stream.header.width,
    height: stream.header.height,
    transport: new URL(target.url).protocol === 'https:' ? 'tls' : 'http',
  };
}

function measureOf(stream: MjpegStream): StreamMeasure {
  const { frames } = stream;
  const seconds = frames.spanMs / 1_000;
  const stamped = stampedRate(frames.columns().mediaMs);
  const offset = stream.clockOffsetSeconds;
  return {
    bytes: frames.bytes,
    spanMs: frames.spanMs,
    frames: frames.count,
    // The first picture opened the span, so that it holds one step less than pictures.
    ...(seconds > 0 &&
      frames.count > 2 && {
        framesPerSecond: (frames.count - 1) / seconds,
        bitsPerSecond: ((frames.bytes * 8) / frames.count) * ((frames.count - 1) / seconds),
        keyFrameIntervalSeconds: seconds / (frames.count - 1),
      }),
    ...(stamped !== undefined && { stampedFps: stamped }),
    keyFrames: frames.keyFrames,
    ...(offset !== undefined && { clockOffsetSeconds: offset }),
  };
}

function multipartType(contentType: string | readonly string[] | undefined): string {
  const text = typeof contentType === 'string' ? contentType : (contentType?.[0] ?? '');
  const type = text.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type.startsWith('multipart/')) return text;
  if (type === 'image/jpeg' || type === 'image/jpg') {
    throw new ProbeFault('no_video', 'The address gives single pictures, not an MJPEG stream.');
  }
  // Some send the parts and forget to say so; what is none of them is told by the missing boundary.
  if (type === '' || type === 'application/octet-stream') return text;
  throw new ProbeFault('protocol', `The answer is ${oneLine(type, 60)}, not an MJPEG stream.`);
}

/** `seconds.fraction` since the epoch or since the stream's start, as mjpg-streamer and others write. */
function stampSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
}
