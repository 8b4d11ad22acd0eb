import { PICTURE_PROBLEMS, type PictureProblem } from '@vedette/agent';
import type { Clock } from '../../base/clock.ts';
import { METRIC_NAME, type Labels } from '../../model/labels.ts';
import type { SampleBatch } from '../../model/sample.ts';
import type { AppendOptions, AppendResult, SampleSink } from '../../model/ports.ts';
import { EVIDENCE_SERIES, type SeriesUse } from './evidence-series.ts';
import { FACT } from './facts.ts';
import type { Roster, Watched } from './roster.ts';
import type { SharedEvidence } from './shared-evidence.ts';

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

/**
 * Stores as the sink behind it does, and picks what is evidence about cameras on the way. A series that is none costs one look-up of its
 * name, its rows nothing. What the store would refuse as too old or as a duplicate is not newer than what is known, and changes nothing.
 */
export class EvidenceListener implements SampleSink {
  readonly #deps: ListenerDeps;
  /** Samples of evidence that were taken since the start. */
  taken = 0;
  /** Reused from batch to batch; as long as the longest. */
  #uses: (SeriesUse | undefined)[] = [];

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
    const uses = this.#uses;
    let any = false;
    for (let i = 0; i < series.length; i++) {
      const { pairs } = series[i] as Labels;
      // `__name__` sorts before every label that begins with a small letter.
      const name = pairs[0] === METRIC_NAME ? (pairs[1] as string) : (series[i] as Labels).metricName;
      const use = EVIDENCE_SERIES.get(name);
      uses[i] = use;
      if (use !== undefined) any = true;
    }
    if (!any) return;
    const latestMs = this.#deps.clock.now() + FUTURE_MAX_MS;
    for (let row = 0; row < seriesIndex.length; row++) {
      const index = seriesIndex[row] as number;
      const use = uses[index];
      if (use === undefined || (timestampMs[row] as number) > latestMs) continue;
      this.#take(use, series[index] as Labels, value[row] as number, timestampMs[row] as number);
    }
  }

  #take(use: SeriesUse, labels: Labels, value: number, atMs: number): void {
    switch (use.of) {
      case 'disk':
      case 'gpu':
      case 'queue':
      case 'agent':
        this.#takeShared(use, labels, value, atMs);
        return;
      case 'drift':
        this.#takeDrift(labels, value, atMs);
        return;
      default: {
        const watched = this.#cameraOf(labels);
        if (!watched) return;
        this.taken++;
        this.#takeCamera(use, watched, labels, value, atMs);
      }
    }
  }

  #takeCamera(use: SeriesUse, { evidence }: Watched, labels: Labels, value: number, atMs: number): void {
    switch (use.of) {
      case 'fact':
        if (use.fact === FACT.camera_up && labels.get('source') === OWN_SOURCE) return;
        evidence.setFact(use.fact, value, atMs, optional(labels, 'source'));
        return;
      case 'failure':
        evidence.setFailure(labels.get('reason').slice(0, TEXT_MAX), value, atMs);
        return;
      case 'picture': {
        const problem = labels.get('problem');
        if (isPictureProblem(problem))
          evidence.setFinding(problem, labels.get('source').slice(0, TEXT_MAX), value, atMs);
        return;
      }
      case 'info':
        evidence.setInfo(labels, value, atMs);
        return;
      case 'device':
        evidence.setDeviceEvent(labels.get('event').slice(0, TEXT_MAX), value, atMs);
        return;
      case 'detections':
        evidence.count('detections', labels.key, value, atMs);
        return;
      case 'motion':
        evidence.count('motions', labels.key, value, atMs);
    }
  }

  #takeShared(
    use: SeriesUse & { readonly of: 'disk' | 'gpu' | 'queue' | 'agent' },
    labels: Labels,
    value: number,
    atMs: number,
  ): void {
    const { shared } = this.#deps;
    if (use.of === 'agent') {
      this.taken++;
      shared.agent(labels.get('agent').slice(0, TEXT_MAX), labels.get('site'), value * 1_000, atMs);
      return;
    }
    const host = this.#hostOf(labels);
    if (host === undefined) return;
    this.taken++;
    if (use.of === 'disk') {
      const mount = labels.get('mount_point') || labels.get('mountpoint') || labels.get('storage');
      if (isRecordingMount(mount)) shared.disk(host, mount, use.part, value, atMs);
    } else if (use.of === 'gpu') {
      const gpu = labels.get('uuid') || labels.get('gpu') || labels.get('gpu_id') || labels.get('device_id');
      shared.gpu(host, gpu, use.part, value * use.scale, atMs);
    } else {
      shared.queue(host, labels.get('queue'), use.part, value, atMs);
    }
  }

  #takeDrift(labels: Labels, value: number, atMs: number): void {
    this.taken++;
    const watched = this.#cameraOf(labels);
    if (watched) {
      this.#deps.shared.drift(`camera ${watched.camera.id}`, value, atMs);
      watched.evidence.changed = true;
      return;
    }
    const model = labels.get('model_name') || labels.get('model');
    if (model !== '') this.#deps.shared.drift(model.slice(0, TEXT_MAX), value, atMs);
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

function optional(labels: Labels, name: string): string | undefined {
  const value = labels.get(name);
  return value === '' ? undefined : value;
}

/** Parts of a machine on which nobody records; a full one of them is another trouble. */
const SYSTEM_MOUNTS = ['/boot', '/run', '/snap', '/dev', '/sys', '/proc', '/etc', '/tmp'] as const;

function isRecordingMount(mount: string): boolean {
  return mount !== '' && !SYSTEM_MOUNTS.some((system) => mount === system || mount.startsWith(`${system}/`));
}
