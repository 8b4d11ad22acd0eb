import type { Credentials } from './credentials.ts';
import type { ProbePhase } from '@vedette/wire/http';
import type { ProbeFailure } from './probe-failure.ts';

export type ProbeProtocol = 'rtsp' | 'hls' | 'mjpeg' | 'onvif';

/**
 * `cheap` reads headers and the stream up to its first key frame, at most about three seconds; `full` reads a window long enough to
 * measure rate, loss, jitter and key-frame interval.
 */
export type ProbeMode = 'cheap' | 'full';

/** What one probe is asked to do; every bound is named. */
export interface ProbeTarget {
  readonly cameraId: string;
  /** Absolute, without user or password; its scheme chooses the protocol (rtsp, rtsps, http, https). */
  readonly url: string;
  readonly credentials?: Credentials;
  /** Of RTP; `tcp` (interleaved) unless the inventory says otherwise. */
  readonly transport?: 'tcp' | 'udp';
  /** Accept a certificate that does not verify: cameras sign their own. */
  readonly insecureTls?: boolean;
  readonly mode: ProbeMode;
  /** The whole probe, connecting included. */
  readonly timeoutMs: number;
  /** Time to measure in full mode, from the first packet on. */
  readonly windowMs: number;
  /** Media bytes after which the probe ends early, with what it has. */
  readonly bytesMax: number;
}

/** One probe of one stream. Resolves always: what goes wrong is a failure in the report. Rejects only when `signal` aborts. */
export type Probe = (target: ProbeTarget, signal: AbortSignal) => Promise<ProbeReport>;

export interface ProbeReport {
  readonly cameraId: string;
  readonly protocol: ProbeProtocol;
  readonly mode: ProbeMode;
  /** Wall time at which the probe began, milliseconds. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Absent: the stream came. */
  readonly failure?: ProbeFailure;
  /** How long each phase took, milliseconds; phases that were not reached are absent. */
  readonly phasesMs: Readonly<Partial<Record<ProbePhase, number>>>;
  /** What the stream says it is; also of a stream that then failed, as far as it was told. */
  readonly stream?: StreamPassport;
  /** What arrived; absent when nothing did. */
  readonly measured?: StreamMeasure;
  /** The access units of the window, at most FRAMES_PER_REPORT_MAX, for picture health; absent for ONVIF. */
  readonly frames?: FrameColumns;
  /** Everything read from the network, bytes. */
  readonly bytesRead: number;
  /** The address that answered (IP and port), for the camera's page. */
  readonly remoteAddress?: string;
  /** `Server` header or ONVIF model, at most 120 characters. */
  readonly server?: string;
}

/** Access units kept of one probe. */
export const FRAMES_PER_REPORT_MAX = 1_024;

/** What a stream declares about itself. */
export interface StreamPassport {
  /** `h264`, `h265`, `mjpeg`, `mpeg4`, `av1`, else the encoding name in lower case. */
  readonly codec: string;
  /** Such as `high`, `main`, `main 10`; absent when not told. */
  readonly profile?: string;
  /** Such as `4.1`. */
  readonly level?: string;
  readonly width?: number;
  readonly height?: number;
  /** Frames a second that the stream says it has (VUI timing, SDP framerate or RTP timestamps). */
  readonly declaredFps?: number;
  /** `tcp`, `udp`, `tls`, `http`. */
  readonly transport: string;
  /** Hash of the parameter sets (SPS, PPS, VPS), hex: changes when somebody changes the camera's settings. */
  readonly parameterSets?: string;
  readonly hasAudio?: boolean;
}

export interface StreamMeasure {
  /** Media payload, bytes. */
  readonly bytes: number;
  /** From the first to the last access unit, milliseconds of arrival. */
  readonly spanMs: number;
  /** Access units. */
  readonly frames: number;
  /** Delivered: access units over wall time; absent when the window was too short to say. */
  readonly framesPerSecond?: number;
  /** Stamped: from the median step of the stream's own timestamps. */
  readonly stampedFps?: number;
  readonly bitsPerSecond?: number;
  readonly keyFrames: number;
  /** Between key frames, seconds; absent when fewer than two came: then `keyFrameAgeSeconds` says how long none did. */
  readonly keyFrameIntervalSeconds?: number;
  /** RTP only. */
  readonly packets?: number;
  readonly packetsLost?: number;
  readonly jitterSeconds?: number;
  /** The stream's timestamps went backwards this often. */
  readonly timestampsBackwards?: number;
  /** The camera's clock less ours, seconds (RTCP sender reports, ONVIF, HLS program date-time less latency). */
  readonly clockOffsetSeconds?: number;
  /** HLS and LL-HLS only. */
  readonly hls?: HlsMeasure;
}

export interface HlsMeasure {
  /** Since the playlist last advanced, seconds. */
  readonly playlistAgeSeconds: number;
  readonly targetDurationSeconds: number;
  readonly segmentDurationSeconds?: number;
  /** Behind live, by EXT-X-PROGRAM-DATE-TIME, seconds. */
  readonly liveLatencySeconds?: number;
  /** The media sequence stood still for longer than three target durations. */
  readonly stalled: boolean;
  readonly mediaSequence: number;
  /** Of the segment that was read: the same number twice is the same picture, and no second observation. */
  readonly segmentSequence?: number;
  /** Media published for each second of wall time since an earlier reading, 20 s or more ago; 1 is a stream that keeps up. Absent before. */
  readonly advanceRatio?: number;
}

/** Row i is one access unit, in order of arrival. */
export interface FrameColumns {
  /** Arrival, milliseconds after the probe began. */
  readonly atMs: Float64Array;
  /** The stream's own time, milliseconds after its first; NaN when unknown. */
  readonly mediaMs: Float64Array;
  readonly bytes: Float64Array;
  /** 1 for a key frame. */
  readonly key: Uint8Array;
  /** FNV-1a (32 bit) of the payload's first 64 KiB: equal frames of MJPEG are a frozen picture. */
  readonly hash: Uint32Array;
}
