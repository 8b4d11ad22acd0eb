import { PICTURE_PROBLEMS, type PictureProblem } from '@vedette/agent';
import type { Clock } from '../../base/clock.ts';
import { METRIC_NAME, type Labels } from '../../model/labels.ts';
import type { SampleBatch } from '../../model/sample.ts';
import type { AppendOptions, AppendResult, SampleSink } from '../../model/ports.ts';
import { writerOf } from './camera-evidence.ts';
import { EVIDENCE_SERIES, type SeriesUse } from './evidence-series.ts';
import { FACT } from './facts.ts';
import type { Roster, Watched } from './roster.ts';
import { GPU_LABELS, type SharedEvidence } from './shared-evidence.ts';

/** A sample that is further in the future is a clock gone wrong, not news: it would hide everything that comes after. */
const FUTURE_MAX_MS = 600_000;
/** Longer label values are cut; pages show less. */
const TEXT_MAX = 120;
/** `camera_up` with this source is the fleet's own: derived from evidence, it is none. */
export const OWN_SOURCE = 'health';

export interface ListenerDeps {
  /** Where the samples go: the store, or what stands before it. */
  readonly sink: SampleSink;
  readonly clock: Clock;
  readonly roster: Roster;
  readonly shared: SharedEvidence;
}

/** What a series says to the listener; made when it is seen first after the inventory changed. */
interface Slot {
  readonly use: SeriesUse;
  readonly watched: Watched | undefined;
  /** Reason, problem, event, host, model or agent. */
  readonly name: string;
  /** Writer or source, mount point, graphics processor, queue or site. */
  readonly detail: string;
}

/** Numbers of slots that are kept; of more series each sample is looked up. */
const SLOTS_MAX = 1_000_000;
/** Memo of a series that says nothing, now and for ever: its name is no evidence. */
const NO_EVIDENCE = 1;
/** The next numbers that no listener has; each takes a block of its own, so that none mistakes the memo of another for its own. */
let nextNumber = NO_EVIDENCE + 1;

function reserveNumbers(): number {
  const first = nextNumber;
  nextNumber += SLOTS_MAX;
  return first;
}

/**
 * Stores as the sink behind it does, and picks what is evidence about cameras on the way. A series that is none costs one look-up of its
 * name in its life, its rows nothing. What the store would refuse as too old or as a duplicate is not newer than what is known, and changes
 * nothing.
 */
export class EvidenceListener implements SampleSink {
  readonly #deps: ListenerDeps;
  /** Samples of evidence that were taken since the start. */
  taken = 0;
  /** By number less `#firstSlot`; undefined: evidence about nobody in the inventory. */
  #slots: (Slot | undefined)[] = [];
  #firstSlot = 0;
  #generation = -1;
  /** Of the batch at hand; reused, as long as the longest. */
  #used: (Slot | undefined)[] = [];

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
  }

  append(batch: SampleBatch, options?: AppendOptions): Promise<AppendResult> {
    this.observe(batch);
    return this.#deps.sink.append(batch, options);
  }

  /** Picks the evidence of a batch; `append` does it for what passes through, seeding for what is stored. */
  observe(batch: SampleBatch): void {
    const { series, seriesIndex, timestampMs, value } = batch;
    this.#followRoster();
    const used = this.#used;
    let any = false;
    for (let i = 0; i < series.length; i++) {
      const labels = series[i] as Labels;
      const memo = labels.memoListened;
      const slot = memo === NO_EVIDENCE ? undefined : this.#slotOf(labels, memo);
      used[i] = slot;
      if (slot !== undefined) any = true;
    }
    if (!any) return;
    const latestMs = this.#deps.clock.now() + FUTURE_MAX_MS;
    for (let row = 0; row < seriesIndex.length; row++) {
      const index = seriesIndex[row] as number;
      const slot = used[index];
      if (slot === undefined || (timestampMs[row] as number) > latestMs) continue;
      this.taken++;
      this.#take(slot, series[index] as Labels, value[row] as number, timestampMs[row] as number);
    }
  }

  #followRoster(): void {
    const { generation } = this.#deps.roster;
    if (generation === this.#generation) return;
    this.#generation = generation;
    // Numbers are not used again: those that series remember from before mean nothing from now on.
    this.#firstSlot = reserveNumbers();
    this.#slots = [];
  }

  #slotOf(labels: Labels, memo: number): Slot | undefined {
    const known = memo - this.#firstSlot;
    if (known >= 0 && known < this.#slots.length) return this.#slots[known];
    const { pairs } = labels;
    // `__name__` sorts before every label that begins with a small letter.
    const use = EVIDENCE_SERIES.get(pairs[0] === METRIC_NAME ? (pairs[1] as string) : labels.metricName);
    if (use === undefined) {
      labels.memoListened = NO_EVIDENCE;
      return undefined;
    }
    const slot = this.#makeSlot(use, labels);
    if (this.#slots.length < SLOTS_MAX) {
      labels.memoListened = this.#firstSlot + this.#slots.length;
      this.#slots.push(slot);
    }
    return slot;
  }

  #makeSlot(use: SeriesUse, labels: Labels): Slot | undefined {
    const text = (...names: readonly string[]): string => {
      for (const name of names) if (labels.has(name)) return labels.get(name).slice(0, TEXT_MAX);
      return '';
    };
    switch (use.of) {
      case 'agent':
        return { use, watched: undefined, name: text('agent'), detail: text('site') };
      case 'disk':
      case 'gpu':
      case 'queue': {
        const host = this.#hostOf(labels);
        if (host === undefined) return undefined;
        const detail =
          use.of === 'disk'
            ? text('mount_point', 'mountpoint', 'storage')
            : use.of === 'gpu'
              ? text(...GPU_LABELS)
              : text('queue');
        if (use.of === 'disk' && !isRecordingMount(detail)) return undefined;
        return { use, watched: undefined, name: host, detail };
      }
      case 'drift': {
        const watched = this.#cameraOf(labels);
        const name = watched ? `camera ${watched.camera.id}` : text('model_name', 'model');
        return name === '' ? undefined : { use, watched, name, detail: '' };
      }
      default: {
        const watched = this.#cameraOf(labels);
        const detail = use.of === 'picture' ? text('source') : writerOf(labels);
        if (!watched || (use.of === 'fact' && use.fact === FACT.camera_up && labels.get('source') === OWN_SOURCE))
          return undefined;
        const name = use.of === 'failure' ? text('reason') : use.of === 'picture' ? text('problem') : text('event');
        if (use.of === 'picture' && !isPictureProblem(name)) return undefined;
        return { use, watched, name, detail };
      }
    }
  }

  #take({ use, watched, name, detail }: Slot, labels: Labels, value: number, atMs: number): void {
    const { shared } = this.#deps;
    switch (use.of) {
      case 'fact':
        watched?.evidence.setFact(use.fact, value, atMs, detail);
        return;
      case 'failure':
        watched?.evidence.setFailure(name, value, atMs);
        return;
      case 'picture':
        watched?.evidence.setFinding(name as PictureProblem, detail, value, atMs);
        return;
      case 'info':
        watched?.evidence.setInfo(labels, value, atMs, detail);
        return;
      case 'device':
        watched?.evidence.setDeviceEvent(name, value, atMs);
        return;
      case 'detections':
        watched?.evidence.countDetections(labels.key, value, atMs);
        return;
      case 'disk':
        shared.disk(name, detail, use.part, value, atMs);
        return;
      case 'gpu':
        shared.gpu(name, detail, use.part, value * use.scale, atMs, { labels, scale: use.scale });
        return;
      case 'queue':
        shared.queue(name, detail, use.part, value, atMs);
        return;
      case 'drift':
        shared.drift(name, value, atMs);
        if (watched) watched.evidence.changed = true;
        return;
      case 'agent':
        shared.agent(name, detail, value * 1_000, atMs);
    }
  }

  #cameraOf(labels: Labels): Watched | undefined {
    const name = labels.get('camera_id') || labels.get('camera') || labels.get('camera_name');
    return name === '' ? undefined : this.#deps.roster.named(name);
  }

  #hostOf(labels: Labels): string | undefined {
    const { roster } = this.#deps;
    for (const name of HOST_LABELS) {
      const text = labels.get(name);
      const host = text === '' ? undefined : roster.host(text);
      if (host !== undefined) return host;
    }
    return undefined;
  }
}

/** Labels that name the machine, the most telling first. */
const HOST_LABELS = ['recorder', 'node', 'host', 'Hostname', 'instance'] as const;

const PROBLEMS: ReadonlySet<string> = new Set(PICTURE_PROBLEMS);

function isPictureProblem(text: string): text is PictureProblem {
  return PROBLEMS.has(text);
}

/** Parts of a machine on which nobody records; a full one of them is another trouble. */
const SYSTEM_MOUNTS = ['/boot', '/run', '/snap', '/dev', '/sys', '/proc', '/etc', '/tmp'] as const;

function isRecordingMount(mount: string): boolean {
  return mount !== '' && !SYSTEM_MOUNTS.some((system) => mount === system || mount.startsWith(`${system}/`));
}
