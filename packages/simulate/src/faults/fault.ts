import type { TroubleKind } from '@vedette/wire/http';

/** What can be made to go wrong. */
export const FAULT_KINDS = [
  'offline',
  'frozen',
  'black',
  'low_frame_rate',
  'declared_rate',
  'wrong_credentials',
  'long_keyframe_interval',
  'packet_loss',
  'clock_drift',
  'settings_changed',
  'switch_outage',
  'recorder_full',
  'model_drift',
  'gpu_starved',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How each of them should be called by who finds it. */
export const FAULT_TROUBLE: Readonly<Record<FaultKind, TroubleKind>> = {
  offline: 'offline',
  frozen: 'frozen',
  black: 'dark',
  low_frame_rate: 'low_frame_rate',
  declared_rate: 'declared_rate',
  wrong_credentials: 'credentials',
  long_keyframe_interval: 'keyframe_interval',
  packet_loss: 'packet_loss',
  clock_drift: 'clock_offset',
  settings_changed: 'settings_changed',
  switch_outage: 'switch_down',
  recorder_full: 'recorder_full',
  model_drift: 'model_drift',
  gpu_starved: 'gpu_starved',
};

/** Which cameras: all that match every named property, or a number of them chosen by the seed. */
export interface FaultTarget {
  readonly cameras?: readonly string[];
  readonly site?: string;
  readonly switch?: string;
  readonly recorder?: string;
  /** Of those that match; chosen by the seed. */
  readonly count?: number;
}

export interface FaultSpec {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** After the start of the simulation, milliseconds. */
  readonly atMs: number;
  /** Absent: until it is ended. */
  readonly durationMs?: number;
  /** Begins again after this; longer than it lasts. */
  readonly everyMs?: number;
  /** packet_loss: share of packets, 0 to 1. */
  readonly lossRatio?: number;
  /** declared_rate: pictures a second that are delivered while 25 are declared. */
  readonly framesPerSecond?: number;
  /** clock_drift: where the drift ends, seconds; negative: slow. */
  readonly offsetSeconds?: number;
  /** offline: no answer at all (default), or connections refused. */
  readonly manner?: 'silent' | 'refused';
}

/** A fault with the cameras that it was given to. */
export interface Fault {
  readonly id: string;
  readonly spec: FaultSpec;
  readonly cameraIds: ReadonlySet<string>;
}

export interface FaultWindow {
  readonly fault: Fault;
  readonly fromMs: number;
  /** Infinity while nobody ended it. */
  readonly toMs: number;
}
