import { AuthGate } from './auth/gate.ts';
import { loadClips } from './clip/clips.ts';
import type { Clock } from './clock.ts';
import { controlApi } from './control/control-api.ts';
import type { FaultSpec } from './faults/fault.ts';
import { FaultSchedule } from './faults/schedule.ts';
import { CameraStreams } from './fleet/camera-streams.ts';
import { type FleetPlan, type PlannedCamera, planFleet } from './fleet/plan.ts';
import { cameraHttp } from './http/camera-http.ts';
import { answer, answerText } from './http/answers.ts';
import { type HttpHandler, type HttpListener, listenHttp } from './http/http-listener.ts';
import { type InventoryCamera, inventoryOf } from './output/inventory.ts';
import { scrapeJobs } from './output/configuration.ts';
import { type RtspListener, RtspServer } from './rtsp/server.ts';
import { FleetServices } from './services/fleet-services.ts';
import { frigateServer } from './vms/frigate.ts';
import { mediamtxServer } from './vms/mediamtx.ts';

export const LOOPBACK = '127.0.0.1';
/** With a port for each camera these begin here, after the first port. */
const CAMERA_PORTS_AFTER = 100;
const STEP_MS = 1_000;

export interface SimulationOptions {
  /** 1 to CAMERAS_MAX. */
  readonly cameras: number;
  readonly seed: number;
  /** First of the ports that are used; 0: the system chooses each. */
  readonly port: number;
  /** An RTSP port for each camera besides: an unplugged one can then refuse connections. */
  readonly portPerCamera?: boolean;
  readonly password: string;
  readonly faults: readonly FaultSpec[];
  readonly clock: Clock;
}

/** Where what is listening; every address is of 127.0.0.1. */
export interface SimulationAddresses {
  readonly control: string;
  readonly cameras: string;
  readonly rtsp: string;
  readonly services: string;
  readonly frigate?: string;
  readonly mediamtx_api?: string;
  readonly mediamtx_metrics?: string;
}

export interface Simulation {
  readonly plan: FleetPlan;
  readonly faults: FaultSchedule;
  readonly services: FleetServices;
  readonly addresses: SimulationAddresses;
  inventory(passwordFile: string): { readonly cameras: readonly InventoryCamera[] };
  scrapeJobs(): ReturnType<typeof scrapeJobs>;
  stop(): Promise<void>;
}

/** Starts the whole fleet. Rejects when a port is taken or a fault matches no camera; nothing is left running then. */
export async function openSimulation(options: SimulationOptions): Promise<Simulation> {
  const { clock } = options;
  const startedMs = clock.now();
  const plan = planFleet(options.cameras, options.seed);
  const faults = new FaultSchedule(plan, startedMs);
  for (const spec of options.faults) faults.add(spec);
  const clips = loadClips();
  const streams = new CameraStreams(plan, clips, faults, options.password);
  const services = new FleetServices(plan, faults, clips, startedMs);
  const gate = new AuthGate(`${options.seed}/${options.password}`);
  const rtsp = new RtspServer({ host: LOOPBACK, clock, gate, seed: options.seed, find: (path) => streams.find(path) });
  const portAt = (offset: number): number => (options.port === 0 ? 0 : options.port + offset);
  const listeners: HttpListener[] = [];
  const cameraPorts = new CameraPorts(rtsp, plan, (index) => portAt(CAMERA_PORTS_AFTER + index));
  let timer: Disposable | undefined;
  const stop = async (): Promise<void> => {
    timer?.[Symbol.dispose]();
    await Promise.all([cameraPorts.settled(), ...listeners.map((listener) => listener.close())]);
    await rtsp.close();
  };
  const listen = async (offset: number, handler: HttpHandler): Promise<string> => {
    const listener = await listenHttp(LOOPBACK, portAt(offset), handler);
    listeners.push(listener);
    return `http://${LOOPBACK}:${listener.port}`;
  };
  let addresses: SimulationAddresses | undefined;
  const known = (): SimulationAddresses => {
    if (!addresses) throw new Error('the simulation is starting');
    return addresses;
  };
  const frigateRecorder = plan.recorders.find(({ kind }) => kind === 'frigate');
  const mediamtxRecorder = plan.recorders.find(({ kind }) => kind === 'mediamtx');
  const frigate = frigateRecorder && frigateServer(frigateRecorder, services, { startedMs, rtsp: () => known().rtsp });
  const mediamtx = mediamtxRecorder && mediamtxServer(mediamtxRecorder, services, () => known().rtsp);
  try {
    addresses = {
      control: await listen(0, controlApi({ plan, faults, clock, startedMs, addresses: () => ({ ...known() }) })),
      cameras: await listen(
        1,
        cameraHttp({ streams, clips, gate, clock, addresses: () => ({ http: known().cameras, rtsp: known().rtsp }) }),
      ),
      rtsp: `rtsp://${LOOPBACK}:${(await rtsp.listen(portAt(2))).port}`,
      services: await listen(3, servicePages(services, clock)),
      ...(frigate ? { frigate: await listen(4, frigate.handler) } : {}),
      ...(mediamtx
        ? { mediamtx_api: await listen(5, mediamtx.api), mediamtx_metrics: await listen(6, mediamtx.metrics) }
        : {}),
    };
    if (options.portPerCamera === true) await cameraPorts.openAll();
  } catch (error) {
    await stop();
    throw error;
  }
  const step = (): void => {
    services.advanceTo(clock.now());
    frigate?.observe();
    mediamtx?.observe();
    if (options.portPerCamera === true)
      cameraPorts.follow((camera) => streams.truth(camera, clock.now()).reach === 'refused');
    timer = clock.after(STEP_MS, step);
  };
  step();
  const rtspOf = (camera: PlannedCamera): string => {
    const own = cameraPorts.portOf(camera);
    return own === undefined ? known().rtsp : `rtsp://${LOOPBACK}:${own}`;
  };
  return {
    plan,
    faults,
    services,
    addresses,
    inventory: (passwordFile) => inventoryOf(plan, { http: known().cameras, rtsp: rtspOf }, passwordFile),
    scrapeJobs: () => scrapeJobs(services.services, new URL(known().services).host),
    stop,
  };
}

/** `/<service>/metrics` */
function servicePages(services: FleetServices, clock: Clock): HttpHandler {
  return (_request, response, path) => {
    const [, name = '', what] = path.split('/');
    const service = services.service(name);
    if (!service || what !== 'metrics') {
      answerText(response, 404, `known are ${services.services.map((one) => `/${one.name}/metrics`).join(' ')}`);
      return;
    }
    services.advanceTo(clock.now());
    answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', service.page());
  };
}

/** An RTSP port for each camera, closed while the camera refuses connections. */
class CameraPorts {
  readonly #rtsp: RtspServer;
  readonly #plan: FleetPlan;
  readonly #portAt: (index: number) => number;
  readonly #open = new Map<string, RtspListener>();
  /** The number stays with the camera, so that its address does. */
  readonly #ports = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(rtsp: RtspServer, plan: FleetPlan, portAt: (index: number) => number) {
    this.#rtsp = rtsp;
    this.#plan = plan;
    this.#portAt = portAt;
  }

  portOf(camera: PlannedCamera): number | undefined {
    return this.#ports.get(camera.id);
  }

  async openAll(): Promise<void> {
    for (const camera of this.#plan.cameras) await this.#listen(camera);
  }

  /** Closes and opens ports as cameras demand; one round at a time. */
  follow(isRefusing: (camera: PlannedCamera) => boolean): void {
    if (this.#isBusy) return;
    const changes = this.#plan.cameras.filter((camera) => isRefusing(camera) === this.#open.has(camera.id));
    if (changes.length === 0) return;
    this.#isBusy = true;
    this.#work = this.#apply(changes).finally(() => {
      this.#isBusy = false;
    });
  }

  async settled(): Promise<void> {
    await this.#work;
  }

  async #apply(cameras: readonly PlannedCamera[]): Promise<void> {
    for (const camera of cameras) {
      const listener = this.#open.get(camera.id);
      if (listener) {
        this.#open.delete(camera.id);
        await listener.close();
      } else {
        // Somebody else may have taken the port meanwhile: the camera then stays away, and the next round tries again.
        await this.#listen(camera).catch(() => undefined);
      }
    }
  }

  async #listen(camera: PlannedCamera): Promise<void> {
    const listener = await this.#rtsp.listen(this.#ports.get(camera.id) ?? this.#portAt(camera.index));
    this.#open.set(camera.id, listener);
    this.#ports.set(camera.id, listener.port);
  }
}
