import type { HttpSource } from '../../source/http-source.ts';
import { parseBoundedJson } from '../../source/bounded-json.ts';
import { newestSegmentEnd } from './recordings.ts';

/** How far back the newest segment is looked for. */
const WINDOW_SECONDS = 600;
/** Each camera is asked about this often; segments last ten seconds. */
const INTERVAL_MS = 60_000;
/** Requests of one reading. */
const REQUESTS_MAX = 256;

/** When the newest segment of each recorded camera ended. Frigate tells it by camera only, so cameras take turns. */
export class FrigateRecordingTimes {
  readonly #source: HttpSource;
  readonly #ends = new Map<string, number>();
  readonly #askedAtMs = new Map<string, number>();

  constructor(source: HttpSource) {
    this.#source = source;
  }

  /** Unix seconds by Frigate's name of the camera; cameras without a known segment are absent. */
  ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  /**
   * Asks about the cameras whose turn it is. One of which nothing can be learnt is no longer known: an old time would look like a gap in
   * its recording. Rejects with the first SourceFault when every request failed.
   */
  async read(cameras: readonly string[], nowMs: number, signal: AbortSignal): Promise<void> {
    const wanted = new Set(cameras);
    for (const known of this.#askedAtMs.keys()) {
      if (wanted.has(known)) continue;
      this.#askedAtMs.delete(known);
      this.#ends.delete(known);
    }
    const due = cameras
      .filter((camera) => nowMs - (this.#askedAtMs.get(camera) ?? -Infinity) >= INTERVAL_MS)
      .slice(0, REQUESTS_MAX);
    const faults = await Promise.all(
      due.map(async (camera) => {
        this.#askedAtMs.set(camera, nowMs);
        return this.#ask(camera, nowMs, signal).then(
          () => undefined,
          (error: unknown) => {
            this.#ends.delete(camera);
            return error;
          },
        );
      }),
    );
    signal.throwIfAborted();
    if (faults.length > 0 && faults.every((fault) => fault !== undefined)) throw faults[0];
  }

  async #ask(camera: string, nowMs: number, signal: AbortSignal): Promise<void> {
    const before = Math.ceil(nowMs / 1_000);
    const path = `/api/${encodeURIComponent(camera)}/recordings?after=${before - WINDOW_SECONDS}&before=${before}`;
    const body = await this.#source.get(path, signal);
    const end = newestSegmentEnd(parseBoundedJson(body, `${this.#source.place}: recordings`));
    const known = this.#ends.get(camera);
    // No segment in the window: the last one known stays, and grows old, which is what its reader looks at.
    if (end !== undefined && (known === undefined || end > known)) this.#ends.set(camera, end);
  }
}
