import { MetricWriter } from '@vedette/wire/exposition';
import type { ProbeReport } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import type { Collector } from '../collector.ts';
import type { CameraMemory, RememberedCamera } from '../memory/camera-memory.ts';
import { ByteBudget } from './byte-budget.ts';
import { CameraPage } from './camera-page.ts';
import { CameraWatch, type PictureWatchFactory } from './camera-watch.ts';
import { DueHeap } from './due-heap.ts';
import { GRACE_MS } from './guarded-run.ts';
import { type Job, JobRunner } from './job-runner.ts';
import { PROBING_DEFAULTS, type ProbingOptions } from './options.ts';
import { type ProbePlan, planKey } from './plan.ts';
import type { Probes } from './probe-ports.ts';
import { type JobKind, SelfFigures } from './self-figures.ts';
import { SessionGroups } from './session-groups.ts';
import { shareOf, slotAfter } from './spread.ts';

export interface ProbingDeps {
  readonly clock: Clock;
  readonly probes: Probes;
  /** Judges pictures from reports and snapshots; absent: nothing is said about pictures. */
  readonly pictures?: PictureWatchFactory;
  /** What was learned before a restart; absent: everything is learned anew. */
  readonly memory?: CameraMemory;
}

/** Probes cameras on a schedule and tells what is known of them as a page, job `cameras`. */
export interface Probing extends Collector {
  readonly name: 'cameras';
  /** The cameras to probe from now on. Those that were there keep schedule and counters; PLANS_MAX are taken. */
  setPlans(plans: readonly ProbePlan[]): void;
  setOptions(options: ProbingOptions): void;
  /** Nothing is probed before. */
  start(): void;
  /** Ends running probes, so that cameras get their TEARDOWN; resolves when they ended or were left behind. */
  stop(): Promise<void>;
  /** The newest report of the camera, without its frames. */
  latest(cameraId: string): ProbeReport | undefined;
  /** Where its device is set to something else (over ONVIF) than probes measure, a sentence each. */
  differences(cameraId: string): readonly string[];
  /** What was learned of each camera and should survive a restart; made one by one while it is read. */
  learned(): IterableIterator<RememberedCamera>;
  /** Wall time of its next probe, milliseconds. */
  nextAt(cameraId: string): number | undefined;
}

/** Snapshots and ONVIF are beside the streams: what they wait for holds up no stream, and they are few. */
const BESIDE_LIMITS = { concurrency: 16, concurrencyPerRecorder: 2 };
/** More cameras than any machine with this process should probe. */
export const PLANS_MAX = 20_000;
/** First probes come faster than the schedule, so that a small fleet is known at once: one camera after the other, so far apart. */
const FIRST_SPACING_MS = 20;
/** A slot this close to the probe before it, in shares of the interval, is left out. */
const SLOT_SHARE_MIN = 0.25;

interface Entry {
  watch: CameraWatch;
  readonly jobs: Map<JobKind, ScheduledJob>;
  /** One at a time for each camera. */
  running: boolean;
  readonly waiting: ScheduledJob[];
  /** Aborted when the camera is not probed any more, or not like this. */
  readonly life: AbortController;
}

interface ScheduledJob extends Job {
  readonly entry: Entry;
  /** Monotonic time of the next run; the heap may hold older ones, which do not count. */
  dueMs: number;
  /** In the heap. */
  scheduled: boolean;
  group: string;
  failing: boolean;
  /** It confirms what the run before saw. */
  urgent: boolean;
}

const isGone = ({ life }: Entry): boolean => life.signal.aborted;

export function createProbing(deps: ProbingDeps, options: Partial<ProbingOptions> = {}): Probing {
  return new CameraProbing(deps, { ...PROBING_DEFAULTS, ...options });
}

class CameraProbing implements Probing {
  readonly name = 'cameras';
  readonly #deps: ProbingDeps;
  #options: ProbingOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #heap = new DueHeap<ScheduledJob>();
  readonly #groups: SessionGroups<ScheduledJob>;
  readonly #beside = new SessionGroups<ScheduledJob>(BESIDE_LIMITS);
  readonly #budget: ByteBudget;
  readonly #figures = new SelfFigures();
  readonly #page = new CameraPage();
  readonly #runner: JobRunner;
  readonly #running = new Map<ScheduledJob, Promise<void>>();
  /** Wall time less monotonic time when the schedule was laid out: steps of the wall clock do not move probes. */
  readonly #wallOffsetMs: number;
  #state: 'new' | 'started' | 'stopped' = 'new';
  #timer: Disposable | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(deps: ProbingDeps, options: ProbingOptions) {
    this.#deps = deps;
    this.#options = options;
    const nowMs = deps.clock.monotonicMs();
    this.#wallOffsetMs = deps.clock.now() - nowMs;
    this.#groups = new SessionGroups(options);
    this.#budget = new ByteBudget(options.bytesPerSecond, nowMs);
    this.#runner = new JobRunner(
      { ...deps, budget: this.#budget, figures: this.#figures, learned: (watch) => this.#learned(watch) },
      () => this.#options,
    );
  }

  setPlans(plans: readonly ProbePlan[]): void {
    const wanted = new Map<string, ProbePlan>();
    for (const plan of plans) {
      if (wanted.size >= PLANS_MAX) break;
      if (!wanted.has(plan.cameraId)) wanted.set(plan.cameraId, plan);
    }
    for (const [id, entry] of this.#entries) {
      if (wanted.has(id)) continue;
      this.#forget(entry);
      this.#entries.delete(id);
      this.#page.remove(id);
    }
    const fresh: Entry[] = [];
    for (const [id, plan] of wanted) {
      const entry = this.#entries.get(id);
      if (entry && entry.watch.key === planKey(plan)) {
        entry.watch.plan = plan;
        continue;
      }
      if (entry) this.#forget(entry);
      const watch = entry?.watch ?? new CameraWatch(plan, this.#deps.pictures, this.#deps.memory);
      if (entry) watch.replan(plan);
      const next = this.#entryOf(watch);
      this.#entries.set(id, next);
      fresh.push(next);
      this.#page.update(watch);
    }
    this.#figures.cameras = this.#entries.size;
    this.#figures.leftOut = Math.max(0, plans.length - PLANS_MAX);
    for (const groups of [this.#groups, this.#beside]) groups.drop(({ entry }) => isGone(entry));
    if (this.#state === 'started') this.#scheduleFirst(fresh);
    this.#arm();
  }

  setOptions(options: ProbingOptions): void {
    this.#options = options;
    this.#groups.limits = options;
    this.#budget.bytesPerSecond = options.bytesPerSecond;
    if (this.#state !== 'started') return;
    const nowMs = this.#now();
    for (const entry of this.#entries.values()) {
      for (const job of entry.jobs.values())
        if (job.scheduled) this.#schedule(job, Math.min(job.dueMs, this.#slot(job, nowMs)));
    }
    this.#dispatch();
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#scheduleFirst([...this.#entries.values()]);
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#timer?.[Symbol.dispose]();
    for (const entry of this.#entries.values()) this.#forget(entry);
    for (const groups of [this.#groups, this.#beside]) groups.drop(() => true);
    const { clock } = this.#deps;
    const left = new AbortController();
    await Promise.race([
      Promise.all(this.#running.values()),
      clock.sleep(GRACE_MS, left.signal).catch(() => undefined),
    ]);
    left.abort();
  }

  latest(cameraId: string): ProbeReport | undefined {
    return this.#entries.get(cameraId)?.watch.latest;
  }

  differences(cameraId: string): readonly string[] {
    return this.#entries.get(cameraId)?.watch.differences ?? [];
  }

  *learned(): IterableIterator<RememberedCamera> {
    for (const [cameraId, { watch }] of this.#entries) {
      const state = watch.state();
      if (state !== undefined) yield { cameraId, state };
    }
  }

  nextAt(cameraId: string): number | undefined {
    const job = this.#entries.get(cameraId)?.jobs.get('stream');
    if (job === undefined || this.#state !== 'started') return undefined;
    return Math.round(Math.max(job.dueMs, this.#now()) + this.#wallOffsetMs);
  }

  async collect(): Promise<string> {
    const own = new MetricWriter();
    this.#figures.running = this.#groups.running + this.#beside.running;
    this.#figures.waiting = this.#groups.waiting + this.#beside.waiting;
    this.#figures.write(own, this.#now());
    return this.#page.toString() + own.toString();
  }

  #entryOf(watch: CameraWatch): Entry {
    const entry: Entry = { watch, jobs: new Map(), running: false, waiting: [], life: new AbortController() };
    const { streams } = watch.plan;
    const { probes } = this.#deps;
    const add = (kind: JobKind): void => {
      const { signal: life } = entry.life;
      const job = {
        kind,
        watch,
        life,
        dueMs: 0,
        scheduled: false,
        group: watch.group,
        failing: false,
        urgent: false,
        entry,
      };
      entry.jobs.set(kind, job);
    };
    if (streams.main ?? streams.sub) add('stream');
    if (streams.snapshot && probes.snapshot) add('snapshot');
    if (streams.onvif && probes.onvif) add('onvif');
    return entry;
  }

  /** The entry's probes end and none follows. */
  #forget(entry: Entry): void {
    entry.life.abort(new Error('not wanted any more'));
  }

  #scheduleFirst(entries: readonly Entry[]): void {
    const nowMs = this.#now();
    const { intervalMs } = this.#options;
    const spanMs = Math.min(intervalMs, entries.length * FIRST_SPACING_MS);
    for (const { jobs, watch } of entries) {
      for (const job of jobs.values()) this.#schedule(job, nowMs + shareOf(`first ${watch.id}`) * spanMs);
    }
  }

  #schedule(job: ScheduledJob, dueMs: number): void {
    // Whole milliseconds: what is left of a fraction would be waited for again and again.
    job.dueMs = Math.ceil(dueMs);
    job.scheduled = true;
    this.#heap.add(job.dueMs, job);
  }

  /** The job's first regular slot after `afterMs`. */
  #slot(job: ScheduledJob, afterMs: number): number {
    const intervalMs = this.#intervalOf(job.kind);
    const offsetMs = shareOf(job.watch.id) * intervalMs;
    return slotAfter(afterMs + this.#wallOffsetMs, intervalMs, offsetMs) - this.#wallOffsetMs;
  }

  #intervalOf(kind: JobKind): number {
    const { intervalMs, snapshotIntervalMs, onvifIntervalMs } = this.#options;
    return kind === 'stream' ? intervalMs : kind === 'snapshot' ? snapshotIntervalMs : onvifIntervalMs;
  }

  /** One timer for all: for the soonest. */
  #arm(): void {
    const soonestMs = this.#heap.soonestMs;
    if (this.#state !== 'started' || soonestMs === undefined || soonestMs >= this.#timerMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerMs = soonestMs;
    this.#timer = this.#deps.clock.after(Math.max(0, soonestMs - this.#now()), () => this.#wake());
  }

  #wake(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#now();
    for (let taken = this.#heap.take(nowMs); taken; taken = this.#heap.take(nowMs)) {
      const { item: job, dueMs } = taken;
      // It was scheduled anew since, or is not wanted any more.
      if (!job.scheduled || job.dueMs !== dueMs || isGone(job.entry)) continue;
      job.scheduled = false;
      this.#queue(job);
    }
    this.#dispatch();
  }

  #queue(job: ScheduledJob): void {
    job.group = job.watch.group;
    job.failing = job.watch.failing;
    this.#groupsOf(job).add(job);
  }

  #dispatch(): void {
    for (const groups of [this.#groups, this.#beside]) {
      for (let job = groups.next(); job; job = groups.next()) {
        const { entry } = job;
        if (entry.running) {
          // Its place is another's until what runs there has ended.
          groups.done(job, undefined);
          entry.waiting.push(job);
        } else {
          entry.running = true;
          this.#running.set(job, this.#run(job));
        }
      }
    }
    this.#arm();
  }

  #groupsOf({ kind }: ScheduledJob): SessionGroups<ScheduledJob> {
    return kind === 'stream' ? this.#groups : this.#beside;
  }

  async #run(job: ScheduledJob): Promise<void> {
    const startedMs = this.#now();
    const { connected, againMs, begun } = await this.#runner.run(job, startedMs - job.dueMs);
    this.#running.delete(job);
    this.#groupsOf(job).done(job, connected);
    const { entry } = job;
    entry.running = false;
    if (this.#state === 'started' && !isGone(entry)) {
      const endedMs = this.#now();
      const slot = this.#slot(job, begun ? startedMs + SLOT_SHARE_MIN * this.#intervalOf(job.kind) : startedMs);
      const again = againMs === undefined ? Number.POSITIVE_INFINITY : endedMs + againMs;
      job.urgent = begun && again < slot;
      this.#schedule(job, begun ? Math.min(slot, again) : again);
      for (const waiting of entry.waiting.splice(0)) this.#queue(waiting);
    }
    this.#dispatch();
  }

  #learned(watch: CameraWatch): void {
    if (this.#entries.get(watch.id)?.watch === watch) this.#page.update(watch);
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }
}
