import { VedetteError } from '../base/errors.ts';

/** Waiting calls per session. A reader that waits behind this many is refused: it would time out before its turn. */
export const SESSION_WAITING_MAX = 128;

interface Waiter {
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * One connection and the bounded queue in front of it. The embedded engine runs one statement at a time per connection, and calls
 * that pile up inside it would each hold a thread of the pool; on a server it keeps the inserts of one lane in order.
 */
export class SessionQueue<Session extends { close(): void }> {
  readonly session: Session;
  readonly #name: string;
  #busy = false;
  #closed = false;
  #waiting: Waiter[] = [];
  #idle: (() => void)[] = [];

  constructor(name: string, session: Session) {
    this.#name = name;
    this.session = session;
  }

  /** Calls running and waiting. */
  get load(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /** Waits for its turn; the caller must call what it gets exactly once. Throws DATABASE_UNAVAILABLE, or the signal's reason. */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    if (this.#busy) {
      if (this.#waiting.length >= SESSION_WAITING_MAX) {
        throw new VedetteError(
          'DATABASE_UNAVAILABLE',
          `the database is busy: ${SESSION_WAITING_MAX} statements already wait for the ${this.#name} connection; try again later`,
        );
      }
      await this.#turn(signal);
    }
    this.#busy = true;
    return () => this.#release();
  }

  async run<T>(task: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await task(this.session);
    } finally {
      release();
    }
  }

  /**
   * Refuses new and waiting calls; closes the connection once the running one has ended, or, when `giveUp` aborts, under it (a
   * reader that stopped reading would keep it for ever).
   */
  async close(giveUp?: AbortSignal): Promise<void> {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.fail(closedError());
    if (this.#busy && !giveUp?.aborted) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
        giveUp?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    this.session.close();
  }

  #turn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        start: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        fail: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Stays busy when it hands over, so that nobody slips in between. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next) {
      next.start();
      return;
    }
    this.#busy = false;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

export function closedError(): VedetteError {
  return new VedetteError('DATABASE_UNAVAILABLE', 'the database is closed');
}
