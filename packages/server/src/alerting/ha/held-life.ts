import type { Clock, UnixMs } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { AlertLifeEvent, AlertLifeSink } from '../../model/ports.ts';
import { LEASE_MS, type Replicas } from './replicas.ts';

/** What happened since the first one was last heard, and a little more, is told by its successor. */
const HELD_MS = 2 * LEASE_MS;
/** About 1 KB each. */
export const HELD_EVENTS_MAX = 20_000;

interface Held {
  readonly events: readonly AlertLifeEvent[];
  readonly at: UnixMs;
  readonly heldMs: number;
}

/**
 * All replicas evaluate the same rules; the life of an alert is told by the first of them. The others hold what they would have told for
 * a while, and tell it when they become first: around such a moment an event may be stored twice, and none is missing.
 */
export function heldLife(
  life: AlertLifeSink,
  replicas: Replicas,
  { clock, logger }: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly logger: Logger },
): AlertLifeSink {
  let held: Held[] = [];
  let count = 0;
  const drop = (): void => {
    const oldestMs = clock.monotonicMs() - HELD_MS;
    while (held.length > 0 && ((held[0]?.heldMs ?? 0) < oldestMs || count > HELD_EVENTS_MAX))
      count -= held.shift()?.events.length ?? 0;
  };
  const tellHeld = async (): Promise<void> => {
    drop();
    const due = held;
    held = [];
    count = 0;
    for (const { events, at } of due) await life.changed(events, at);
  };
  replicas.onPosition((position) => {
    if (position > 0) return;
    tellHeld().catch((error: unknown) =>
      logger.error({ error: errorMessage(error) }, 'events of a takeover are missing from the history of alerts'),
    );
  });
  return {
    changed: async (events, at) => {
      if (replicas.position === 0) {
        await life.changed(events, at);
        return;
      }
      held.push({ events, at, heldMs: clock.monotonicMs() });
      count += events.length;
      drop();
    },
  };
}
