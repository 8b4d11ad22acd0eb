import type { CameraTruth } from '../fleet/camera-truth.ts';
import type { PlannedCamera } from '../fleet/plan.ts';
import { trafficShape } from './daily-shape.ts';
import type { FleetView } from './service.ts';

/** Vehicles a second over the whole fleet, at night and at the busiest. */
const VEHICLES_NIGHT = 60;
const VEHICLES_BUSY = 260;
/** Every picture is looked at in two halves. */
export const TILES_PER_PICTURE = 2;

/** What the video AI makes of one camera, so that the services that take part in it agree. */
export interface CameraWork {
  /** Pictures (halves of them) a second that are analysed. */
  readonly framesPerSecond: number;
  /** Pictures a second that arrive and are not analysed. */
  readonly skippedPerSecond: number;
  readonly vehiclesPerSecond: number;
  /** Share of what it says that is right, 0 to 1. */
  readonly accuracy: number;
  /** How far the picture is from what the model was trained on; below 0.1 is nothing. */
  readonly driftScore: number;
  /** 0 to 1 */
  readonly quality: number;
}

/** Cameras that look at streets; the ones indoors count people and are left out of traffic. */
export function watchesTraffic(camera: PlannedCamera): boolean {
  return camera.class !== 'indoor';
}

export function cameraWork(view: FleetView, camera: PlannedCamera, atMs: number): CameraWork {
  const truth = view.truth(camera);
  const arriving = truth.reach === 'yes' && !truth.passwordChanged ? truth.deliveredFps : 0;
  const analysed = arriving * (1 - truth.starved);
  const sees = truth.scene !== 'black' && truth.scene !== 'frozen' && analysed > 0;
  const streets = Math.max(1, streetCount(view));
  const fleetRate = VEHICLES_NIGHT + (VEHICLES_BUSY - VEHICLES_NIGHT) * Math.min(1, trafficShape(atMs));
  const own = 0.7 + (camera.seed % 600) / 1_000;
  const vehicles = watchesTraffic(camera) && sees ? (fleetRate / streets) * own * (1 - 0.4 * truth.drift) : 0;
  return {
    framesPerSecond: analysed * TILES_PER_PICTURE,
    skippedPerSecond: arriving - analysed,
    vehiclesPerSecond: vehicles * (1 - 0.5 * truth.starved),
    accuracy: 0.974 - ((camera.seed >>> 8) % 12) / 1_000 - 0.11 * truth.drift - (truth.scene === 'black' ? 0.02 : 0),
    driftScore: 0.02 + ((camera.seed >>> 4) % 30) / 1_000 + 0.42 * truth.drift,
    quality: qualityOf(truth),
  };
}

function qualityOf(truth: CameraTruth): number {
  if (truth.reach !== 'yes' || truth.passwordChanged) return 0;
  if (truth.scene === 'black') return 0.15;
  if (truth.scene === 'frozen') return 0.1;
  return 0.985 * (1 - truth.lossRatio) * (1 - 0.3 * truth.drift) * (truth.scene === 'low-rate' ? 0.7 : 1);
}

const streetCounts = new WeakMap<object, number>();

function streetCount(view: FleetView): number {
  let count = streetCounts.get(view.plan);
  if (count === undefined) {
    count = view.plan.cameras.filter(watchesTraffic).length;
    streetCounts.set(view.plan, count);
  }
  return count;
}

/** Of a camera's analytics, half of it or more waits for a GPU somewhere in the fleet: 0 to 1. */
export function starvedShare(view: FleetView): number {
  const { cameras } = view.plan;
  return cameras.reduce((sum, camera) => sum + view.truth(camera).starved, 0) / Math.max(1, cameras.length);
}
