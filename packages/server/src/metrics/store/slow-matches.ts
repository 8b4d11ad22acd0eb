import type { Clock } from '../../base/clock.ts';
import { turns } from '../../base/turns.ts';
import type { Matcher } from '../../model/matcher.ts';

/** An expression holds the event loop for no longer than this at a time, or for one value. */
const TURN_MS = 5;
/** Values whose test is remembered, of all expressions together; about 50 bytes each. */
const REMEMBERED_MAX = 200_000;

/** What a matcher said of each value. */
export type Verdicts = Map<string, boolean>;

/**
 * Tests values by expressions that take their time, with turns of the event loop in between, and remembers what came out: panels ask
 * with the same expression again and again. A value that is not there was not tested.
 */
export class SlowMatches {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** By operator, expression and label; least recently used first. */
  readonly #known = new Map<string, Verdicts>();
  #remembered = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Throws the signal's reason once nobody wants to know any more. */
  async test(matcher: Matcher, values: Iterable<string>, signal: AbortSignal): Promise<Verdicts> {
    const key = `${matcher.operator}${matcher.name}\u0000${matcher.value}`;
    const verdicts = this.#known.get(key) ?? new Map<string, boolean>();
    this.#forget(key, verdicts);
    let usedMs = 0;
    let startedMs = this.#clock.monotonicMs();
    for (const value of values) {
      if (verdicts.has(value)) continue;
      verdicts.set(value, matcher.matches(value));
      const tookMs = this.#clock.monotonicMs() - startedMs;
      if (tookMs < TURN_MS) continue;
      usedMs += tookMs;
      await turns.next(usedMs);
      signal.throwIfAborted();
      startedMs = this.#clock.monotonicMs();
    }
    this.#remember(key, verdicts);
    return verdicts;
  }

  #remember(key: string, verdicts: Verdicts): void {
    // Somebody may have tested by the same expression meanwhile.
    this.#forget(key, this.#known.get(key));
    if (verdicts.size > REMEMBERED_MAX) return;
    this.#known.set(key, verdicts);
    this.#remembered += verdicts.size;
    for (const [oldest, other] of this.#known) {
      if (this.#remembered <= REMEMBERED_MAX) break;
      this.#forget(oldest, other);
    }
  }

  #forget(key: string, verdicts: Verdicts | undefined): void {
    if (verdicts === undefined || !this.#known.delete(key)) return;
    this.#remembered -= verdicts.size;
  }
}
