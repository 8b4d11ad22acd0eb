import type { Delivery, Notifier } from '../notify/notification.ts';

/**
 * Messages under way to one integration at once. Twenty thousand groups that flush in the same second would otherwise open as many
 * connections, and run out of files.
 */
export const DELIVERIES_MAX = 64;

/** The same notifier with a bound; who comes later waits, first come, first served, at most until its signal aborts. */
export function withSlots(notifier: Notifier, deliveriesMax: number = DELIVERIES_MAX): Notifier {
  const waiting = new Set<() => void>();
  let taken = 0;
  const leave = (): void => {
    const [next] = waiting;
    if (!next) {
      taken--;
      return;
    }
    // The slot is handed over.
    waiting.delete(next);
    next();
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (taken < deliveriesMax) {
      taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        waiting.delete(go);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  };
  return {
    integration: notifier.integration,
    sendResolved: notifier.sendResolved,
    notify: async (message, signal): Promise<Delivery> => {
      await enter(signal);
      try {
        return await notifier.notify(message, signal);
      } finally {
        leave();
      }
    },
    close: async () => notifier.close?.(),
  };
}
