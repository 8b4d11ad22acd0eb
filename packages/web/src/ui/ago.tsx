import { type ReactNode, useSyncExternalStore } from 'react';
import { ago, formatTime } from '../time/range.ts';

/** Ages are shown in seconds: finer ticks would only flicker. */
const TICK_MS = 1_000;

let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const notify of listeners) notify();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const current = (): number => nowMs;

/** The browser's clock, once a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current);
}

/** How long ago something was, counting on by itself; the full time is its title. `planned`: it may also lie ahead. */
export function Ago({ ms, planned = false }: { readonly ms: number; readonly planned?: boolean }): ReactNode {
  const now = useNow();
  const known = Number.isFinite(ms) && ms > 0;
  // Clocks of server and browser differ a little: nothing that happened is shown in the future.
  const seen = known && !planned ? Math.max(now, ms) : now;
  return <time title={known ? formatTime(ms) : undefined}>{ago(ms, seen)}</time>;
}
