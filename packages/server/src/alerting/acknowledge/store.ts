import { z } from 'zod';
import type { Clock, UnixMs } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import type { Acknowledgement, Acknowledgements } from '../ports.ts';

/** As many as alerts are held. */
export const ACKNOWLEDGEMENTS_MAX = 100_000;
export const COMMENT_CHARS_MAX = 1_000;
export const NAME_CHARS_MAX = 200;

const stored = z.object({
  fingerprint: z.string(),
  startsAtMs: z.number(),
  atMs: z.number(),
  expiresAtMs: z.number(),
  by: z.string(),
  via: z.enum(['api', 'page', 'link', 'receiver']),
  comment: z.string(),
});

/** Acknowledgements, durable; at most one per alert. */
export class AcknowledgementStore implements Acknowledgements {
  readonly #table: StateTable<Acknowledgement>;
  readonly #clock: Clock;
  readonly #listeners: (() => void)[] = [];
  #count: number;

  private constructor(table: StateTable<Acknowledgement>, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
    this.#count = [...table.entries()].length;
  }

  static async open(state: StateStore, clock: Clock): Promise<AcknowledgementStore> {
    return new AcknowledgementStore(await state.open('acknowledgements', (json) => stored.safeParse(json).data), clock);
  }

  /** Called after a change is durable. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  of(fingerprint: string, startsAtMs: number): Acknowledgement | undefined {
    const found = this.#table.get(fingerprint);
    // One from before the alert began is about an earlier occurrence.
    return found && found.atMs >= startsAtMs && found.expiresAtMs > this.#clock.now() ? found : undefined;
  }

  /** Those that have not expired, newest first. */
  list(): readonly Acknowledgement[] {
    const now = this.#clock.now();
    return [...this.#table.entries()]
      .map(([, one]) => one)
      .filter(({ expiresAtMs }) => expiresAtMs > now)
      .sort((a, b) => b.atMs - a.atMs);
  }

  /** Throws QUERY_TOO_LARGE when too many are kept. */
  async acknowledge(acknowledgement: Acknowledgement): Promise<void> {
    const isNew = this.#table.get(acknowledgement.fingerprint) === undefined;
    if (isNew && this.#count >= ACKNOWLEDGEMENTS_MAX)
      throw new VedetteError(
        'QUERY_TOO_LARGE',
        `${ACKNOWLEDGEMENTS_MAX} acknowledgements are kept already; wait until some expire, or withdraw some`,
      );
    if (isNew) this.#count++;
    await this.#table.put(acknowledgement.fingerprint, {
      ...acknowledgement,
      by: acknowledgement.by.slice(0, NAME_CHARS_MAX),
      comment: acknowledgement.comment.slice(0, COMMENT_CHARS_MAX),
    });
    this.#tell();
  }

  async withdraw(fingerprint: string): Promise<void> {
    if (!this.#table.get(fingerprint)) return;
    this.#count--;
    await this.#table.delete(fingerprint);
    this.#tell();
  }

  /** Forgets the expired ones. */
  async collect(at: UnixMs): Promise<void> {
    const expired = [...this.#table.entries()].filter(([, { expiresAtMs }]) => expiresAtMs <= at);
    this.#count -= expired.length;
    await Promise.all(expired.map(([key]) => this.#table.delete(key)));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
