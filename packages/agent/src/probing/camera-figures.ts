import type { PictureFinding } from '../camera/picture.ts';
import type { ProbeFailure } from '../camera/probe-failure.ts';
import type { ProbeReport, StreamMeasure, StreamPassport } from '../camera/probe.ts';
import type { OnvifDevice, VideoEncoderSettings } from '../onvif/onvif-report.ts';
import { ExpectedRate } from './expected-rate.ts';
import type { ProbePlan, StreamRole } from './plan.ts';

/** Onvif events kept, by name. */
const EVENTS_MAX = 32;
/** Of a hash in hex. */
const PARAMETER_SETS_LENGTH_MAX = 256;

export interface Observation {
  readonly role: StreamRole;
  /** This stream is the one whose figures are shown. */
  readonly measures: boolean;
  readonly failuresToDown: number;
  /** A success after failures is this stream's own coming back. */
  readonly reconnects: boolean;
}

/** What is known of one camera over all its probes: counters only rise, measured values are the newest. */
export class CameraFigures {
  /** Undefined before the first probe ended. */
  success: boolean | undefined;
  /** Confirmed: 0 only after `failuresToDown` failures in a row. */
  up: boolean | undefined;
  failure: ProbeFailure | undefined;
  consecutiveFailures = 0;
  /** Wall time at which the newest probe ended, milliseconds. */
  probedAtMs = 0;
  phasesMs: ProbeReport['phasesMs'] = {};
  /** Of the stream that is measured: the main one where there is one. */
  passport: StreamPassport | undefined;
  /** Wall time at which the newest probe ended that measured its rate, milliseconds. */
  measuredAtMs: number | undefined;
  framesPerSecond: number | undefined;
  bitsPerSecond: number | undefined;
  keyframeIntervalSeconds: number | undefined;
  jitterSeconds: number | undefined;
  clockOffsetSeconds: number | undefined;
  lastFrameAtMs: number | undefined;
  hls: StreamMeasure['hls'];
  /** Why the sub stream is not used at present, while the main one works. */
  subFailure: ProbeFailure | undefined;

  receivedBytes = 0;
  frames = 0;
  packets = 0;
  packetsLost = 0;
  /** Some probe told packets: RTP is spoken. */
  rtp = false;
  parameterSetChanges = 0;
  reconnects = 0;
  hlsStalls = 0;

  readonly usual = new ExpectedRate();
  findings: readonly PictureFinding[] = [];
  luma: number | undefined;
  sharpness: number | undefined;
  /** Of the device over ONVIF: whether each event that it told of goes on. */
  readonly events = new Map<string, boolean>();
  /** To the second at best: what the stream itself says is finer. */
  deviceClockOffsetSeconds: number | undefined;
  onvifSuccess: boolean | undefined;
  device: OnvifDevice | undefined;
  /** As it is set in the device, for the stream that is measured. */
  encoder: VideoEncoderSettings | undefined;
  /** What the newest full probe measured. */
  measure: StreamMeasure | undefined;

  readonly #parameterSets = new Map<StreamRole, string>();
  #stalled = false;

  /** Frames a second that are expected: as the inventory says, else what the camera usually delivers. */
  expectedFps(plan: ProbePlan): number | undefined {
    return plan.expected?.framesPerSecond ?? this.usual.framesPerSecond;
  }

  /** A probe of one of the camera's streams. */
  observe(report: ProbeReport, how: Observation): void {
    const { failure, measured, stream } = report;
    const { role, measures } = how;
    this.probedAtMs = report.startedAtMs + report.durationMs;
    this.phasesMs = report.phasesMs;
    this.count(report);
    if (stream) this.#observeStream(stream, role, measures);
    if (failure) {
      this.success = false;
      this.failure = failure;
      this.consecutiveFailures++;
      if (this.consecutiveFailures >= how.failuresToDown) this.#down();
      return;
    }
    if (this.consecutiveFailures > 0 && how.reconnects) this.reconnects++;
    this.success = true;
    this.up = true;
    this.failure = undefined;
    this.consecutiveFailures = 0;
    if (measured) this.#observeMeasure(report, measured, measures);
  }

  /** Adds to the counters what a probe read, also one that decides nothing. */
  count({ bytesRead, measured }: ProbeReport): void {
    this.receivedBytes += bytesRead;
    if (!measured) return;
    this.frames += measured.frames;
    if (measured.packets === undefined) return;
    this.rtp = true;
    this.packets += measured.packets;
    this.packetsLost += measured.packetsLost ?? 0;
  }

  observeEvent(event: string, active: boolean): void {
    if (this.events.size < EVENTS_MAX || this.events.has(event)) this.events.set(event, active);
  }

  /** For JSON: what makes a change of settings known, by stream. */
  parameterSets(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#parameterSets);
  }

  restoreParameterSets(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    for (const role of ['main', 'sub'] as const) {
      const sets = (state as Readonly<Record<string, unknown>>)[role];
      if (typeof sets === 'string' && sets.length <= PARAMETER_SETS_LENGTH_MAX) this.#parameterSets.set(role, sets);
    }
  }

  #observeStream(stream: StreamPassport, role: StreamRole, measures: boolean): void {
    if (stream.parameterSets !== undefined) {
      const before = this.#parameterSets.get(role);
      this.#parameterSets.set(role, stream.parameterSets);
      if (before !== undefined && before !== stream.parameterSets) {
        this.parameterSetChanges++;
        // A new rate may have been set; what was usual says nothing about it.
        if (measures) this.usual.forget();
      }
    }
    if (!measures) return;
    // Rates of other settings are those of another stream.
    if (this.passport?.parameterSets !== stream.parameterSets) this.measure = undefined;
    this.passport = stream;
  }

  #observeMeasure(report: ProbeReport, measured: StreamMeasure, measures: boolean): void {
    const lastMs = report.frames?.atMs.at(-1);
    if (measured.frames > 0) this.lastFrameAtMs = report.startedAtMs + (lastMs ?? report.durationMs);
    if (measured.clockOffsetSeconds !== undefined) this.clockOffsetSeconds = measured.clockOffsetSeconds;
    if (measured.hls) {
      this.hls = measured.hls;
      if (measured.hls.stalled && !this.#stalled) this.hlsStalls++;
      this.#stalled = measured.hls.stalled;
    }
    if (!measures) return;
    if (measured.framesPerSecond !== undefined) {
      this.framesPerSecond = measured.framesPerSecond;
      this.measuredAtMs = this.probedAtMs;
    }
    if (measured.bitsPerSecond !== undefined) this.bitsPerSecond = measured.bitsPerSecond;
    if (measured.jitterSeconds !== undefined) this.jitterSeconds = measured.jitterSeconds;
    const interval = measured.keyFrameIntervalSeconds ?? (report.mode === 'full' ? leastInterval(report) : undefined);
    if (interval !== undefined) this.keyframeIntervalSeconds = interval;
    if (report.mode === 'full') this.measure = measured;
    if (report.mode === 'full' && measured.framesPerSecond !== undefined) this.usual.observe(measured.framesPerSecond);
  }

  /** What a stream that is not there measured last is not true any more. */
  #down(): void {
    this.up = false;
    this.measuredAtMs = undefined;
    this.framesPerSecond = undefined;
    this.bitsPerSecond = undefined;
    this.keyframeIntervalSeconds = undefined;
    this.jitterSeconds = undefined;
    this.measure = undefined;
    this.hls = undefined;
    this.#stalled = false;
    this.subFailure = undefined;
  }
}

/** Seconds that the interval between key frames has at least, where a window saw one or none: the longest time without. */
function leastInterval({ frames, measured }: ProbeReport): number | undefined {
  if (!frames || !measured || measured.keyFrames > 1 || frames.atMs.length < 2) return undefined;
  const first = frames.atMs[0] as number;
  const last = frames.atMs.at(-1) as number;
  const at = frames.key.indexOf(1);
  const keyMs = at < 0 ? first : (frames.atMs[at] as number);
  return Math.max(keyMs - first, last - keyMs) / 1_000;
}
