import type { Clock } from '../clock.ts';
import { FFMPEG_ERROR_CLASSES, type FfmpegErrorClass, ffmpegErrorClass } from './error-class.ts';
import { type ProgressBlock, ProgressParser } from './progress-parser.ts';
import { RecentRate } from './recent-rate.ts';

/** Slower than this, and ffmpeg cannot keep up with a live stream. */
export const SPEED_SLOW = 0.95;
/** So long in a row before it counts: starting up and key frames make short dips. */
export const SLOW_AFTER_MS = 60_000;
/** No advance of the output's time for so long: stalled, although the process lives. */
export const STALLED_AFTER_MS = 15_000;

/** Cameras with a progress stream. */
const CAMERAS_MAX = 5_000;
/** What ended so long ago is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** Counters that only rise, over restarts of ffmpeg. */
interface Rising {
  total: number;
  last: number | undefined;
}

/** What is known of one camera's ffmpeg. */
export interface FfmpegProgress {
  readonly cameraId: string;
  readonly block: ProgressBlock;
  readonly framesTotal: number;
  readonly droppedFramesTotal: number;
  readonly duplicatedFramesTotal: number;
  readonly outputBytesTotal: number;
  /** Over the last ten seconds; undefined until two were seen, and after the end. */
  readonly framesPerSecond: number | undefined;
  readonly speed: number | undefined;
  readonly slow: boolean;
  readonly stalled: boolean;
  /** Wall time at which a frame was last added; undefined until one was. */
  readonly lastFrameAtMs: number | undefined;
  readonly starts: number;
  readonly errors: ReadonlyMap<FfmpegErrorClass, number>;
}

interface Entry {
  readonly frames: Rising;
  readonly dropped: Rising;
  readonly duplicated: Rising;
  readonly bytes: Rising;
  readonly errors: Map<FfmpegErrorClass, number>;
  readonly rate: RecentRate;
  block: ProgressBlock | undefined;
  outTimeSeconds: number | undefined;
  outTimeAtMs: number;
  slowSinceMs: number | undefined;
  lastFrameAtMs: number | undefined;
  heardAtMs: number;
  starts: number;
}

/** The progress of all cameras' ffmpeg, from whichever stream it comes: pipe, file or HTTP. */
export class FfmpegProgressBook {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A new stream of one camera's ffmpeg, beginning with its first byte. Throws RangeError when more cameras send than are kept.
   */
  open(cameraId: string): ProgressParser {
    const entry = this.#entry(cameraId);
    // Its counters begin at zero again.
    for (const rising of [entry.frames, entry.dropped, entry.duplicated, entry.bytes]) rising.last = undefined;
    entry.rate.restart();
    entry.slowSinceMs = undefined;
    entry.starts++;
    return this.parser(cameraId);
  }

  /** Goes on with a stream whose beginning may not be seen, such as the tail of a file. */
  parser(cameraId: string): ProgressParser {
    const entry = this.#entry(cameraId);
    return new ProgressParser({
      block: (block) => this.#block(entry, block),
      line: (line) => {
        const kind = ffmpegErrorClass(line);
        if (kind !== undefined) entry.errors.set(kind, (entry.errors.get(kind) ?? 0) + 1);
      },
    });
  }

  progress(): readonly FfmpegProgress[] {
    const nowMs = this.#clock.monotonicMs();
    const known: FfmpegProgress[] = [];
    for (const [cameraId, entry] of this.#entries) {
      if (nowMs - entry.heardAtMs > FORGOTTEN_AFTER_MS) this.#entries.delete(cameraId);
      else known.push(this.#shown(cameraId, entry, nowMs));
    }
    return known;
  }

  #shown(cameraId: string, entry: Entry, nowMs: number): FfmpegProgress {
    const { block, slowSinceMs } = entry;
    const running = block !== undefined && !block.ended;
    const rates = running ? entry.rate.rates(nowMs) : undefined;
    return {
      cameraId,
      block: block ?? { ended: false },
      framesTotal: entry.frames.total,
      droppedFramesTotal: entry.dropped.total,
      duplicatedFramesTotal: entry.duplicated.total,
      outputBytesTotal: entry.bytes.total,
      framesPerSecond: rates?.framesPerSecond,
      speed: rates?.speed,
      slow: running && slowSinceMs !== undefined && nowMs - slowSinceMs >= SLOW_AFTER_MS,
      stalled: running && nowMs - entry.outTimeAtMs >= STALLED_AFTER_MS,
      lastFrameAtMs: entry.lastFrameAtMs,
      starts: entry.starts,
      errors: new Map(FFMPEG_ERROR_CLASSES.map((kind) => [kind, entry.errors.get(kind) ?? 0])),
    };
  }

  #entry(cameraId: string): Entry {
    const known = this.#entries.get(cameraId);
    if (known) return known;
    if (this.#entries.size >= CAMERAS_MAX)
      throw new RangeError(`more than ${CAMERAS_MAX} cameras send the progress of their ffmpeg`);
    const nowMs = this.#clock.monotonicMs();
    const entry: Entry = {
      frames: { total: 0, last: undefined },
      dropped: { total: 0, last: undefined },
      duplicated: { total: 0, last: undefined },
      bytes: { total: 0, last: undefined },
      errors: new Map(),
      rate: new RecentRate(),
      block: undefined,
      outTimeSeconds: undefined,
      outTimeAtMs: nowMs,
      slowSinceMs: undefined,
      lastFrameAtMs: undefined,
      heardAtMs: nowMs,
      starts: 0,
    };
    this.#entries.set(cameraId, entry);
    return entry;
  }

  #block(entry: Entry, block: ProgressBlock): void {
    const nowMs = this.#clock.monotonicMs();
    const { outTimeSeconds } = block;
    entry.heardAtMs = nowMs;
    entry.block = block;
    if (rise(entry.frames, block.frame) > 0) entry.lastFrameAtMs = this.#clock.now();
    rise(entry.dropped, block.droppedFrames);
    rise(entry.duplicated, block.duplicatedFrames);
    rise(entry.bytes, block.totalBytes);
    if (outTimeSeconds !== undefined && outTimeSeconds < (entry.outTimeSeconds ?? -Infinity)) entry.rate.restart();
    if (outTimeSeconds !== undefined && outTimeSeconds !== entry.outTimeSeconds) {
      entry.outTimeSeconds = outTimeSeconds;
      entry.outTimeAtMs = nowMs;
    }
    if (outTimeSeconds !== undefined) entry.rate.observe(nowMs, entry.frames.total, outTimeSeconds);
    const speed = entry.rate.rates(nowMs)?.speed;
    if (speed === undefined || speed >= SPEED_SLOW) entry.slowSinceMs = undefined;
    else entry.slowSinceMs ??= nowMs;
  }
}

/** How much was added. A value that fell has begun anew; the first one is where counting starts. */
function rise(rising: Rising, value: number | undefined): number {
  if (value === undefined || value < 0) return 0;
  const { last } = rising;
  rising.last = value;
  const added = last === undefined ? 0 : value < last ? value : value - last;
  rising.total += added;
  return added;
}
