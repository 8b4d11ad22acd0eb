import type { Scene } from '../clip/clips.ts';
import { LOW_RATE_STEP } from '../clip/clips.ts';
import type { FaultSchedule } from '../faults/schedule.ts';
import type { PlannedCamera } from './plan.ts';

/** How a camera really is at one moment. Servers, recorders and services all follow it, so that they never contradict each other. */
export interface CameraTruth {
  readonly reach: 'yes' | 'silent' | 'refused';
  readonly passwordChanged: boolean;
  readonly scene: Scene;
  readonly stampedFps: number;
  readonly deliveredFps: number;
  readonly lossRatio: number;
  readonly clockOffsetMs: number;
  readonly keyFrameIntervalSeconds: number;
  readonly recorderFull: boolean;
  /** How far its detector has drifted, 0 to 1. */
  readonly drift: number;
  /** Share of its pictures for which the pipeline finds no GPU, 0 to 1. */
  readonly starved: number;
}

/** Every camera's clock is a little off. */
const CLOCK_OFFSET_NORMAL_MAX_MS = 80;
const LOSS_DEFAULT = 0.15;
/** Of the pictures that are declared. */
const DELIVERED_DEFAULT_SHARE = 0.84;
const DRIFT_END_DEFAULT_SECONDS = 45;
/** A clock that drifts is this much further off every second. */
const DRIFT_SECONDS_PER_SECOND = 0.25;
/** A model drifts to its full extent in this time. */
const MODEL_DRIFT_RAMP_MS = 120_000;
const STARVED_SHARE = 0.6;

export function cameraTruth(camera: PlannedCamera, faults: FaultSchedule, atMs: number): CameraTruth {
  const truth = {
    reach: 'yes' as CameraTruth['reach'],
    passwordChanged: false,
    scene: 'street' as Scene,
    stampedFps: camera.framesPerSecond,
    deliveredFps: camera.framesPerSecond,
    lossRatio: 0,
    clockOffsetMs: ((camera.seed % 1_000) / 500 - 1) * CLOCK_OFFSET_NORMAL_MAX_MS,
    keyFrameIntervalSeconds: 2,
    recorderFull: false,
    drift: 0,
    starved: 0,
  };
  for (const { fault, fromMs } of faults.at(camera.id, atMs)) {
    const { spec } = fault;
    switch (spec.kind) {
      case 'offline':
        truth.reach = spec.manner ?? 'silent';
        break;
      case 'switch_outage':
        truth.reach = 'silent';
        break;
      case 'frozen':
        truth.scene = 'frozen';
        break;
      case 'black':
        truth.scene = 'black';
        break;
      case 'low_frame_rate':
        truth.scene = 'low-rate';
        truth.stampedFps = camera.framesPerSecond / LOW_RATE_STEP;
        truth.deliveredFps = truth.stampedFps;
        truth.keyFrameIntervalSeconds = 2.04;
        break;
      case 'declared_rate':
        truth.deliveredFps = spec.framesPerSecond ?? DELIVERED_DEFAULT_SHARE * camera.framesPerSecond;
        truth.keyFrameIntervalSeconds = (2 * camera.framesPerSecond) / truth.deliveredFps;
        break;
      case 'wrong_credentials':
        truth.passwordChanged = true;
        break;
      case 'long_keyframe_interval':
        truth.scene = 'long-interval';
        truth.keyFrameIntervalSeconds = 20;
        break;
      case 'packet_loss':
        truth.lossRatio = spec.lossRatio ?? LOSS_DEFAULT;
        break;
      case 'clock_drift': {
        const end = (spec.offsetSeconds ?? DRIFT_END_DEFAULT_SECONDS) * 1_000;
        const reached = Math.min(Math.abs(end), (atMs - fromMs) * DRIFT_SECONDS_PER_SECOND);
        truth.clockOffsetMs += Math.sign(end) * reached;
        break;
      }
      case 'settings_changed':
        truth.scene = 'settings';
        break;
      case 'recorder_full':
        truth.recorderFull = true;
        break;
      case 'model_drift':
        truth.drift = Math.min(1, (atMs - fromMs) / MODEL_DRIFT_RAMP_MS);
        break;
      case 'gpu_starved':
        truth.starved = STARVED_SHARE;
        break;
    }
  }
  return truth;
}
