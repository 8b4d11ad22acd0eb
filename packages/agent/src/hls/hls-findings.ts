import type { HlsMeasure, StreamMeasure, StreamPassport } from '../camera/probe.ts';
import { type FrameRecorder, stampedRate } from '../http-probe/frame-recorder.ts';
import type { EdgeHistory } from './live-edge.ts';
import type { MediaPlaylist, Variant } from './playlist.ts';
import { codecString } from './codec-string.ts';
import type { SegmentContents } from './segment-contents.ts';

/** An edge further in the future than this is a clock that runs ahead. */
const FUTURE_SECONDS = 1;

/** What a probe learned, piece by piece. */
export interface HlsFindings {
  readonly secure: boolean;
  readonly variant?: Variant;
  readonly hasAudio?: boolean;
  readonly playlist?: MediaPlaylist;
  readonly history?: EdgeHistory;
  readonly ageSeconds?: number;
  readonly latencySeconds?: number;
  readonly stalled?: boolean;
  readonly contents?: SegmentContents;
  readonly mediaBytes: number;
  readonly segmentSeconds?: number;
  readonly segmentSequence?: number;
  /** The segment was read to its end. */
  readonly segmentWhole: boolean;
  /** A segment, not a part of one. */
  readonly wholeSegment?: boolean;
  readonly frames: FrameRecorder;
}

export function hlsPassport(findings: HlsFindings): StreamPassport | undefined {
  const { contents, variant } = findings;
  const told = variant?.codecs.map(codecString).find((each) => ['h264', 'h265', 'av1', 'vp9'].includes(each.codec));
  const codec = contents?.codec ?? told?.codec;
  if (codec === undefined) return undefined;
  const profile = contents?.profile ?? told?.profile;
  const level = contents?.level ?? told?.level;
  const width = contents?.width ?? variant?.width;
  const height = contents?.height ?? variant?.height;
  const declaredFps = contents?.declaredFps ?? variant?.framesPerSecond ?? stamped(findings);
  return {
    codec,
    ...(profile !== undefined && { profile }),
    ...(level !== undefined && { level }),
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(declaredFps !== undefined && { declaredFps }),
    transport: findings.secure ? 'tls' : 'http',
    ...(contents?.parameterSets !== undefined && { parameterSets: contents.parameterSets }),
    hasAudio: contents?.hasAudio || (findings.hasAudio ?? false),
  };
}

export function hlsMeasure(findings: HlsFindings): StreamMeasure | undefined {
  const { frames, playlist, history, latencySeconds } = findings;
  if (playlist === undefined || history === undefined) return undefined;
  const times = sortedTimes(findings);
  const spanMs = times.length > 1 ? (times.at(-1) ?? 0) - (times[0] ?? 0) : 0;
  const seconds = findings.segmentSeconds ?? 0;
  const rate = frameRate(findings, times.length, spanMs);
  const fps = stamped(findings);
  const keyInterval = keyFrameInterval(findings);
  return {
    bytes: findings.mediaBytes,
    spanMs,
    frames: frames.count,
    ...(rate !== undefined && { framesPerSecond: rate * delivered(history) }),
    ...(fps !== undefined && { stampedFps: fps }),
    ...(findings.segmentWhole && seconds > 0 && { bitsPerSecond: (findings.mediaBytes * 8) / seconds }),
    keyFrames: frames.keyFrames,
    ...(keyInterval !== undefined && { keyFrameIntervalSeconds: keyInterval }),
    ...(history.stepsBackTotal > 0 && { timestampsBackwards: history.stepsBackTotal }),
    ...(latencySeconds !== undefined && latencySeconds < -FUTURE_SECONDS && { clockOffsetSeconds: -latencySeconds }),
    hls: playlistMeasure(findings, playlist),
  };
}

function playlistMeasure(findings: HlsFindings, playlist: MediaPlaylist): HlsMeasure {
  const segment = playlist.segments.findLast((each) => !each.gap);
  return {
    playlistAgeSeconds: findings.ageSeconds ?? 0,
    targetDurationSeconds: playlist.targetDurationSeconds,
    ...(segment !== undefined && { segmentDurationSeconds: segment.durationSeconds }),
    ...(findings.latencySeconds !== undefined && { liveLatencySeconds: findings.latencySeconds }),
    stalled: findings.stalled ?? false,
    mediaSequence: playlist.mediaSequence,
    ...(findings.segmentSequence !== undefined && { segmentSequence: findings.segmentSequence }),
    ...(findings.history?.advanceRatio !== undefined && { advanceRatio: findings.history.advanceRatio }),
  };
}

/** A stream that stamps 25 and ships 21 publishes 0.84 seconds of media in each. */
function delivered(history: EdgeHistory): number {
  return Math.min(2, history.advanceRatio ?? 1);
}

function frameRate(findings: HlsFindings, frames: number, spanMs: number): number | undefined {
  if (findings.segmentWhole && findings.segmentSeconds) return findings.frames.count / findings.segmentSeconds;
  return frames > 2 && spanMs > 0 ? ((frames - 1) * 1_000) / spanMs : undefined;
}

/** With B-frames the order of decoding is not that of display. */
function sortedTimes(findings: HlsFindings): Float64Array {
  return findings.frames
    .columns()
    .mediaMs.filter((time) => !Number.isNaN(time))
    .sort();
}

function stamped(findings: HlsFindings): number | undefined {
  return stampedRate(sortedTimes(findings));
}

function keyFrameInterval(findings: HlsFindings): number | undefined {
  const columns = findings.frames.columns();
  const times = [...columns.mediaMs].filter((_, i) => columns.key[i] === 1);
  const [first] = times;
  const last = times.at(-1);
  if (first !== undefined && last !== undefined && times.length > 1 && last > first)
    return (last - first) / 1_000 / (times.length - 1);
  // One key frame at the start of a whole segment: the next one starts the next segment.
  const alone = times.length === 1 && columns.key[0] === 1 && findings.segmentWhole && findings.wholeSegment;
  return alone ? findings.segmentSeconds : undefined;
}
