import type { Account } from '../auth/gate.ts';
import { CLIP_FRAMES_PER_SECOND, type Clips, type Scene } from '../clip/clips.ts';
import type { SensorNoise } from '../clip/sensor-noise.ts';
import type { VideoClip } from '../clip/video-clip.ts';
import type { FaultSchedule } from '../faults/schedule.ts';
import { packetiseClip } from '../rtp/packetise.ts';
import type { PreparedClip, RtspStream } from '../rtsp/stream.ts';
import { type CameraTruth, cameraTruth } from './camera-truth.ts';
import { type FleetPlan, MJPEG_FRAMES_PER_SECOND, type PlannedCamera } from './plan.ts';

export function sensorNoise({ scene }: CameraTruth): SensorNoise {
  if (scene === 'frozen') return 'none';
  return scene === 'black' ? 'dark' : 'light';
}

export const CAMERA_USERNAME = 'viewer';

/** The streams of all cameras as they are at the moment of asking. */
export class CameraStreams {
  readonly #clips: Clips;
  readonly #faults: FaultSchedule;
  readonly #password: string;
  readonly #prepared = new Map<VideoClip, PreparedClip>();
  readonly #cameras: ReadonlyMap<string, PlannedCamera>;
  readonly #streams = new Map<string, RtspStream>();

  constructor(plan: FleetPlan, clips: Clips, faults: FaultSchedule, password: string) {
    this.#clips = clips;
    this.#faults = faults;
    this.#password = password;
    this.#cameras = new Map(plan.cameras.map((camera) => [camera.id, camera]));
    for (const camera of plan.cameras) {
      this.#add(camera, 'main', (scene) => clips.video(camera.model.codec, scene));
      this.#add(camera, 'sub', (scene) => clips.sub(scene));
    }
  }

  camera(id: string): PlannedCamera | undefined {
    return this.#cameras.get(id);
  }

  find(path: string): RtspStream | undefined {
    return this.#streams.get(path);
  }

  truth(camera: PlannedCamera, nowMs: number): CameraTruth {
    return cameraTruth(camera, this.#faults, nowMs);
  }

  /** What the camera lets in: after its password was changed, nobody who knows the old one. */
  account(camera: PlannedCamera, truth: CameraTruth): Account {
    return {
      scheme: camera.model.auth,
      realm: camera.model.name,
      username: CAMERA_USERNAME,
      password: truth.passwordChanged ? `${this.#password} (changed)` : this.#password,
    };
  }

  /** Pictures a second of the encoded streams; also of cameras that the inventory reads as MJPEG, at a fifth of that. */
  rates(camera: PlannedCamera, truth: CameraTruth): { readonly stampedFps: number; readonly deliveredFps: number } {
    const times = camera.protocol === 'mjpeg' ? CLIP_FRAMES_PER_SECOND / MJPEG_FRAMES_PER_SECOND : 1;
    return { stampedFps: truth.stampedFps * times, deliveredFps: truth.deliveredFps * times };
  }

  /** The pictures that the camera encodes. */
  clip(camera: PlannedCamera, truth: CameraTruth): VideoClip {
    return this.#clips.video(camera.model.codec, truth.scene);
  }

  #add(camera: PlannedCamera, name: string, clipFor: (scene: Scene) => VideoClip): void {
    const path = `${camera.id}/${name}`;
    this.#streams.set(path, {
      path,
      cameraId: camera.id,
      product: camera.model.product,
      behaviour: (nowMs) => {
        const truth = this.truth(camera, nowMs);
        const rates = this.rates(camera, truth);
        return {
          reach: truth.reach === 'refused' ? 'reset' : truth.reach,
          account: this.account(camera, truth),
          prepared: this.#prepare(clipFor(truth.scene)),
          noise: sensorNoise(truth),
          ...rates,
          lossRatio: truth.lossRatio,
          clockOffsetMs: truth.clockOffsetMs,
          sessionsMax: camera.model.sessionsMax,
        };
      },
    });
  }

  #prepare(clip: VideoClip): PreparedClip {
    let prepared = this.#prepared.get(clip);
    if (!prepared) {
      prepared = { clip, packets: packetiseClip(clip) };
      this.#prepared.set(clip, prepared);
    }
    return prepared;
  }
}
