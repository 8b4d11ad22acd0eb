import type { NativeHistogram } from '@vedette/wire/histogram';
import { detectReset } from '../histogram/index.ts';

/**
 * The counter reset hints that Prometheus's storage gives a series when it is read back; scripts expect them in what raw selectors
 * return. A gauge stays a gauge and a told reset a reset; of the rest the first one, also behind a float, a stale marker or a gauge,
 * is unknown, as is one after a reset, and the others were compared with the one before. Our own store keeps what it was given, and functions compare.
 */
export class ResetHints {
  #previous: NativeHistogram | undefined;

  /** A float or stale marker, which ends what can be compared. */
  skip(): void {
    this.#previous = undefined;
  }

  next(histogram: NativeHistogram): NativeHistogram {
    const previous = this.#previous;
    const { counterResetHint } = histogram;
    this.#previous = histogram;
    if (counterResetHint === 'gauge' || counterResetHint === 'reset') return histogram;
    const plain: NativeHistogram = { ...histogram, counterResetHint: 'unknown' };
    if (previous === undefined || previous.counterResetHint === 'gauge') return plain;
    return detectReset(plain, previous) ? plain : { ...plain, counterResetHint: 'not_reset' };
  }
}
