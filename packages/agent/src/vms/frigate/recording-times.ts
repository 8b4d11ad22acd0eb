import type { Clock } from '../../clock.ts';
import type { HttpSource } from '../../source/http-source.ts';
import { parseBoundedJson } from '../../source/bounded-json.ts';
import { SourceFault } from '../../source/source-fault.ts';
import { newestSegmentEnd, oldestRecordedHour } from './recordings.ts';

/** How far back the newest segment is looked for. */
const WINDOW_SECONDS = 600;
/** Each camera is asked about this often; segments last ten seconds. */
const INTERVAL_MS = 60_000;
/** Hours are all that the oldest recording is known by. */
const OLDEST_INTERVAL_MS = 30 * 60_000;
/** At once; the server has other things to do. */
const CONCURRENCY = 4;
/** Of one reading; the cameras that are left have their turn in the next. */
const BUDGET_MS = 3_000;

/** When the newest segment of each recorded camera ended and the oldest hour begins. Frigate tells it by camera only, so cameras take turns. */
export class FrigateRecordingTimes {
  readonly #source: HttpSource;
  readonly #clock: Clock;
  readonly #ends = new Map<string, number>();
  readonly #oldest = new Map<string, { readonly begins: number | undefined; readonly askedAtMs: number }>();
  readonly #askedAtMs = new Map<string, number>();

  constructor(source: HttpSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Unix seconds by Frigate's name of the camera; cameras without a known segment are absent. */
  ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  /** The beginning of the oldest recorded hour, Unix seconds; undefined when it is not known. */
  oldest(camera: string): number | undefined {
    return this.#oldest.get(camera)?.begins;
  }

  /**
   * Asks about the cameras whose turn it is, for three seconds. One of which nothing can be learnt is no longer known: an old time would
   * look like a gap in its recording. Rejects with the first SourceFault when every request failed.
   */
  async read(cameras: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = new Set(cameras);
    for (const known of this.#askedAtMs.keys()) {
      if (wanted.has(known)) continue;
      this.#askedAtMs.delete(known);
      this.#ends.delete(known);
      this.#oldest.delete(known);
    }
    const startedMs = this.#clock.monotonicMs();
    // Those that have waited longest first.
    const due = cameras
      .filter((camera) => startedMs - (this.#askedAtMs.get(camera) ?? -Infinity) >= INTERVAL_MS)
      .sort((a, b) => (this.#askedAtMs.get(a) ?? -Infinity) - (this.#askedAtMs.get(b) ?? -Infinity) || 0);
    const faults: unknown[] = [];
    let asked = 0;
    const work = async (): Promise<void> => {
      while (this.#clock.monotonicMs() - startedMs < BUDGET_MS) {
        const camera = due.shift();
        if (camera === undefined) return;
        asked++;
        this.#askedAtMs.set(camera, startedMs);
        try {
          await this.#ask(camera, signal);
        } catch (error) {
          this.#ends.delete(camera);
          this.#oldest.delete(camera);
          faults.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    signal.throwIfAborted();
    if (asked > 0 && faults.length === asked) throw faults[0];
  }

  async #ask(camera: string, signal: AbortSignal): Promise<void> {
    const before = Math.ceil(this.#clock.now() / 1_000);
    const path = `/api/${encodeURIComponent(camera)}/recordings?after=${before - WINDOW_SECONDS}&before=${before}`;
    const body = await this.#source.get(path, signal);
    const end = newestSegmentEnd(parseBoundedJson(body, `${this.#source.place}: recordings`));
    const known = this.#ends.get(camera);
    // No segment in the window: the last one known stays, and grows old, which is what its reader looks at.
    if (end !== undefined && (known === undefined || end > known)) this.#ends.set(camera, end);
    await this.#askOldest(camera, signal);
  }

  async #askOldest(camera: string, signal: AbortSignal): Promise<void> {
    const askedAtMs = this.#clock.monotonicMs();
    const known = this.#oldest.get(camera);
    if (known && askedAtMs - known.askedAtMs < OLDEST_INTERVAL_MS) return;
    this.#oldest.set(camera, { begins: await this.#oldestOf(camera, signal), askedAtMs });
  }

  /** Undefined also of a Frigate that has no summaries (before 0.12): its newest segments are worth knowing all the same. */
  async #oldestOf(camera: string, signal: AbortSignal): Promise<number | undefined> {
    const path = `/api/${encodeURIComponent(camera)}/recordings/summary?timezone=utc`;
    try {
      const body = await this.#source.get(path, signal);
      return oldestRecordedHour(parseBoundedJson(body, `${this.#source.place}: recordings summary`));
    } catch (error) {
      if (error instanceof SourceFault) return undefined;
      throw error;
    }
  }
}
