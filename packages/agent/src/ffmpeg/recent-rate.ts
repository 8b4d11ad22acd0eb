/** Rates are over at least this much; less says nothing. */
const SPAN_LEAST_MS = 2_000;
/** And over this much once there is so much. */
const SPAN_MS = 10_000;
/** Between two marks. */
const STEP_MS = 1_000;
/** Blocks come at least twice a second; after so long without one, time counts as standing still. */
const SILENT_MS = 5_000;

interface Mark {
  readonly atMs: number;
  readonly frames: number;
  readonly mediaSeconds: number;
}

export interface RecentRates {
  readonly framesPerSecond: number;
  /** Media seconds made per second. */
  readonly speed: number;
}

/**
 * Frames and media time per second over the last ten seconds. ffmpeg's own `fps` and `speed` are means since it started: after a day they
 * would need hours to show that it cannot keep up any more.
 */
export class RecentRate {
  #marks: Mark[] = [];
  #last: Mark | undefined;

  /** Frames and media seconds so far; either may stand still, and both begin anew with `restart`. */
  observe(atMs: number, frames: number, mediaSeconds: number): void {
    const mark = { atMs, frames, mediaSeconds };
    const newest = this.#marks.at(-1);
    if (newest === undefined || atMs - newest.atMs >= STEP_MS) this.#marks.push(mark);
    // The first mark is the last one that is ten seconds old.
    while (this.#marks.length > 2 && atMs - (this.#marks[1] as Mark).atMs >= SPAN_MS) this.#marks.shift();
    this.#last = mark;
  }

  restart(): void {
    this.#marks = [];
    this.#last = undefined;
  }

  /** Undefined until two seconds were seen. */
  rates(nowMs: number): RecentRates | undefined {
    const first = this.#marks[0];
    const last = this.#last;
    if (!first || !last) return undefined;
    const untilMs = nowMs - last.atMs > SILENT_MS ? nowMs : last.atMs;
    const spanMs = untilMs - first.atMs;
    if (spanMs < SPAN_LEAST_MS) return undefined;
    return {
      framesPerSecond: Math.max(0, ((last.frames - first.frames) * 1_000) / spanMs),
      speed: Math.max(0, ((last.mediaSeconds - first.mediaSeconds) * 1_000) / spanMs),
    };
  }
}
