import type { Delivery, Notifier } from '../notify/notification.ts';

/**
 * Messages under way to one integration at once. Twenty thousand groups that flush in the same second would otherwise open as many
 * connections, and run out of files.
 */
export const DELIVERIES_MAX = 64;

/** A bound on what goes on at once; who comes later waits, first come, first served. */
export class Slots {
  readonly #max: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Waits for a slot, at most until the signal aborts: then it rejects with its reason. */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#max) {
      this.#taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#taken--;
      return;
    }
    // The slot is handed over.
    this.#waiting.delete(next);
    next();
  }
}

/** One holder's place in the slots: it may leave and come back, and leaves once for each time it entered. */
export class Slot {
  readonly #slots: Slots;
  #isHeld = false;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  async enter(signal: AbortSignal): Promise<void> {
    await this.#slots.enter(signal);
    this.#isHeld = true;
  }

  leave(): void {
    if (this.#isHeld) this.#slots.leave();
    this.#isHeld = false;
  }
}

/** The same notifier with a bound on its deliveries; who waits does so at most until its signal aborts. */
export function withSlots(notifier: Notifier, deliveriesMax: number = DELIVERIES_MAX): Notifier {
  const slots = new Slots(deliveriesMax);
  return {
    integration: notifier.integration,
    sendResolved: notifier.sendResolved,
    notify: async (message, signal): Promise<Delivery> => {
      await slots.enter(signal);
      try {
        return await notifier.notify(message, signal);
      } finally {
        slots.leave();
      }
    },
    close: async () => notifier.close?.(),
  };
}
