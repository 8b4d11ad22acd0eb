/** Something that happened to a camera at some time after it was well for the last time and before it was noticed. */
export interface Onset {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Splits what happened into groups that can have happened within one window, the largest first; rests smaller than `sizeMin` are left out. */
export function clustersOf<Item extends Onset>(
  items: readonly Item[],
  windowMs: number,
  sizeMin: number,
): readonly (readonly Item[])[] {
  const clusters: Item[][] = [];
  let rest: readonly Item[] = items;
  while (rest.length >= sizeMin && clusters.length < CLUSTERS_MAX) {
    const startMs = densest(rest, windowMs);
    const inside = rest.filter((item) => isInside(item, startMs, windowMs));
    if (inside.length < sizeMin) break;
    clusters.push(inside);
    rest = rest.filter((item) => !isInside(item, startMs, windowMs));
  }
  return clusters;
}

/** More outages of one site than this at once are told camera by camera. */
const CLUSTERS_MAX = 20;

function isInside({ fromMs, toMs }: Onset, startMs: number, windowMs: number): boolean {
  return fromMs <= startMs + windowMs && toMs >= startMs;
}

/** The start of the window that touches most of the onsets; of equals the earliest. */
function densest(items: readonly Onset[], windowMs: number): number {
  // A window [t, t + w] touches [from, to] when from - w ≤ t ≤ to.
  const edges = items.flatMap(({ fromMs, toMs }): readonly (readonly [ms: number, step: number])[] => [
    [Math.min(fromMs, toMs) - windowMs, 1],
    [toMs, -1],
  ]);
  edges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let now = 0;
  let most = 0;
  let at = 0;
  for (const [ms, step] of edges) {
    now += step;
    if (now > most) {
      most = now;
      at = ms;
    }
  }
  return at;
}
