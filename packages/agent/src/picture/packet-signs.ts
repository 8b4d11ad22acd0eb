import type { FrameColumns, ProbeReport } from '../camera/probe.ts';
import { medianOf } from './hourly-baseline.ts';

/** Frames between key frames that say nothing but "as before": so many bytes, and one for so many pixels. */
const SKIP_BYTES = 40;
const SKIP_PIXELS_PER_BYTE = 20_000;
/** Below this a longer look is worth its while. */
const MAY_SKIP_OF_USUAL = 0.5;
const MJPEG_SAME_MIN = 4;
const MJPEG_SAME_MS = 1_000;
/** Black without noise, whatever the camera: key frames of so many bytes and one for so many pixels at most, and … */
const BLACK_KEY_BYTES = 200;
const BLACK_KEY_PIXELS_PER_BYTE = 800;
/** … next to nothing between them: darkness that a sensor sees is full of noise, and that takes bytes. */
const BLACK_INTER_BYTES = 160;
const BLACK_INTER_PIXELS_PER_BYTE = 10_000;
/** Of MJPEG: tables and headers, and less than a bit for each block of 8 × 8. */
const BLACK_JPEG_BYTES = 800;
const BLACK_JPEG_PIXELS_PER_BYTE = 200;

/** MJPEG has no parameter sets: its size is what a change of settings shows in. */
export function sizeAsSettings(report: ProbeReport): string | undefined {
  const { stream } = report;
  return stream?.codec === 'mjpeg' && stream.width !== undefined ? `${stream.width}x${stream.height}` : undefined;
}

export function count(frames: FrameColumns, key: 0 | 1): number {
  return frames.key.reduce((sum, each) => sum + (each === key ? 1 : 0), 0);
}

export function median(frames: FrameColumns, key: 0 | 1): number | undefined {
  const sizes = [...frames.bytes].filter((_, i) => frames.key[i] === key);
  return sizes.length === 0 ? undefined : medianOf(sizes);
}

/** Frames that only say "as before". */
export function skipBytes(report: ProbeReport): number {
  return SKIP_BYTES + ((report.stream?.width ?? 0) * (report.stream?.height ?? 0)) / SKIP_PIXELS_PER_BYTE;
}

/** A picture without anything in it, and without noise. */
export function isBlack(report: ProbeReport, keyBytes: number | undefined, interBytes: number | undefined): boolean {
  const { codec, width, height } = report.stream ?? {};
  if (keyBytes === undefined || width === undefined || height === undefined) return false;
  const pixels = width * height;
  if (codec === 'mjpeg') return keyBytes <= BLACK_JPEG_BYTES + pixels / BLACK_JPEG_PIXELS_PER_BYTE;
  if (interBytes === undefined) return false;
  return (
    keyBytes <= BLACK_KEY_BYTES + pixels / BLACK_KEY_PIXELS_PER_BYTE &&
    interBytes <= BLACK_INTER_BYTES + pixels / BLACK_INTER_PIXELS_PER_BYTE
  );
}

/** Of a probe too short to say: two JPEG pictures that are the same, or frames that say nothing and are smaller than they usually are. */
export function mayStandStill(
  report: ProbeReport,
  keys: readonly string[],
  interBytes: number | undefined,
  usualBytes: number | undefined,
): boolean {
  if (report.stream?.codec === 'mjpeg') return keys.length > 1 && new Set(keys).size === 1;
  if (interBytes === undefined || interBytes > skipBytes(report)) return false;
  return usualBytes === undefined || interBytes < usualBytes * MAY_SKIP_OF_USUAL;
}

/**
 * Whether all pictures of one window are the same to the last bit; undefined where the window is too short to say. Encoders number key
 * frames in turn, so that two kinds of the same picture are the same.
 */
export function sameWithin(report: ProbeReport, frames: FrameColumns, keys: readonly string[]): boolean | undefined {
  const kinds = new Set(keys).size;
  const spanMs = (frames.atMs.at(-1) ?? 0) - (frames.atMs[0] ?? 0);
  if (report.stream?.codec === 'mjpeg')
    return keys.length < MJPEG_SAME_MIN || spanMs < MJPEG_SAME_MS ? undefined : kinds === 1;
  if (keys.length < 2) return undefined;
  if (kinds === 2 && keys.length < 4) return undefined;
  return kinds <= 2;
}

export function keyFrames(frames: FrameColumns): readonly string[] {
  return [...frames.hash].flatMap((hash, i) => (frames.key[i] === 1 ? [`${hash}:${frames.bytes[i]}`] : []));
}
