import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';

/** Tests in a minute: enough for someone who tries settings, too few for a flood of text messages. */
export const TESTS_PER_MINUTE_MAX = 10;
/** At once: each may hang for a while. */
export const TESTS_AT_ONCE_MAX = 2;
const MINUTE_MS = 60_000;

/** How often receivers may be tried, by everyone together. */
export class TestBudget {
  readonly #clock: Clock;
  #running = 0;
  #startedMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with RECEIVER_TEST_BUSY instead when there were too many. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    const nowMs = this.#clock.monotonicMs();
    this.#startedMs = this.#startedMs.filter((startedMs) => nowMs - startedMs < MINUTE_MS);
    if (this.#running >= TESTS_AT_ONCE_MAX)
      throw new VedetteError('RECEIVER_TEST_BUSY', `${TESTS_AT_ONCE_MAX} receivers are being tested; wait for them`);
    if (this.#startedMs.length >= TESTS_PER_MINUTE_MAX)
      throw new VedetteError(
        'RECEIVER_TEST_BUSY',
        `receivers were tested ${TESTS_PER_MINUTE_MAX} times in the last minute; try again in a minute`,
      );
    this.#startedMs.push(nowMs);
    this.#running++;
    try {
      return await task();
    } finally {
      this.#running--;
    }
  }
}
