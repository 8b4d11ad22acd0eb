import { type Clips } from '../clip/clips.ts';
import type { FaultSchedule } from '../faults/schedule.ts';
import { type CameraTruth, cameraTruth } from '../fleet/camera-truth.ts';
import type { FleetPlan, PlannedCamera } from '../fleet/plan.ts';
import { aiWorker } from './ai-worker.ts';
import { analyticsEngine } from './analytics-engine.ts';
import { analyticsService } from './analytics.ts';
import { apiServer } from './api-server.ts';
import { gpuExporter } from './gpu.ts';
import { hostExporter } from './host-exporter.ts';
import { mlPipeline } from './ml-pipeline.ts';
import { apiGateway, videoIngestion } from './platform.ts';
import { recordingNode } from './recording-node.ts';
import type { FleetView, SimulatedService } from './service.ts';
import { streamingGateway } from './streaming-gateway.ts';

/** Time that passed without a step (the process slept, the clock was set) is made up for this far. */
const CATCH_UP_MAX_MS = 60_000;
/** Beyond so many cameras a step is five seconds long. */
const FINE_STEPS_CAMERAS_MAX = 200;
const GATEWAYS = 3;

/**
 * All services over one fleet, moved forward in steps on a fixed grid of time: what a page says depends on the seed, the faults and the
 * time since the start, never on who looked when.
 */
export class FleetServices {
  readonly services: readonly SimulatedService[];
  readonly #view: FleetView & { readonly begin: (atMs: number) => void };
  readonly #stepMs: number;
  #atMs: number;

  /** `stepMs`: the length of a step, for whoever runs through days; at most CATCH_UP_MAX_MS. */
  constructor(plan: FleetPlan, faults: FaultSchedule, clips: Clips, startMs: number, stepMs?: number) {
    this.#view = fleetView(plan, faults, clips);
    this.#stepMs = stepMs ?? (plan.cameras.length > FINE_STEPS_CAMERAS_MAX ? 5_000 : 1_000);
    this.#atMs = Math.floor(startMs / this.#stepMs) * this.#stepMs;
    this.services = createServices(plan);
    this.#step();
  }

  get view(): FleetView {
    return this.#view;
  }

  /** The end of the newest step, milliseconds. */
  get atMs(): number {
    return this.#atMs;
  }

  service(name: string): SimulatedService | undefined {
    return this.services.find((service) => service.name === name);
  }

  /** Takes the steps that are due; an older time than the newest step's changes nothing. */
  advanceTo(nowMs: number): void {
    if (nowMs - this.#atMs > CATCH_UP_MAX_MS) {
      this.#atMs = Math.floor((nowMs - CATCH_UP_MAX_MS) / this.#stepMs) * this.#stepMs;
    }
    while (this.#atMs + this.#stepMs <= nowMs) {
      this.#atMs += this.#stepMs;
      this.#step();
    }
  }

  #step(): void {
    this.#view.begin(this.#atMs);
    const step = { view: this.#view, atMs: this.#atMs, seconds: this.#stepMs / 1_000 };
    for (const service of this.services) service.advance(step);
  }
}

function createServices(plan: FleetPlan): SimulatedService[] {
  const { seed } = plan;
  const gateways = Array.from({ length: GATEWAYS }, (_, i) => ({
    name: `stream-gateway-${i + 1}`,
    cameras: plan.cameras.filter((camera) => camera.index % GATEWAYS === i),
  }));
  return [
    analyticsService(seed),
    mlPipeline(seed),
    analyticsEngine(seed),
    apiGateway(seed),
    videoIngestion(seed),
    ...plan.recorders.filter(({ kind }) => kind === 'recording-node').map((recorder) => recordingNode(recorder, seed)),
    ...plan.recorders.map((recorder) => gpuExporter(recorder, seed)),
    ...plan.recorders.map((recorder) => hostExporter(recorder, seed)),
    ...gateways.map((gateway) => hostExporter({ name: gateway.name, cameras: [] }, seed)),
    ...gateways.map((gateway) => streamingGateway(gateway, seed)),
    apiServer('api-server-1', seed),
    apiServer('api-server-2', seed),
    aiWorker(seed),
  ];
}

function fleetView(
  plan: FleetPlan,
  faults: FaultSchedule,
  clips: Clips,
): FleetView & { readonly begin: (atMs: number) => void } {
  const truths = new Map<string, CameraTruth>();
  let nowMs = 0;
  const truth = (camera: PlannedCamera): CameraTruth => {
    let known = truths.get(camera.id);
    if (!known) {
      known = cameraTruth(camera, faults, nowMs);
      truths.set(camera.id, known);
    }
    return known;
  };
  return {
    plan,
    faults,
    truth,
    begin: (atMs) => {
      nowMs = atMs;
      truths.clear();
    },
    bitsPerSecond: (camera) => {
      const { scene, deliveredFps } = truth(camera);
      if (camera.protocol === 'mjpeg')
        return (clips.jpeg[scene === 'black' ? 'black' : 'street'].pictures[0]?.length ?? 0) * 8 * deliveredFps;
      const { accessUnits } = clips.video(camera.model.codec, scene);
      return ((bytesOf.get(accessUnits) ?? remember(accessUnits)) * 8 * deliveredFps) / accessUnits.length;
    },
  };
}

type Pictures = readonly { readonly sizeBytes: number }[];
const bytesOf = new WeakMap<Pictures, number>();

function remember(pictures: Pictures): number {
  const bytes = pictures.reduce((sum, picture) => sum + picture.sizeBytes, 0);
  bytesOf.set(pictures, bytes);
  return bytes;
}
