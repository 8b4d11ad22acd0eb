import type { ProbeReport, StreamMeasure } from '../camera/probe.ts';
import type { CameraFigures } from './camera-figures.ts';
import type { ProbePlan } from './plan.ts';

export type Suspicion =
  | 'settings'
  /** A window will tell. */
  | 'picture'
  /** Another look will tell, however short. */
  | 'dark'
  /** The picture looks odd, and of this stream too little is known to say: the other one may tell. */
  | 'unknown_picture'
  | 'hls'
  | 'loss'
  | 'rate'
  | 'declared'
  | 'clock'
  | 'keyframes';

/** A rate below this share of what is expected is looked at again. */
const FPS_SHARE_MIN = 0.7;
/** So is one that differs from what the stream declares by more than this part … */
const DECLARED_TOLERANCE = 0.12;
/** … and a stream that loses more of its packets, and not one alone. */
const LOSS_RATIO_MAX = 0.05;
const LOST_MIN = 2;
/** Key frames that are rarer than this, or than expected by this factor, are rare. */
const KEYFRAME_SECONDS_MAX = 10;
const KEYFRAME_FACTOR = 2.5;

/** What was known before the probe. */
export interface KnownBefore {
  readonly parameterSetChanges: number;
  /** Of the stream that was probed, by what is expected of the camera or by its own past. */
  readonly expectedFps: number | undefined;
  /** The cheap probe of this stream before this one saw a key frame. */
  readonly sawKeyFrame: boolean;
}

/** What is known with it. */
export interface KnownNow {
  readonly figures: CameraFigures;
  /** The stream is the one whose figures are shown. */
  readonly measures: boolean;
  /** What watches the picture is not sure. */
  readonly odd: 'picture' | 'dark' | undefined;
  /** Or knows too little of this stream, and there is another one. */
  readonly isOther: boolean;
  /** The camera's clock is not where it was. */
  readonly isClockOdd: boolean;
}

/** Why a probe that succeeded should be confirmed by a full one; undefined: it looks as always. */
export function suspicionOf(
  report: ProbeReport,
  plan: ProbePlan,
  before: KnownBefore,
  now: KnownNow,
): Suspicion | undefined {
  const { measured } = report;
  const { figures: after } = now;
  if (after.parameterSetChanges > before.parameterSetChanges) return 'settings';
  if (now.odd) return now.odd;
  if (now.isOther) return 'unknown_picture';
  if (!measured) return undefined;
  if (measured.hls?.stalled === true) return 'hls';
  const { packets = 0, packetsLost = 0 } = measured;
  if (packetsLost >= LOST_MIN && packetsLost / (packets + packetsLost) > LOSS_RATIO_MAX) return 'loss';
  const rate = rateOf(report);
  if (rate !== undefined && before.expectedFps !== undefined && rate < FPS_SHARE_MIN * before.expectedFps)
    return 'rate';
  if (now.measures && isDeclaredOtherwise(report)) return 'declared';
  if (now.isClockOdd) return 'clock';
  return lacksKeyFrames(report, plan, before, now.measures) ? 'keyframes' : undefined;
}

/** A cheap probe is too short to measure the rate; what the frames are stamped with is a first sign. */
function rateOf({ measured, mode }: ProbeReport): number | undefined {
  return measured?.framesPerSecond ?? (mode === 'cheap' ? measured?.stampedFps : undefined);
}

function isDeclaredOtherwise({ measured, stream }: ProbeReport): boolean {
  const rate = measured?.framesPerSecond;
  const declared = stream?.declaredFps;
  return rate !== undefined && declared !== undefined && Math.abs(declared - rate) > DECLARED_TOLERANCE * declared;
}

function areKeyFramesRare({ keyFrameIntervalSeconds = 0 }: StreamMeasure, { expected }: ProbePlan): boolean {
  const told = (expected?.keyframeIntervalSeconds ?? Number.POSITIVE_INFINITY) * KEYFRAME_FACTOR;
  return keyFrameIntervalSeconds > Math.min(KEYFRAME_SECONDS_MAX, told);
}

function lacksKeyFrames(
  { mode, measured, protocol }: ProbeReport,
  plan: ProbePlan,
  before: KnownBefore,
  measures: boolean,
): boolean {
  if (measured === undefined || plan.expected?.codec === 'mjpeg') return false;
  if (mode === 'full') return measures && (measured.keyFrames < 2 || areKeyFramesRare(measured, plan));
  // Cameras begin with a key frame, unless they have few.
  return protocol === 'rtsp' && measured.keyFrames === 0 && before.sawKeyFrame;
}
