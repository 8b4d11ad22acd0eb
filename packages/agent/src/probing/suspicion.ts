import type { ProbeReport } from '../camera/probe.ts';
import type { CameraFigures } from './camera-figures.ts';
import type { ProbePlan } from './plan.ts';

export type Suspicion = 'settings' | 'picture' | 'hls' | 'loss' | 'rate' | 'keyframes';

/** A rate below this share of what is expected is looked at again. */
const FPS_SHARE_MIN = 0.7;
/** So is a stream that loses more of its packets … */
const LOSS_RATIO_MAX = 0.05;
/** … at a window long enough to say. */
const PACKETS_MIN = 100;

/** Why a probe that succeeded should be confirmed by a full one; undefined: it looks as always. `before` is what was known until then. */
export function suspicionOf(
  report: ProbeReport,
  plan: ProbePlan,
  before: { readonly parameterSetChanges: number; readonly findings: number; readonly expectedFps: number | undefined },
  now: {
    readonly figures: CameraFigures;
    /** The stream is the one whose figures are shown. */
    readonly measures: boolean;
    /** What watches the picture is not sure. */
    readonly odd: boolean;
  },
): Suspicion | undefined {
  const { measured } = report;
  const { figures: after, measures } = now;
  if (after.parameterSetChanges > before.parameterSetChanges) return 'settings';
  if (now.odd || after.findings.length > before.findings) return 'picture';
  if (!measured) return undefined;
  if (measured.hls?.stalled === true) return 'hls';
  const { packets = 0, packetsLost = 0 } = measured;
  if (packets >= PACKETS_MIN && packetsLost / (packets + packetsLost) > LOSS_RATIO_MAX) return 'loss';
  if (!measures) return undefined;
  const expected = before.expectedFps;
  // A cheap probe is too short to measure the rate; what the frames are stamped with is a first sign.
  const rate = measured.framesPerSecond ?? (report.mode === 'cheap' ? measured.stampedFps : undefined);
  if (expected !== undefined && (rate ?? expected) < FPS_SHARE_MIN * expected) return 'rate';
  if (report.mode === 'full' && measured.keyFrames < 2 && plan.expected?.codec !== 'mjpeg') return 'keyframes';
  return undefined;
}
