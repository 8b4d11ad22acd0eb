import { FRAMES_PER_REPORT_MAX, type FrameColumns } from '../camera/probe.ts';

/** Of a frame's payload, hashed. */
export const HASHED_BYTES_MAX = 64 * 1_024;

/** Offset basis of FNV-1a, 32 bit. */
export const HASH_START = 0x811c9dc5;

/** FNV-1a continued over `bytes`; unsigned only after `>>> 0`. */
export function hashMore(hash: number, bytes: Uint8Array): number {
  let at = hash;
  for (let i = 0; i < bytes.length; i++) at = Math.imul(at ^ (bytes[i] as number), 0x01000193);
  return at;
}

/** FNV-1a, 32 bit, of the first 64 KiB. */
export function payloadHash(payload: Uint8Array): number {
  return hashMore(HASH_START, payload.subarray(0, HASHED_BYTES_MAX)) >>> 0;
}

export interface RecordedFrame {
  readonly atMs: number;
  readonly mediaMs: number;
  readonly bytes: number;
  readonly key: boolean;
  readonly hash: number;
}

/** Access units of one probe: the first FRAMES_PER_REPORT_MAX are kept, all are counted. */
export class FrameRecorder {
  readonly #rows: RecordedFrame[] = [];
  count = 0;
  bytes = 0;
  keyFrames = 0;
  firstAtMs: number | undefined;
  lastAtMs: number | undefined;

  add(frame: RecordedFrame): void {
    this.count++;
    this.bytes += frame.bytes;
    if (frame.key) this.keyFrames++;
    this.firstAtMs ??= frame.atMs;
    this.lastAtMs = frame.atMs;
    if (this.#rows.length < FRAMES_PER_REPORT_MAX) this.#rows.push(frame);
  }

  get spanMs(): number {
    return (this.lastAtMs ?? 0) - (this.firstAtMs ?? 0);
  }

  columns(): FrameColumns {
    const rows = this.#rows;
    return {
      atMs: Float64Array.from(rows, (row) => row.atMs),
      mediaMs: Float64Array.from(rows, (row) => row.mediaMs),
      bytes: Float64Array.from(rows, (row) => row.bytes),
      key: Uint8Array.from(rows, (row) => (row.key ? 1 : 0)),
      hash: Uint32Array.from(rows, (row) => row.hash),
    };
  }
}

/** Frames a second of a stream whose frames carry these times, from the median step; undefined where they do not say. */
export function stampedRate(mediaMs: Float64Array): number | undefined {
  const steps: number[] = [];
  for (let i = 1; i < mediaMs.length; i++) {
    const step = (mediaMs[i] ?? NaN) - (mediaMs[i - 1] ?? NaN);
    if (step > 0) steps.push(step);
  }
  if (steps.length < 2) return undefined;
  steps.sort((a, b) => a - b);
  const median = steps[steps.length >> 1] ?? 0;
  return median > 0 ? 1_000 / median : undefined;
}
