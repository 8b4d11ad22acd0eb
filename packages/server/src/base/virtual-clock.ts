import { type Clock, type Schedule, type UnixMs, runEvery, unixMs } from './clock.ts';
import { DueQueue } from './due-queue.ts';

/** A clock that moves only when told: a week of rules and alerts runs in seconds. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  readonly #sleepers = new DueQueue<() => void>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
    this.#start = startMs;
  }

  now(): UnixMs {
    return unixMs(this.#now);
  }

  monotonicMs(): number {
    return this.#now - this.#start;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        alarm[Symbol.dispose]();
        reject(signal?.reason);
      };
      const alarm = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  after(ms: number, call: () => void): Disposable {
    return this.#sleepers.add(this.#now + Math.max(0, ms), call);
  }

  every(
    schedule: Schedule,
    task: (at: UnixMs, missed: number) => Promise<void>,
    onError: (error: unknown) => void,
  ): Disposable {
    return runEvery(this, schedule, task, onError);
  }

  /** Moves time forward, waking sleepers in order and letting their work settle before time moves on. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = this.#sleepers.take(target);
      if (!next) break;
      this.#now = Math.max(this.#now, next.dueMs);
      next.item();
      await this.settle();
    }
    this.#now = target;
    await this.settle();
  }

  /** Lets pending promise chains, timers of 0 ms and finished I/O run. */
  async settle(turns = 5): Promise<void> {
    for (let i = 0; i < turns; i++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}
