import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';

/** When a sign becomes a trouble, and when it is over: `bad` of the last `of` observations; over after `clear` good ones in a row. */
export interface Hysteresis {
  readonly bad: number;
  readonly of: number;
  readonly clear: number;
}

/** What counts as trouble for a class of cameras. */
export interface ClassPolicy {
  /** Of probes and of others' word that the camera is down. */
  readonly stream: Hysteresis;
  /** Of rates, key frames, loss and clock. */
  readonly measured: Hysteresis;
  /** Of samples that tell of a finding about the picture: who found it has looked more than once already. */
  readonly picture: Hysteresis;
  /** Below this part of the expected frame rate it is low. */
  readonly frameRateRatio: number;
  /** Declared and delivered rate may differ by this part. */
  readonly declaredRateTolerance: number;
  readonly keyframeIntervalMs: number;
  /** Lost of all packets. */
  readonly lossRatio: number;
  readonly clockOffsetMs: number;
  /** Without a new segment while the camera is up. */
  readonly recordingGapMs: number;
  /** Reconnects, or losses of the stream, within an hour. */
  readonly reconnectsPerHour: number;
  /** How long changed settings are shown. */
  readonly settingsChangedForMs: number;
  /** Without anything heard the state is unknown. */
  readonly staleAfterMs: number;
}

/** Bits of a sign. */
const OBSERVATIONS_MAX = 8;
const observations = z.int().min(2, { error: 'must be at least 2: one alone is never enough' }).max(OBSERVATIONS_MAX);
const ratio = z.number().gt(0).lt(1);

const classShape = {
  /** Failed probes in a row, or samples of a camera that is down. One alone is never enough. */
  offline_after: observations.optional(),
  /** Bad observations of the last `confirm_of`. */
  confirm: observations.optional(),
  confirm_of: observations.optional(),
  /** Good ones in a row after which it is over. */
  clear: z.int().min(1).max(OBSERVATIONS_MAX).optional(),
  frame_rate_ratio: ratio.optional(),
  declared_rate_tolerance: ratio.optional(),
  keyframe_interval: positiveDurationMs.optional(),
  loss_ratio: ratio.optional(),
  clock_offset: positiveDurationMs.optional(),
  recording_gap: positiveDurationMs.optional(),
  reconnects_per_hour: z.int().min(1).optional(),
  settings_changed_for: positiveDurationMs.optional(),
  stale_after: positiveDurationMs.optional(),
};

const classSchema = z
  .strictObject(classShape)
  .refine(({ confirm = 2, confirm_of = OBSERVATIONS_MAX }) => confirm <= confirm_of, {
    error: 'confirm must not be more than confirm_of',
  });

/** One class in the section `fleet.health.classes`. */
export type ClassSettings = z.output<typeof classSchema>;

/** `fleet.health`. */
export const healthConfigSchema = z
  .strictObject({
    /** By class of cameras; `default` holds for classes that are not named, and for what a class leaves out. */
    classes: z.record(z.string(), classSchema).prefault({}),
    /** One cause for many cameras: this part of a parent's cameras, ... */
    cause_ratio: ratio.prefault(0.3),
    /** ... at least so many, ... */
    cause_cameras: z.int().min(2).prefault(3),
    /** ... within this time. */
    cause_window: positiveDurationMs.prefault('2m'),
    /** A site whose agent was not heard for so long is cut off. */
    link_down_after: positiveDurationMs.prefault('90s'),
    /** A recorder's disk is full from this part on. */
    disk_full_ratio: ratio.prefault(0.97),
    /** How long changes of state are kept. */
    events_retention: positiveDurationMs.prefault('400d'),
  })
  .prefault({});
export type HealthSettings = z.output<typeof healthConfigSchema>;

const DEFAULT: ClassPolicy = {
  stream: { bad: 2, of: 2, clear: 1 },
  measured: { bad: 2, of: 3, clear: 2 },
  picture: { bad: 2, of: 2, clear: 2 },
  frameRateRatio: 0.7,
  declaredRateTolerance: 0.12,
  keyframeIntervalMs: 10_000,
  lossRatio: 0.05,
  clockOffsetMs: 2_000,
  recordingGapMs: 120_000,
  reconnectsPerHour: 5,
  settingsChangedForMs: 3_600_000,
  staleAfterMs: 180_000,
};

/** What well-known classes differ in: pictures of evidence need the right time, indoor light changes, radio links come and go. */
const BY_CLASS: Readonly<Record<string, ClassSettings>> = {
  evidence: { clock_offset: 500 },
  indoor: { confirm: 3, confirm_of: 4 },
  wifi: { offline_after: 4, confirm: 3, confirm_of: 5, loss_ratio: 0.1, reconnects_per_hour: 12, stale_after: 300_000 },
};

/** The policies of the classes, made once. */
export class ClassPolicies {
  readonly #settings: HealthSettings;
  readonly #default: ClassPolicy;
  readonly #made = new Map<string, ClassPolicy>();

  constructor(settings: HealthSettings) {
    this.#settings = settings;
    this.#default = withSettings(DEFAULT, settings.classes['default'] ?? {});
  }

  of(name: string | undefined): ClassPolicy {
    if (name === undefined) return this.#default;
    const known = this.#made.get(name);
    if (known) return known;
    const builtIn = Object.hasOwn(BY_CLASS, name) ? (BY_CLASS[name] as ClassSettings) : {};
    const own = Object.hasOwn(this.#settings.classes, name) ? (this.#settings.classes[name] as ClassSettings) : {};
    const made = withSettings(withSettings(this.#default, builtIn), own);
    // Classes are words of the inventory; one that has thousands of them has none.
    if (this.#made.size < CLASSES_MAX) this.#made.set(name, made);
    return made;
  }
}

const CLASSES_MAX = 1_000;

function withSettings(base: ClassPolicy, own: ClassSettings): ClassPolicy {
  const confirm = ({ bad, of, clear }: Hysteresis): Hysteresis => {
    const wanted = own.confirm ?? bad;
    return { bad: wanted, of: Math.max(wanted, own.confirm_of ?? of), clear: own.clear ?? clear };
  };
  const offline = own.offline_after ?? base.stream.bad;
  return {
    stream: { bad: offline, of: offline, clear: base.stream.clear },
    measured: confirm(base.measured),
    picture: base.picture,
    frameRateRatio: own.frame_rate_ratio ?? base.frameRateRatio,
    declaredRateTolerance: own.declared_rate_tolerance ?? base.declaredRateTolerance,
    keyframeIntervalMs: own.keyframe_interval ?? base.keyframeIntervalMs,
    lossRatio: own.loss_ratio ?? base.lossRatio,
    clockOffsetMs: own.clock_offset ?? base.clockOffsetMs,
    recordingGapMs: own.recording_gap ?? base.recordingGapMs,
    reconnectsPerHour: own.reconnects_per_hour ?? base.reconnectsPerHour,
    settingsChangedForMs: own.settings_changed_for ?? base.settingsChangedForMs,
    staleAfterMs: own.stale_after ?? base.staleAfterMs,
  };
}
