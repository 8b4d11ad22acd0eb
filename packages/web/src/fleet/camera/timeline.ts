import type { CameraEvent, CameraState } from '@vedette/wire/http';

/** A stretch of one state. */
export interface Stretch {
  readonly state: CameraState;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/**
 * Changes of state as stretches over a window. What was before the first change is that change's `from`; without any change the state
 * that holds now has held since `current.sinceMs`, and what was before is unknown.
 */
export function stretchesOf(
  events: readonly CameraEvent[],
  current: { readonly state: CameraState; readonly sinceMs: number; readonly reason: string },
  window: { readonly fromMs: number; readonly toMs: number },
): readonly Stretch[] {
  const { fromMs, toMs } = window;
  const changes = events.filter(({ atMs }) => atMs < toMs).toSorted((a, b) => a.atMs - b.atMs);
  const first = changes[0];
  const stretches: Stretch[] = [];
  const add = (state: CameraState, from: number, to: number, reason: string): void => {
    const begin = Math.max(from, fromMs);
    const end = Math.min(to, toMs);
    if (end > begin) stretches.push({ state, fromMs: begin, toMs: end, reason });
  };
  if (!first) {
    add('unknown', fromMs, current.sinceMs, 'No change was recorded');
    add(current.state, current.sinceMs, toMs, current.reason);
    return stretches;
  }
  add(first.from, fromMs, first.atMs, '');
  for (const [index, change] of changes.entries())
    add(change.to, change.atMs, changes[index + 1]?.atMs ?? toMs, change.reason);
  return stretches;
}
