import { setTimeout as sleepFor } from 'node:timers/promises';

/** Milliseconds since the Unix epoch, UTC. */
export type UnixMs = number & { readonly __unit: 'ms since epoch' };

export function unixMs(value: number): UnixMs {
  return value as UnixMs;
}

export interface Schedule {
  readonly intervalMs: number;
  /** Shifts every slot by this much inside the interval; 0 means multiples of intervalMs since the epoch. */
  readonly offsetMs?: number;
}

/** The only door to time. Evaluation code is told the time; receivers, schedulers and HTTP ask here. */
export interface Clock {
  /** Wall time; for values that leave the process. */
  now(): UnixMs;
  /** For durations only; never goes back. */
  monotonicMs(): number;
  /** Resolves after ms, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls the task at every multiple of intervalMs (+ offsetMs). Runs never overlap; `missed` counts the slots
   * that passed while the previous run was still going. A rejected task is reported to `onError` and the schedule goes on.
   */
  every(
    schedule: Schedule,
    task: (at: UnixMs, missed: number) => Promise<void>,
    onError: (error: unknown) => void,
  ): Disposable;
}

/** Node turns a longer timer into one of a millisecond. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class SystemClock implements Clock {
  now(): UnixMs {
    return unixMs(Date.now());
  }

  monotonicMs(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const options = signal ? { signal } : {};
    let left = ms;
    for (; left > TIMER_MAX_MS; left -= TIMER_MAX_MS) await sleepFor(TIMER_MAX_MS, undefined, options);
    await sleepFor(left, undefined, options);
  }

  every(
    schedule: Schedule,
    task: (at: UnixMs, missed: number) => Promise<void>,
    onError: (error: unknown) => void,
  ): Disposable {
    return runEvery(this, schedule, task, onError);
  }
}

/** First slot strictly after `after`. */
export function nextSlot(schedule: Schedule, after: UnixMs): UnixMs {
  const offset = (schedule.offsetMs ?? 0) % schedule.intervalMs;
  return unixMs((Math.floor((after - offset) / schedule.intervalMs) + 1) * schedule.intervalMs + offset);
}

/** The scheduling loop shared by all clocks; it only needs `now` and `sleep`. */
export function runEvery(
  clock: Clock,
  schedule: Schedule,
  task: (at: UnixMs, missed: number) => Promise<void>,
  onError: (error: unknown) => void,
): Disposable {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    let previous: UnixMs | undefined;
    while (!stop.signal.aborted) {
      const now = clock.now();
      let slot = nextSlot(schedule, now);
      // A slot that came due while the task ran is run late rather than skipped, unless whole intervals passed.
      let missed = 0;
      if (previous !== undefined) {
        const due = unixMs(previous + schedule.intervalMs);
        if (due <= now) {
          missed = Math.floor((now - due) / schedule.intervalMs);
          slot = unixMs(due + missed * schedule.intervalMs);
        } else if (due < slot) {
          slot = due;
        }
      }
      if (slot > now) {
        try {
          await clock.sleep(slot - now, stop.signal);
        } catch (error) {
          if (stop.signal.aborted) return;
          throw error;
        }
        // Timers may fire up to a millisecond early.
        if (clock.now() < slot) continue;
      }
      previous = slot;
      try {
        await task(slot, missed);
      } catch (error) {
        onError(error);
      }
    }
  };
  void loop().catch(onError);
  return { [Symbol.dispose]: () => stop.abort() };
}
