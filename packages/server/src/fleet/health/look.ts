import type { Camera, MaintenanceWindow, Trouble, TroubleKind } from '@vedette/wire/http';
import { type CameraEvidence, FACT, type Fact, type SharedEvidence, factName } from '../evidence/index.ts';
import type { ClassPolicy, Hysteresis } from './class-policy.ts';
import { ADVICE } from './advice.ts';
import { Sign } from './sign.ts';

/** Without probes each sample is an observation, at most one in this time. */
const SAMPLE_SPACING_MS = 10_000;

/** Figures of a window that was measured: `camera_measure_last_timestamp_seconds` says which one. */
const MEASURED: ReadonlySet<Fact> = new Set([FACT.camera_frames_per_second, FACT.camera_keyframe_interval_seconds]);

/** What a camera is judged by, at one moment. */
export interface Circumstances {
  readonly camera: Camera;
  readonly evidence: CameraEvidence;
  readonly shared: SharedEvidence;
  readonly hosts: readonly string[];
  readonly models: readonly string[];
  readonly policy: ClassPolicy;
  readonly scheduled: boolean;
  readonly maintenance?: MaintenanceWindow;
  /** From which part on a recorder's disk is full. */
  readonly diskFullRatio: number;
  readonly atMs: number;
}

/** Names of signs: a kind of trouble, or what is watched to tell several. */
export type SignName = TroubleKind | 'stream';

/** What is remembered of a camera between two looks. */
export class HealthMemory {
  readonly signs = new Map<SignName, Sign>();
  /** The last time its stream was there; 0: never. */
  streamGoodAtMs = 0;
  /** Times of reconnects and losses of the stream, ascending, at most FLAPS_MAX. */
  readonly flaps: number[] = [];
  reconnects = Number.NaN;
  packetsReceived = Number.NaN;
  packetsLost = Number.NaN;
  /** Which counters these are. */
  lossOf: 'packets' | 'frames' | undefined;
  /** Of the newest observation while there is a sign of loss. */
  lossRatio = Number.NaN;
  parameterSetChanges = Number.NaN;
  settingsChangedAtMs: number | undefined;
  /** What was changed, in words. */
  settingsChange = '';
  hlsStalls = Number.NaN;
  /** Frames a second that the camera usually delivers, where nobody says what to expect; NaN while too little is known. */
  usualRate = Number.NaN;
  usualCount = 0;
  /** Between two probes of the camera, learned. */
  probeIntervalMs = 0;
  probeAtMs = 0;
  /** Detections an hour by hour of the day, learned; undefined before the first. */
  detectionsByHour: Float32Array | undefined;
  detectionsSeen = Number.NaN;
  detectionsLast = Number.NaN;
  detectionsFromMs = 0;
  quietSinceMs = 0;
}

export const FLAPS_MAX = 32;

/** One look at a camera: the checks read from it and add to it what they find. */
export class Look {
  readonly about: Circumstances;
  readonly memory: HealthMemory;
  readonly troubles: Trouble[] = [];
  suspicion: string | undefined;
  /** No pictures come: what was measured before says nothing now. */
  isDown = false;

  constructor(about: Circumstances, memory: HealthMemory) {
    this.about = about;
    this.memory = memory;
  }

  /** The newest value of a fact unless it is stale; NaN otherwise. */
  fresh(fact: Fact): number {
    const { evidence, atMs, policy } = this.about;
    return evidence.fresh(fact, atMs, policy.staleAfterMs);
  }

  /** When the newest probe ended, Unix milliseconds; NaN when the camera is not probed. */
  get probeMs(): number {
    return this.fresh(FACT.camera_probe_last_timestamp_seconds) * 1_000;
  }

  /**
   * One observation of a figure: bad or not. Creates the sign at the first bad one, forgets it once all is quiet. Returns it while there is
   * one. `fact` is where the figure comes from and says which observation it is.
   */
  observe(name: SignName, fact: Fact, isBad: boolean, hysteresis: Hysteresis): Sign | undefined {
    const { evidence, atMs } = this.about;
    const known = this.memory.signs.get(name);
    if (!known && !isBad) return undefined;
    const sign = known ?? new Sign(0);
    // Most probes measure no rate, and the page tells the last one until another is known. A recorder's word has times of its own.
    const { camera_measure_last_timestamp_seconds: at } = FACT;
    const measured = MEASURED.has(fact) && evidence.sameWriter(fact, at) ? this.fresh(at) : Number.NaN;
    const probeMs = this.probeMs;
    const stamp = !Number.isNaN(measured)
      ? measured
      : !Number.isNaN(probeMs)
        ? sign.figureStamp(evidence.value(fact), probeMs)
        : Math.floor(evidence.atMs(fact) / SAMPLE_SPACING_MS);
    sign.observe(isBad, stamp, atMs, hysteresis);
    return this.keep(name, sign);
  }

  /** The same of something whose observations are told apart by `stamp`. */
  observeAt(name: SignName, isBad: boolean, stamp: number, hysteresis: Hysteresis): Sign | undefined {
    const known = this.memory.signs.get(name);
    if (!known && !isBad) return undefined;
    const sign = known ?? new Sign(0);
    sign.observe(isBad, stamp, this.about.atMs, hysteresis);
    return this.keep(name, sign);
  }

  /** Keeps a sign while it says something. */
  keep(name: SignName, sign: Sign): Sign | undefined {
    if (sign.isQuiet) {
      this.memory.signs.delete(name);
      return undefined;
    }
    this.memory.signs.set(name, sign);
    return sign;
  }

  forget(name: SignName): void {
    this.memory.signs.delete(name);
  }

  /** A trouble that is on, or a first sign in words. */
  tell(kind: TroubleKind, sign: Sign | undefined, reason: string, evidence: readonly EvidenceValue[]): void {
    if (!sign) return;
    if (sign.isOn) this.add(kind, sign.sinceMs, reason, evidence);
    else if (sign.isSuspected) this.suspicion ??= `${reason} (seen once, looking again)`;
  }

  add(kind: TroubleKind, sinceMs: number, reason: string, evidence: readonly EvidenceValue[], advice?: string): void {
    const { id } = this.about.camera;
    this.troubles.push({
      kind,
      reason,
      advice: advice ?? ADVICE[kind],
      sinceMs,
      evidence: evidence.map(({ fact, series, value, expected }) => ({
        series: seriesText(fact === undefined ? series : factName(fact), id),
        value,
        ...(expected === undefined ? {} : { expected }),
      })),
    });
  }
}

/** A series of the camera, or the one that is named with its labels. */
function seriesText(name: string, cameraId: string): string {
  return name.endsWith('}') ? name : `${name}{camera_id=${JSON.stringify(cameraId)}}`;
}

/** A value that speaks for a trouble: of a fact, or of another series by its name, with labels when it is not the camera's own. */
export type EvidenceValue = { readonly value: number; readonly expected?: string } & (
  | { readonly fact: Fact; readonly series?: undefined }
  | { readonly fact?: undefined; readonly series: string }
);
