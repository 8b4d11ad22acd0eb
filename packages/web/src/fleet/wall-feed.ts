import type { CauseCard } from '@vedette/wire/http';
import { useSyncExternalStore } from 'react';
import { fleetWall } from '../api/fleet.ts';
import { type WallState, applyWall } from './wall-state.ts';

/** How often what changed is asked for while the page is in view. */
const POLL_MS = 1_000;

export interface WallFeed {
  readonly wall: WallState | undefined;
  /** Why the newest answer is missing; null when it is there. */
  readonly error: unknown;
  /** performance.now() before the newest answer was applied; the wall measures its update from there. */
  readonly appliedFromMs: number;
}

let feed: WallFeed = { wall: undefined, error: null, appliedFromMs: 0 };
const listeners = new Set<() => void>();
let stop: AbortController | undefined;

function publish(next: WallFeed): void {
  feed = next;
  for (const listener of listeners) listener();
}

/** One loop for all that show the wall; it ends with the last of them, and rests while the page is in the background. */
async function poll(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    if (document.visibilityState === 'visible') {
      try {
        const answer = await fleetWall(feed.wall?.version, signal);
        const appliedFromMs = performance.now();
        const news =
          answer.whole || answer.version !== feed.wall?.version || !sameCauses(answer.causes, feed.wall.causes);
        // A second without news redraws nothing.
        if (news) publish({ wall: applyWall(feed.wall, answer), error: null, appliedFromMs });
        else if (feed.error !== null) publish({ ...feed, error: null });
      } catch (error) {
        if (signal.aborted) return;
        publish({ ...feed, error });
      }
    }
    await pause(Math.max(0, POLL_MS - (performance.now() - startedMs)), signal);
  }
}

/** Causes may change while their cameras do not: another total, another reason. */
function sameCauses(a: readonly CauseCard[], b: readonly CauseCard[]): boolean {
  return (
    a.length === b.length &&
    a.every((card, i) => {
      const other = b[i];
      return other?.id === card.id && other.reason === card.reason && other.total === card.total;
    })
  );
}

/** Ends early when the page comes to the front. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((done) => {
    const end = (): void => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', front);
      signal.removeEventListener('abort', end);
      done();
    };
    const front = (): void => {
      if (document.visibilityState === 'visible') end();
    };
    const timer = setTimeout(end, ms);
    document.addEventListener('visibilitychange', front);
    signal.addEventListener('abort', end);
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!stop) {
    stop = new AbortController();
    void poll(stop.signal);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.abort();
    stop = undefined;
  };
}

/** The fleet as it is now, kept up to date once a second. */
export function useWall(): WallFeed {
  return useSyncExternalStore(subscribe, () => feed);
}
