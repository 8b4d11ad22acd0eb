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
  /** Calls once after about ms, perhaps too early, unless disposed before: a timeout that costs next to nothing. */
  after(ms: number, call: () => void): Disposable;
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

  after(ms: number, call: () => void): Disposable {
    // Node counts from a time it took at the start of the turn, in whole milliseconds: without one more, most would be early.
    return setTimeout(call, Math.min(ms + 1, TIMER_MAX_MS));
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

/**
 * The schedule shared by all clocks. Between two runs it holds one timer and nothing else: thousands of targets wait like this, and a
 * promise with a signal for each would be most of what the garbage collector has to do.
 */
export function runEvery(
  clock: Clock,
  schedule: Schedule,
  task: (at: UnixMs, missed: number) => Promise<void>,
  onError: (error: unknown) => void,
): Disposable {
  let stopped = false;
  let waiting: Disposable | undefined;
  let previous: UnixMs | undefined;
  let slot: UnixMs;
  let missed: number;
  const wait = (): void => {
    const at = clock.now();
    slot = nextSlot(schedule, at);
    // A slot that came due while the task ran is run late rather than skipped, unless whole intervals passed.
    missed = 0;
    if (previous !== undefined) {
      const due = unixMs(previous + schedule.intervalMs);
      if (due <= at) {
        missed = Math.floor((at - due) / schedule.intervalMs);
        slot = unixMs(due + missed * schedule.intervalMs);
      } else if (due < slot) {
        slot = due;
      }
    }
    if (slot > at) waiting = clock.after(slot - at, wake);
    else void run();
  };
  const wake = (): void => {
    // In a long turn of the event loop timers are early, and very long ones are cut short.
    if (clock.now() < slot) wait();
    else void run();
  };
  const run = async (): Promise<void> => {
    previous = slot;
    try {
      await task(slot, missed);
    } catch (error) {
      onError(error);
    }
    if (!stopped) wait();
  };
  wait();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      waiting?.[Symbol.dispose]();
    },
  };
}
