import type { MediaPlaylist } from './playlist.ts';

/** Streams remembered from probe to probe; beyond it the one that was not probed for longest goes. */
const STREAMS_MAX = 20_000;
/** Readings in a row that went forward, after which an earlier step back is forgotten. */
const FORWARD_READINGS = 10;
/** Steps back without as many readings forward in between: the playlist runs in a circle. */
const STEPS_BACK_LOOP = 3;

/** Where the live end of a playlist stood when it was read. */
export interface LiveEdge {
  /** Sequence number that the next segment will have. */
  readonly sequence: number;
  /** Parts after it. */
  readonly parts: number;
  readonly lastUri: string | undefined;
}

/** How a playlist has moved, as far as was seen. Times are of the monotonic clock, milliseconds. */
export interface EdgeHistory {
  readonly edge: LiveEdge;
  readonly readAtMs: number;
  /** When this edge was seen first. */
  readonly changedAtMs: number;
  /** True once a change was seen; before, `changedAtMs` is only when we came. */
  readonly witnessed: boolean;
  /** Media published for each second of wall time, measured over RATIO_MS_MIN and RATIO_SEGMENTS_MIN at least; undefined before. */
  readonly advanceRatio?: number;
  /** From where and when the next ratio is measured. */
  readonly baseSequence: number;
  readonly baseAtMs: number;
  readonly stepsBack: number;
  readonly stepsBackTotal: number;
  readonly forward: number;
}

export function edgeOf(playlist: MediaPlaylist): LiveEdge {
  return {
    sequence: playlist.mediaSequence + playlist.segmentCount,
    parts: playlist.parts.length,
    lastUri: playlist.parts.at(-1)?.uri ?? playlist.segments.at(-1)?.uri,
  };
}

/** The history after one more reading at `atMs`. */
export function advanced(before: EdgeHistory | undefined, playlist: MediaPlaylist, atMs: number): EdgeHistory {
  const edge = edgeOf(playlist);
  if (before === undefined) {
    return {
      edge,
      readAtMs: atMs,
      changedAtMs: atMs,
      witnessed: false,
      baseSequence: edge.sequence,
      baseAtMs: atMs,
      stepsBack: 0,
      stepsBackTotal: 0,
      forward: 0,
    };
  }
  const steps = edge.sequence - before.edge.sequence;
  const same = steps === 0 && edge.parts === before.edge.parts;
  // Parts disappear when their segment is complete; fewer of them at one sequence number is a step back.
  const back = steps < 0 || (steps === 0 && edge.parts < before.edge.parts);
  if (same) return { ...before, readAtMs: atMs };
  const forward = back ? 0 : before.forward + 1;
  return {
    edge,
    readAtMs: atMs,
    changedAtMs: atMs,
    witnessed: true,
    ...ratio(before, playlist, atMs, back),
    stepsBack: back ? before.stepsBack + 1 : forward >= FORWARD_READINGS ? 0 : before.stepsBack,
    stepsBackTotal: before.stepsBackTotal + (back ? 1 : 0),
    forward,
  };
}

/** Shorter readings are off by a segment, which is much of them. */
export const RATIO_MS_MIN = 20_000;
export const RATIO_SEGMENTS_MIN = 4;

function ratio(
  before: EdgeHistory,
  playlist: MediaPlaylist,
  atMs: number,
  back: boolean,
): Pick<EdgeHistory, 'advanceRatio' | 'baseSequence' | 'baseAtMs'> {
  const { sequence } = edgeOf(playlist);
  if (back) return { baseSequence: sequence, baseAtMs: atMs };
  const overMs = atMs - before.baseAtMs;
  const known = before.advanceRatio === undefined ? {} : { advanceRatio: before.advanceRatio };
  if (overMs < RATIO_MS_MIN || sequence - before.baseSequence < RATIO_SEGMENTS_MIN) {
    return { ...known, baseSequence: before.baseSequence, baseAtMs: before.baseAtMs };
  }
  const advanceRatio = (publishedSeconds(playlist, before.baseSequence) * 1_000) / overMs;
  return { advanceRatio, baseSequence: sequence, baseAtMs: atMs };
}

/** Seconds of the segments from `sequence` on; those that are no longer listed count as the mean of those that are. */
function publishedSeconds(playlist: MediaPlaylist, sequence: number): number {
  const edge = playlist.mediaSequence + playlist.segmentCount;
  const kept = playlist.segments.filter((segment) => segment.sequence >= sequence);
  const listed = kept.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  const mean = playlist.segmentCount > 0 ? playlist.totalSeconds / playlist.segmentCount : 0;
  return listed + Math.max(0, edge - sequence - kept.length) * mean;
}

/** Why a playlist that answers is no live stream all the same; undefined when it may be one. */
export function circleOf(history: EdgeHistory, playlist: MediaPlaylist): string | undefined {
  if (history.stepsBack >= STEPS_BACK_LOOP) {
    return `The playlist begins again and again: its media sequence went back ${history.stepsBack} times.`;
  }
  const newest = playlist.segments.at(-1);
  if (newest !== undefined && newest.byteRange === undefined && !newest.gap) {
    const earlier = playlist.segments.slice(0, -1).filter((segment) => segment.uri === newest.uri);
    if (earlier.length > 0) return 'The playlist runs in a circle: its newest segment stands in it before.';
  }
  return undefined;
}

/** Bounded memory of histories, one for each camera and address. */
export class EdgeMemory {
  readonly #histories = new Map<string, EdgeHistory>();

  get(key: string): EdgeHistory | undefined {
    return this.#histories.get(key);
  }

  set(key: string, history: EdgeHistory): void {
    this.#histories.delete(key);
    this.#histories.set(key, history);
    if (this.#histories.size <= STREAMS_MAX) return;
    for (const oldest of this.#histories.keys()) {
      this.#histories.delete(oldest);
      return;
    }
  }
}
