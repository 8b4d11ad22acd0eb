import type { Camera, TroubleKind } from '@vedette/wire/http';
import type { Random } from '../../src/base/random.ts';
import { MODELS } from './fleet-map.ts';

/** The kinds of the fault script, and what each is to be found as. */
export const FAULTS = {
  offline: 'offline',
  frozen: 'frozen',
  black: 'dark',
  low_frame_rate: 'low_frame_rate',
  declared_rate: 'declared_rate',
  credentials: 'credentials',
  keyframe_interval: 'keyframe_interval',
  loss: 'packet_loss',
  clock_drift: 'clock_offset',
  settings_changed: 'settings_changed',
  switch_outage: 'switch_down',
  recorder_full: 'recorder_full',
  model_drift: 'model_drift',
  gpu_starved: 'gpu_starved',
} as const satisfies Readonly<Record<string, TroubleKind>>;
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export interface Fault {
  readonly kind: FaultKind;
  /** A camera's id, or the name of a switch, recorder or model. */
  readonly of: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** How bad, 0 to 1. */
  readonly size: number;
  /** Indices of the cameras that it concerns. */
  readonly cameras: readonly number[];
}

const SHARED: Readonly<Partial<Record<FaultKind, (camera: Camera) => string>>> = {
  switch_outage: (camera) => camera.switch ?? '',
  recorder_full: (camera) => camera.recorder ?? '',
  gpu_starved: (camera) => camera.recorder ?? '',
  model_drift: (camera) => camera.labels?.['model_name'] ?? '',
};

const MINUTE = 60_000;
/** Faults of what many cameras share, of each kind. */
const SHARED_EACH = 5;
/** Two faults of one camera are this far apart, so that each finding has one fault to belong to. */
const APART_MS = 70 * MINUTE;

/** A script of `count` faults of all kinds over the time, none of which meets another on the same camera. */
export function faultScript(
  cameras: readonly Camera[],
  count: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  random: Random,
): readonly Fault[] {
  const busy = new Map<number, Fault[]>();
  const faults: Fault[] = [];
  const place = (kind: FaultKind): void => {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const startMs = fromMs + Math.floor(random() * (toMs - fromMs - 60 * MINUTE));
      const lastsMs = (25 + random() * 30) * MINUTE;
      const first = Math.floor(random() * cameras.length);
      const nameOf = SHARED[kind];
      const of = nameOf ? nameOf(cameras[first] as Camera) : (cameras[first] as Camera).id;
      const concerned = nameOf ? cameras.flatMap((camera, i) => (nameOf(camera) === of ? [i] : [])) : [first];
      const fault: Fault = { kind, of, fromMs: startMs, toMs: startMs + lastsMs, size: random(), cameras: concerned };
      const meets = concerned.some((i) =>
        busy.get(i)?.some((other) => other.fromMs - APART_MS < fault.toMs && other.toMs + APART_MS > fault.fromMs),
      );
      if (meets) continue;
      for (const i of concerned) busy.set(i, [...(busy.get(i) ?? []), fault]);
      faults.push(fault);
      return;
    }
    throw new Error(`no room for another fault of kind ${kind}`);
  };
  // What many cameras share finds room first.
  for (const kind of FAULT_KINDS)
    if (SHARED[kind]) for (let i = 0; i < (kind === 'model_drift' ? MODELS.length : SHARED_EACH); i++) place(kind);
  const own = FAULT_KINDS.filter((kind) => !SHARED[kind]);
  for (let i = 0; faults.length < count; i++) place(own[i % own.length] as FaultKind);
  return faults.sort((a, b) => a.fromMs - b.fromMs);
}
