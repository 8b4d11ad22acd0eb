import { type Clock, type Schedule, type UnixMs, runEvery, unixMs } from './clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly sequence: number;
  readonly wake: () => void;
}

/** A clock that moves only when told: a week of rules and alerts runs in seconds. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  #sequence = 0;
  #sleepers: Sleeper[] = [];

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
    const sleeper: Sleeper = { dueMs: this.#now + Math.max(0, ms), sequence: this.#sequence++, wake: call };
    this.#sleepers.push(sleeper);
    return {
      [Symbol.dispose]: () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      },
    };
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
      const next = this.#sleepers
        .filter((sleeper) => sleeper.dueMs <= target)
        .sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.dueMs);
      next.wake();
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
