import type { PlannedCamera } from '../fleet/plan.ts';
import { noiseAt } from '../random.ts';
import type { FleetView } from './service.ts';

export interface CameraFigures {
  readonly up: boolean;
  /** As a recorder counts them. */
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
}

/** What whoever records the camera gets of it: the same for every recorder that says it. */
export function cameraFigures(view: FleetView, camera: PlannedCamera, atMs: number): CameraFigures {
  const truth = view.truth(camera);
  const up = truth.reach === 'yes' && !truth.passwordChanged;
  if (!up) return { up, framesPerSecond: 0, bitsPerSecond: 0 };
  const wobble = 0.012 * (noiseAt(camera.seed, Math.floor(atMs / 5_000)) - 0.5);
  const arriving = truth.deliveredFps * (1 - truth.lossRatio * 0.5);
  return {
    up,
    framesPerSecond: Math.round(arriving * (1 + wobble) * 100) / 100,
    bitsPerSecond: Math.round(view.bitsPerSecond(camera) * (1 - truth.lossRatio) * (1 + 4 * wobble)),
  };
}
