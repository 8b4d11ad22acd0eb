import type { FleetPlan, PlannedCamera } from '../fleet/plan.ts';
import { Random, hashText } from '../random.ts';
import type { Fault, FaultKind, FaultSpec, FaultTarget, FaultWindow } from './fault.ts';
import { FAULTS_MAX, FaultScriptError } from './read-script.ts';

/** Kinds that only a stream over RTP can have. */
const RTP_ONLY: ReadonlySet<FaultKind> = new Set([
  'packet_loss',
  'declared_rate',
  'low_frame_rate',
  'long_keyframe_interval',
]);

interface Scheduled extends Fault {
  /** Set when somebody ended it. */
  endedMs: number;
}

/** Which fault is on at which time; the truth that everything else in the simulation follows. */
export class FaultSchedule {
  readonly #plan: FleetPlan;
  readonly #startMs: number;
  readonly #faults = new Map<string, Scheduled>();
  readonly #byCamera = new Map<string, Scheduled[]>();
  #next = 1;

  /** Times of faults count from `startMs`. */
  constructor(plan: FleetPlan, startMs: number) {
    this.#plan = plan;
    this.#startMs = startMs;
  }

  /** Throws FaultScriptError when no camera matches, or there are too many faults. */
  add(spec: FaultSpec): Fault {
    if (this.#faults.size >= FAULTS_MAX) throw new FaultScriptError(`more than ${FAULTS_MAX} faults`);
    const id = `fault-${this.#next}`;
    const cameras = chooseCameras(this.#plan, spec, hashText(id, this.#plan.seed));
    this.#next++;
    const fault: Scheduled = {
      id,
      spec,
      cameraIds: new Set(cameras.map((camera) => camera.id)),
      endedMs: Number.POSITIVE_INFINITY,
    };
    this.#faults.set(id, fault);
    for (const camera of cameras) {
      const list = this.#byCamera.get(camera.id) ?? [];
      list.push(fault);
      this.#byCamera.set(camera.id, list);
    }
    return fault;
  }

  /** False: there is none of this id. One that has not begun is taken off. */
  end(id: string, atMs: number): boolean {
    const fault = this.#faults.get(id);
    if (!fault) return false;
    fault.endedMs = Math.min(fault.endedMs, atMs);
    if (atMs <= this.#startMs + fault.spec.atMs) {
      this.#faults.delete(id);
      for (const list of this.#byCamera.values()) {
        const at = list.indexOf(fault);
        if (at >= 0) list.splice(at, 1);
      }
    }
    return true;
  }

  get faults(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  /** The time that `fault` is on around `atMs`; undefined: it is not. */
  window(fault: Fault, atMs: number): FaultWindow | undefined {
    const { atMs: offset, durationMs = Number.POSITIVE_INFINITY, everyMs } = fault.spec;
    const first = this.#startMs + offset;
    if (atMs < first) return undefined;
    const fromMs = everyMs === undefined ? first : first + Math.floor((atMs - first) / everyMs) * everyMs;
    const endedMs = this.#faults.get(fault.id)?.endedMs ?? Number.POSITIVE_INFINITY;
    const toMs = Math.min(fromMs + durationMs, endedMs);
    return atMs < toMs ? { fault, fromMs, toMs } : undefined;
  }

  /** Faults that are on for a camera. */
  at(cameraId: string, atMs: number): readonly FaultWindow[] {
    const list = this.#byCamera.get(cameraId);
    if (!list) return NONE;
    const found: FaultWindow[] = [];
    for (const fault of list) {
      const window = this.window(fault, atMs);
      if (window) found.push(window);
    }
    return found;
  }

  /** All that are on. */
  active(atMs: number): FaultWindow[] {
    return this.faults.flatMap((fault) => this.window(fault, atMs) ?? []);
  }
}

const NONE: readonly FaultWindow[] = [];

function chooseCameras(plan: FleetPlan, spec: FaultSpec, seed: number): PlannedCamera[] {
  const { target, kind } = spec;
  checkNames(plan, target);
  const named = target.cameras === undefined ? undefined : new Set(target.cameras);
  let matching = plan.cameras.filter(
    (camera) =>
      (named === undefined || named.has(camera.id)) &&
      (target.site === undefined || camera.site === target.site) &&
      (target.switch === undefined || camera.switch === target.switch) &&
      (target.recorder === undefined || camera.recorder === target.recorder),
  );
  // Whole groups fail together (a GPU stands beside each recorder): naming one of their cameras, or none, names the group.
  if (kind === 'switch_outage' || kind === 'recorder_full' || kind === 'gpu_starved') {
    const key = kind === 'switch_outage' ? 'switch' : 'recorder';
    const groups = [...new Set(matching.map((camera) => camera[key]))];
    const chosen = new Set(pick(groups, target.count ?? (isUnrestricted(target) ? 1 : groups.length), seed));
    return plan.cameras.filter((camera) => chosen.has(camera[key]));
  }
  if (RTP_ONLY.has(kind) && named === undefined) matching = matching.filter((camera) => camera.protocol === 'rtsp');
  if (kind === 'wrong_credentials') {
    matching = matching.filter((camera) => camera.model.auth !== 'none');
    if (matching.length === 0 && named !== undefined) {
      throw new FaultScriptError(`${[...named].join(', ')}: wants no password, so that none can be wrong`);
    }
  }
  if (matching.length === 0) throw new FaultScriptError(`${kind}: no camera matches ${JSON.stringify(target)}`);
  const wanted = target.count ?? (isUnrestricted(target) ? 1 : matching.length);
  return pick(matching, wanted, seed);
}

function isUnrestricted(target: FaultTarget): boolean {
  return (
    target.cameras === undefined &&
    target.site === undefined &&
    target.switch === undefined &&
    target.recorder === undefined
  );
}

function checkNames(plan: FleetPlan, target: FaultTarget): void {
  const known = new Set(plan.cameras.map((camera) => camera.id));
  const missing = target.cameras?.find((id) => !known.has(id));
  if (missing !== undefined) throw new FaultScriptError(`there is no camera ${missing}`);
  const groups = {
    site: plan.sites,
    switch: plan.switches.map((one) => one.name),
    recorder: plan.recorders.map((one) => one.name),
  };
  for (const [key, names] of Object.entries(groups)) {
    const given = target[key as keyof typeof groups];
    if (given !== undefined && !names.includes(given)) {
      throw new FaultScriptError(`there is no ${key} ${given}; there are ${names.slice(0, 20).join(', ')}`);
    }
  }
}

/** A sample without repetition, in the order of the list. */
function pick<T>(list: readonly T[], count: number, seed: number): T[] {
  if (count >= list.length) return [...list];
  const random = new Random(seed);
  const order = list.map((_, i) => i);
  for (let i = 0; i < count; i++) {
    const other = i + random.below(order.length - i);
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((i) => list[i] as T);
}
