import { isResolved } from '../alert-store.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { IncomingAlert } from '../room.ts';
import type { HistoryEvent } from './event.ts';

/** What an alert that arrives over the API begins or ends; rules tell the life of theirs themselves. `before` is what was known of it. */
export function arrivalEvents(
  { labels, annotations, value, startsAtMs, resolved }: IncomingAlert,
  before: GroupAlert | undefined,
  atMs: number,
): readonly HistoryEvent[] {
  const wasFiring = before !== undefined && !isResolved(before, atMs);
  if (resolved !== wasFiring) return [];
  const since = wasFiring ? before.startsAtMs : startsAtMs;
  return [
    { atMs, state: resolved ? 'resolved' : 'firing', labels, annotations, value, startsAtMs: since, firedAtMs: since },
  ];
}
