/** /api/vedette/fleet/…: what is known about cameras now and why. */
import type { Camera } from './camera.ts';

/** The worst first: the state of a group is the worst of its cameras'; the wall, lists and counts follow this order. */
export const CAMERA_STATES = [
  'offline',
  'credentials',
  'frozen',
  'dark',
  'degraded',
  'unknown',
  'maintenance',
  'ok',
] as const;

export type CameraState = (typeof CAMERA_STATES)[number];

/** The kind of trouble behind a state; stable words, also label values of `camera_trouble{kind}`. */
export type TroubleKind =
  | 'offline'
  | 'credentials'
  | 'path'
  | 'session_limit'
  | 'tls'
  | 'no_video'
  | 'stalled'
  | 'frozen'
  | 'dark'
  | 'overexposed'
  | 'blurred'
  | 'moved'
  | 'colour_cast'
  | 'low_frame_rate'
  | 'declared_rate'
  | 'keyframe_interval'
  | 'packet_loss'
  | 'clock_offset'
  | 'settings_changed'
  | 'bitrate_collapse'
  | 'flapping'
  | 'recording_gap'
  | 'recorder_full'
  | 'recorder_down'
  | 'switch_down'
  | 'site_down'
  | 'link_down'
  | 'model_drift'
  | 'silent_detector'
  | 'gpu_starved'
  | 'no_heartbeat';

export interface Trouble {
  readonly kind: TroubleKind;
  /** Plain words with figures: "Delivers 11.8 of 25 frames a second". */
  readonly reason: string;
  /** What to do next, one sentence. */
  readonly advice: string;
  readonly sinceMs: number;
  /** The series and values that say so, in the order of weight. */
  readonly evidence: readonly { readonly series: string; readonly value: number; readonly expected?: string }[];
}

export interface CameraStatus {
  readonly id: string;
  readonly state: CameraState;
  readonly sinceMs: number;
  /** The worst first; empty when ok. */
  readonly troubles: readonly Trouble[];
  /** A first sign that is not confirmed: "one probe failed, looking again"; of a camera in `maintenance` why it rests, of one that is `unknown` why. */
  readonly suspicion?: string;
  /** When anything was last heard, milliseconds; 0: never. */
  readonly heardAtMs: number;
}

/** One cause behind many cameras: "switch SW-3: 38 of 40 cameras". */
export interface CauseCard {
  readonly id: string;
  readonly level: 'switch' | 'recorder' | 'site' | 'link';
  readonly name: string;
  readonly site?: string;
  readonly affected: number;
  readonly total: number;
  readonly sinceMs: number;
  readonly reason: string;
  readonly advice: string;
  /** Ids of the cameras that it explains. */
  readonly cameras: readonly string[];
}

/**
 * GET /api/vedette/fleet/wall?since=<version>: all cameras in columns, or only those that changed since that version. Row i of every column is one
 * camera. Texts that repeat are indices into `words`.
 */
export interface WallAnswer {
  readonly version: number;
  /** True: forget what you had. */
  readonly whole: boolean;
  readonly atMs: number;
  readonly words: readonly string[];
  readonly id: readonly string[];
  readonly name: readonly number[];
  readonly state: readonly number[];
  readonly sinceMs: readonly number[];
  /** First trouble's reason, else why the camera rests or is unknown; the index of '' when none. */
  readonly reason: readonly number[];
  readonly kind: readonly number[];
  readonly site: readonly number[];
  readonly recorder: readonly number[];
  readonly switch: readonly number[];
  readonly class: readonly number[];
  readonly model: readonly number[];
  /** Index into `causes` of this answer of the card that explains it, or -1; a camera whose card changed is a camera that changed. */
  readonly cause: readonly number[];
  /** Removed since. */
  readonly removed: readonly string[];
  readonly causes: readonly CauseCard[];
  readonly counts: Readonly<Record<CameraState, number>>;
  /** True when the cameras are simulated. */
  readonly simulation: boolean;
}

/** GET /api/vedette/fleet/cameras/:id */
export interface CameraAnswer {
  readonly camera: Camera;
  readonly status: CameraStatus;
  readonly cause?: CauseCard;
  /** The newest probe in words and figures; absent when it was never probed here. */
  readonly probe?: ProbeView;
  readonly passport: readonly PassportEntry[];
  readonly neighbours: readonly { readonly id: string; readonly name?: string; readonly state: CameraState }[];
  /** Live figures beside what is expected. */
  readonly figures: readonly Figure[];
}

export interface ProbeView {
  readonly atMs: number;
  readonly mode: 'cheap' | 'full';
  readonly verdict: string;
  readonly phases: readonly { readonly phase: string; readonly durationMs: number }[];
  readonly failure?: { readonly reason: string; readonly phase: string; readonly message: string };
  readonly remoteAddress?: string;
  readonly server?: string;
  /** Where the device is set to something else than it delivers, a sentence each; absent where nothing differs or is known. */
  readonly differences?: readonly string[];
  readonly nextAtMs?: number;
}

/** What the stream said it was, from when on. */
export interface PassportEntry {
  readonly fromMs: number;
  readonly codec: string;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  readonly declaredFps?: number;
  readonly transport?: string;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly expected?: number;
  /** PromQL that draws it. */
  readonly query: string;
}

/** GET /api/vedette/fleet/cameras/:id/events?from&to: changes of state, newest first. */
export interface CameraEventsAnswer {
  readonly events: readonly CameraEvent[];
}

export interface CameraEvent {
  readonly atMs: number;
  readonly from: CameraState;
  readonly to: CameraState;
  readonly kind?: TroubleKind;
  readonly reason: string;
}

/** GET /api/vedette/fleet/cameras/:id/ledger?from&to: minutes that were recorded and readable, and why others were not. */
export interface LedgerAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly expectedMinutes: number;
  readonly recordedMinutes: number;
  /** Ascending; `kind` undefined: no evidence at all. */
  readonly gaps: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly minutes: number;
    readonly kind?: TroubleKind | 'maintenance' | 'schedule' | 'retention' | 'unknown';
    readonly reason: string;
  }[];
  /** Of each hour (UTC) that the window touches, ascending. */
  readonly hours?: readonly {
    readonly fromMs: number;
    readonly expectedMinutes: number;
    readonly recordedMinutes: number;
  }[];
}

/** GET /api/vedette/fleet/causes: what explains many cameras at once, the largest first. */
export interface FleetCausesAnswer {
  readonly atMs: number;
  readonly causes: readonly CauseCard[];
}

/** GET /api/vedette/fleet/groups?by=site|recorder|switch|model: totals, worst first. */
export interface FleetGroupsAnswer {
  readonly groups: readonly {
    readonly name: string;
    readonly state: CameraState;
    readonly counts: Readonly<Partial<Record<CameraState, number>>>;
    readonly total: number;
  }[];
}
