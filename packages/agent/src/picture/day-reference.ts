import type { Chroma } from './low-rate-picture.ts';
import { TILES, likeness } from './picture-figures.ts';

/** Quarters of a day: shadows and lamps make different pictures of one view. */
const PARTS = 4;
const PART_MS = 6 * 3_600_000;
/** Pictures after which a part is known. */
const KNOWN_FROM = 10;
/** Weight of the newest picture once a part is known. */
const WEIGHT_MIN = 0.03;

interface Part {
  count: number;
  readonly edges: Float32Array;
  blue: number;
  red: number;
}

/** What a camera's view looks like in each quarter of the day: where its edges are, and which tint it has. */
export class DayReference {
  readonly #parts: (Part | undefined)[] = Array.from({ length: PARTS }, () => undefined);

  add(edges: Float32Array, chroma: Chroma | undefined, localMs: number): void {
    const part = (this.#parts[partOf(localMs)] ??= { count: 0, edges: new Float32Array(TILES), blue: 0, red: 0 });
    part.count++;
    const weight = Math.max(1 / part.count, WEIGHT_MIN);
    for (let i = 0; i < TILES; i++)
      part.edges[i] = (part.edges[i] as number) + weight * ((edges[i] ?? 0) - (part.edges[i] as number));
    part.blue += weight * ((chroma?.blue ?? 0) - part.blue);
    part.red += weight * ((chroma?.red ?? 0) - part.red);
  }

  /** How much the view is like the most similar quarter, −1 to 1; undefined while none is known or the picture is flat. */
  likeness(edges: Float32Array): number | undefined {
    const known = this.#parts.flatMap((part) => (part !== undefined && part.count >= KNOWN_FROM ? [part] : []));
    const found = known.flatMap((part) => likeness(edges, part.edges) ?? []);
    return found.length === 0 ? undefined : Math.max(...found);
  }

  /** Distance of a tint from the quarter's own; undefined while it is not known. */
  tintDistance(chroma: Chroma, localMs: number): number | undefined {
    const part = this.#parts[partOf(localMs)];
    if (part === undefined || part.count < KNOWN_FROM) return undefined;
    return Math.hypot(chroma.blue - part.blue, chroma.red - part.red);
  }

  forget(): void {
    this.#parts.fill(undefined);
  }

  state(): readonly unknown[] {
    return this.#parts.map((part) =>
      part === undefined
        ? null
        : [
            part.count,
            Array.from(part.edges, (edge) => Number(edge.toFixed(2))),
            Number(part.blue.toFixed(2)),
            Number(part.red.toFixed(2)),
          ],
    );
  }

  restore(state: unknown): void {
    if (!Array.isArray(state)) return;
    for (const [i, each] of state.slice(0, PARTS).entries()) {
      if (!Array.isArray(each)) continue;
      const [count, edges, blue, red] = each as unknown[];
      if (!Array.isArray(edges) || edges.length !== TILES || !edges.every(Number.isFinite)) continue;
      if (![count, blue, red].every(Number.isFinite)) continue;
      this.#parts[i] = {
        count: count as number,
        edges: Float32Array.from(edges as number[]),
        blue: blue as number,
        red: red as number,
      };
    }
  }
}

function partOf(localMs: number): number {
  return ((Math.floor(localMs / PART_MS) % PARTS) + PARTS) % PARTS;
}
