import { createHash } from 'node:crypto';
import { BitsError } from '../bits/bit-reader.ts';
import { parseH264Sps } from '../rtsp/h264-sps.ts';
import { parseH265Sps } from '../rtsp/h265-sps.ts';
import type { PictureFormat } from '../rtsp/parameter-set.ts';
import type { SegmentContents } from './segment-contents.ts';

/** Bytes of a frame that are searched for parameter sets and its kind. */
export const HEAD_BYTES_MAX = 64 * 1_024;
const UNITS_MAX = 256;

export interface FrameHead {
  readonly key: boolean;
  readonly parameterSets?: string;
  /** Of its sequence parameter set. */
  readonly format?: PictureFormat;
}

/** The beginning of an access unit in Annex B form (start codes): kind of picture and parameter sets (H.264 7.4.1, H.265 7.4.2). */
export function frameHead(bytes: Uint8Array, codec: 'h264' | 'h265'): FrameHead {
  const sets: Uint8Array[] = [];
  let sps: Uint8Array | undefined;
  let key = false;
  for (const unit of units(bytes)) {
    const type = codec === 'h264' ? (unit[0] ?? 0) & 31 : ((unit[0] ?? 0) >> 1) & 63;
    if (codec === 'h264' ? type === 5 : type >= 16 && type <= 21) key = true;
    if (codec === 'h264' ? type === 7 || type === 8 : type >= 32 && type <= 34) sets.push(unit);
    if (codec === 'h264' ? type === 7 : type === 33) sps ??= unit;
    // Pictures follow their parameter sets: what comes after the first slice is not of this head.
    if (codec === 'h264' ? type >= 1 && type <= 5 : type <= 21) break;
  }
  const format = sps && pictureFormat(sps, codec);
  return {
    key,
    ...(sets.length > 0 && { parameterSets: parameterSetsHash(sets) }),
    ...(format && { format }),
  };
}

/** Of a sequence parameter set with its header; undefined where it is garbage. */
export function pictureFormat(sps: Uint8Array, codec: 'h264' | 'h265'): PictureFormat | undefined {
  try {
    return codec === 'h264' ? parseH264Sps(sps) : parseH265Sps(sps);
  } catch (error) {
    if (error instanceof BitsError) return undefined;
    throw error;
  }
}

export type FormatParts = Pick<SegmentContents, 'profile' | 'level' | 'width' | 'height' | 'declaredFps'>;

export function formatParts(format: PictureFormat | undefined): FormatParts {
  if (format === undefined) return {};
  const { framesPerSecond, ...parts } = format;
  return { ...parts, ...(framesPerSecond !== undefined && { declaredFps: framesPerSecond }) };
}

/** The same sets give the same word, in whatever order they come. */
export function parameterSetsHash(sets: readonly Uint8Array[]): string {
  const words = sets.map((set) => createHash('sha256').update(set).digest('hex')).sort();
  return createHash('sha256').update(words.join(' ')).digest('hex').slice(0, 16);
}

function* units(bytes: Uint8Array): Generator<Uint8Array> {
  const end = Math.min(bytes.length, HEAD_BYTES_MAX);
  let start = -1;
  let found = 0;
  for (let at = 0; at + 2 < end && found < UNITS_MAX; at++) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) continue;
    if (start >= 0) yield withoutZeros(bytes.subarray(start, at));
    start = at + 3;
    at += 2;
    found++;
  }
  if (start >= 0 && start < end) yield bytes.subarray(start, end);
}

/** Zeros before a start code belong to it. */
function withoutZeros(unit: Uint8Array): Uint8Array {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}
