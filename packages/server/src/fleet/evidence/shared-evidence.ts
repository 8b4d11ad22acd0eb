import type { Labels } from '../../model/labels.ts';

/** Entries of each kind; beyond, what is new is not taken until something old is dropped. */
const ENTRIES_MAX = 10_000;
/** What was not heard for so long is dropped when room is needed, and does not count. */
const FORGET_MS = 900_000;

export interface DiskEvidence {
  free: number;
  total: number;
  used: number;
  usedPercent: number;
  atMs: number;
}

/** A series that told a figure, and what makes a ratio of its value. */
export interface Told {
  readonly labels: Labels;
  readonly scale: number;
}

/** Labels that tell the graphics processors of a machine apart, the most telling first; the last is Frigate's. */
export const GPU_LABELS = ['uuid', 'gpu', 'gpu_id', 'device_id', 'gpu_name'] as const;

export interface GpuEvidence {
  utilization: number;
  decoder: number;
  /** What told `decoder`. */
  decoderTold: Told | undefined;
  throttle: number;
  atMs: number;
  /** Since its decoder has been full without a break; undefined while it is not. */
  fullSinceMs: number | undefined;
}

export interface QueueEvidence {
  depth: number;
  capacity: number;
  atMs: number;
  /** Since the queue has been nearly full without a break. */
  fullSinceMs: number | undefined;
}

export interface DriftEvidence {
  score: number;
  atMs: number;
  /** Since it has been above the threshold without a break, and in how many samples. */
  overSinceMs: number | undefined;
  overSamples: number;
  /** The same before the newest moment. */
  before: { readonly sinceMs: number | undefined; readonly samples: number };
}

function newDrift(): DriftEvidence {
  return {
    score: Number.NEGATIVE_INFINITY,
    atMs: 0,
    overSinceMs: undefined,
    overSamples: 0,
    before: { sinceMs: undefined, samples: 0 },
  };
}

export interface AgentEvidence {
  readonly agent: string;
  site: string;
  /** When the agent was last heard; what the value says. */
  contactMs: number;
  atMs: number;
}

/** Decoders and queues count as full from here on; drift by what is commonly called major. */
export const DECODER_FULL_RATIO = 0.95;
export const QUEUE_FULL_RATIO = 0.9;
export const DRIFT_MAJOR = 0.25;

/** A bounded map of evidence that ages. */
class Aging<Entry extends { atMs: number }> {
  readonly #entries = new Map<string, Entry>();

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** The entry, made by `create` when it is new and there is room. */
  of(key: string, atMs: number, create: () => Entry): Entry | undefined {
    const known = this.#entries.get(key);
    if (known) return known;
    if (this.#entries.size >= ENTRIES_MAX) this.#dropOlder(atMs - FORGET_MS);
    if (this.#entries.size >= ENTRIES_MAX) return undefined;
    const made = create();
    this.#entries.set(key, made);
    return made;
  }

  /** All of them, however old. */
  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** Entries that were heard lately. */
  *fresh(nowMs: number): IterableIterator<readonly [key: string, entry: Entry]> {
    for (const pair of this.#entries) if (nowMs - pair[1].atMs <= FORGET_MS) yield pair;
  }

  #dropOlder(thanMs: number): void {
    for (const [key, entry] of this.#entries) if (entry.atMs < thanMs) this.#entries.delete(key);
  }
}

/** Evidence about what several cameras share: their recorder's disks, graphics processors, models, the agent of their site. */
export class SharedEvidence {
  /** By host, then by mount point. */
  readonly disks = new Map<string, Aging<DiskEvidence>>();
  readonly gpus = new Map<string, Aging<GpuEvidence>>();
  readonly queues = new Map<string, Aging<QueueEvidence>>();
  /** By name of the model, or `camera ` and a camera's id. */
  readonly drifts = new Aging<DriftEvidence>();
  readonly agents = new Aging<AgentEvidence>();

  disk(
    host: string,
    mount: string,
    part: 'free' | 'total' | 'used' | 'used_percent',
    value: number,
    atMs: number,
  ): void {
    const disk = aging(this.disks, host)?.of(mount, atMs, () => ({
      free: Number.NaN,
      total: Number.NaN,
      used: Number.NaN,
      usedPercent: Number.NaN,
      atMs,
    }));
    if (!disk || atMs < disk.atMs) return;
    disk.atMs = atMs;
    disk[part === 'used_percent' ? 'usedPercent' : part] = value;
  }

  gpu(
    host: string,
    gpu: string,
    part: 'utilization' | 'decoder' | 'throttle',
    value: number,
    atMs: number,
    told: Told,
  ): void {
    const entry = aging(this.gpus, host)?.of(gpu, atMs, () => ({
      utilization: Number.NaN,
      decoder: Number.NaN,
      decoderTold: undefined,
      throttle: Number.NaN,
      atMs,
      fullSinceMs: undefined,
    }));
    if (!entry || atMs < entry.atMs) return;
    entry.atMs = atMs;
    entry[part] = value;
    if (part !== 'decoder') return;
    entry.decoderTold = told;
    entry.fullSinceMs = value >= DECODER_FULL_RATIO ? (entry.fullSinceMs ?? atMs) : undefined;
  }

  queue(host: string, queue: string, part: 'depth' | 'capacity', value: number, atMs: number): void {
    const entry = aging(this.queues, host)?.of(queue, atMs, () => ({
      depth: Number.NaN,
      capacity: Number.NaN,
      atMs,
      fullSinceMs: undefined,
    }));
    if (!entry || atMs < entry.atMs) return;
    entry.atMs = atMs;
    entry[part] = value;
    if (part === 'depth')
      entry.fullSinceMs = value >= QUEUE_FULL_RATIO * entry.capacity ? (entry.fullSinceMs ?? atMs) : undefined;
  }

  drift(key: string, value: number, atMs: number): void {
    const entry = this.drifts.of(key, atMs, newDrift);
    if (!entry || atMs < entry.atMs) return;
    if (atMs > entry.atMs) {
      entry.before = { sinceMs: entry.overSinceMs, samples: entry.overSamples };
      entry.atMs = atMs;
      entry.score = Number.NEGATIVE_INFINITY;
    }
    // Of several features or methods at one moment the worst counts.
    if (!(value > entry.score)) return;
    entry.score = value;
    const isOver = value >= DRIFT_MAJOR;
    entry.overSinceMs = isOver ? (entry.before.sinceMs ?? atMs) : undefined;
    entry.overSamples = isOver ? entry.before.samples + 1 : 0;
  }

  agent(agent: string, site: string, contactMs: number, atMs: number): void {
    const entry = this.agents.of(agent, atMs, () => ({ agent, site, contactMs, atMs }));
    if (!entry || atMs < entry.atMs) return;
    entry.atMs = atMs;
    entry.site = site;
    if (!Number.isNaN(contactMs)) entry.contactMs = Math.max(entry.contactMs, contactMs);
  }
}

function aging<Entry extends { atMs: number }>(
  byHost: Map<string, Aging<Entry>>,
  host: string,
): Aging<Entry> | undefined {
  let known = byHost.get(host);
  if (!known && byHost.size < ENTRIES_MAX) {
    known = new Aging<Entry>();
    byHost.set(host, known);
  }
  return known;
}
