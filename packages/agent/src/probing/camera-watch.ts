import type { ProbeFailure } from '../camera/probe-failure.ts';
import type { ProbeReport } from '../camera/probe.ts';
import type { PictureFinding } from '../camera/picture.ts';
import { compareEncoder } from '../onvif/compare-encoder.ts';
import type { CameraMemory } from '../memory/camera-memory.ts';
import type { OnvifEvent } from '../onvif/onvif-report.ts';
import type { LowRatePicture } from '../picture/low-rate-picture.ts';
import type { PictureWatch } from '../picture/picture-watch-ports.ts';
import { CameraFigures } from './camera-figures.ts';
import { ExpectedRate } from './expected-rate.ts';
import { type Assignment, NextProbe } from './next-probe.ts';
import type { ProbingOptions } from './options.ts';
import { type ProbePlan, type StreamRole, planKey, sessionGroup } from './plan.ts';
import { SettledClock } from './settled-clock.ts';
import { type Suspicion, suspicionOf } from './suspicion.ts';

export type PictureWatchFactory = (options: { readonly cameraId: string; readonly state?: unknown }) => PictureWatch;

const STATE_VERSION = 1;
const ROLES: readonly StreamRole[] = ['main', 'sub'];

/** One camera that is probed: its plan, what is known of it, and what comes next. Knows no time but what it is told. */
export class CameraWatch {
  readonly id: string;
  readonly figures = new CameraFigures();
  plan: ProbePlan;
  key: string;
  group: string;
  /** Without its frames. */
  latest: ProbeReport | undefined;

  readonly #next: NextProbe;
  readonly #pictures: PictureWatchFactory | undefined;
  /** Sizes of the sub stream say nothing about those of the main one: each has its own baseline. */
  readonly #watches = new Map<StreamRole, PictureWatch>();
  /** Failures since the last success were all of the sub stream; the last one of them. */
  #subAlone: ProbeFailure | undefined;
  #oddSnapshots = 0;
  /** When the newest probe looked dark, and too little was known of its stream to say. */
  #darkAtMs: number | undefined;
  #isSubSlow = false;
  readonly #clock = new SettledClock();
  /** What each stream's own timestamps usually say: a sub stream is slower than the main one by its settings. */
  readonly #stamped = new Map<StreamRole, ExpectedRate>();
  /** Streams whose newest cheap probe saw a key frame. */
  readonly #keyed = new Set<StreamRole>();
  /** What the sub and the main stream read last, for the budget. */
  readonly #bytes = new Map<string, number>();

  readonly #memory: CameraMemory | undefined;
  #isRecalled = false;
  /** Of picture watches that are not there yet. */
  #pictureStates: Partial<Record<StreamRole, unknown>> = {};

  constructor(plan: ProbePlan, pictures: PictureWatchFactory | undefined, memory?: CameraMemory) {
    this.id = plan.cameraId;
    this.plan = plan;
    this.key = planKey(plan);
    this.group = sessionGroup(plan);
    this.#next = new NextProbe(plan.cameraId);
    this.#pictures = pictures;
    this.#memory = memory;
  }

  /** Known to be failing: confirmed, not a first failure. */
  get failing(): boolean {
    return this.figures.up === false;
  }

  /** Where the device is set to something else than it delivers, a sentence each. */
  get differences(): readonly string[] {
    const { encoder, passport, measure } = this.figures;
    return encoder === undefined ? [] : compareEncoder(encoder, { stream: passport, measured: measure });
  }

  /** The same camera as the inventory says it now; counters stay. */
  replan(plan: ProbePlan): void {
    this.plan = plan;
    this.key = planKey(plan);
    this.group = sessionGroup(plan);
    this.#bytes.clear();
    this.#stamped.clear();
    this.#keyed.clear();
    this.#subAlone = undefined;
  }

  /** What should survive a restart, for JSON; undefined while nothing was looked at. */
  state(): unknown {
    if (!this.#isRecalled) return undefined;
    const pictures = Object.fromEntries(
      ROLES.map((role) => [role, this.#watches.get(role)?.state() ?? this.#pictureStates[role]]),
    );
    return {
      version: STATE_VERSION,
      usual: this.figures.usual.state(),
      stamped: Object.fromEntries([...this.#stamped].map(([role, rate]) => [role, rate.state()])),
      parameterSets: this.figures.parameterSets(),
      pictures,
    };
  }

  /** Takes back what was learned before a restart, at the first look; until then it costs nothing. */
  #recall(): void {
    if (this.#isRecalled) return;
    this.#isRecalled = true;
    const state = this.#memory?.take(this.id);
    if (typeof state !== 'object' || state === null) return;
    const parts = state as Readonly<Record<string, unknown>>;
    if (parts['version'] !== STATE_VERSION) return;
    this.figures.usual.restore(parts['usual']);
    this.figures.restoreParameterSets(parts['parameterSets']);
    for (const role of ROLES) {
      this.#stampedOf(role).restore(partOf(parts['stamped'], role));
      const pictures = partOf(parts['pictures'], role);
      if (pictures !== undefined) this.#pictureStates[role] = pictures;
    }
  }

  assign(options: ProbingOptions): Assignment {
    this.#recall();
    const isTroubled = (role: StreamRole): boolean =>
      this.#watches
        .get(role)
        ?.findings()
        .some(({ source }) => source === 'packets') === true;
    const troubled = isTroubled('sub') ? 'sub' : isTroubled('main') ? 'main' : undefined;
    return this.#next.assign(this.plan, this.figures, options, troubled);
  }

  demoted(assignment: Assignment): Assignment {
    return this.#next.demoted(assignment);
  }

  /** What a probe like this one read last time. */
  expectedBytes({ role, mode }: Assignment, otherwise: number): number {
    return this.failing ? FAILING_BYTES : (this.#bytes.get(`${role} ${mode}`) ?? otherwise);
  }

  /** Takes in what a probe found; answers how much later to look again, undefined: at the usual time. */
  finish(assignment: Assignment, report: ProbeReport, options: ProbingOptions): number | undefined {
    const againMs = this.#finish(assignment, report, options);
    if (againMs === undefined) return undefined;
    // A full probe waits longer for a camera that is silent; trouble must not be known later because of it.
    return Math.max(Math.min(againMs, AGAIN_MIN_MS), againMs - Math.max(0, report.durationMs - options.timeoutMs));
  }

  #finish(assignment: Assignment, report: ProbeReport, options: ProbingOptions): number | undefined {
    const { figures } = this;
    const { role, mode } = assignment;
    const { frames: _frames, ...kept } = report;
    if (report.failure === undefined) this.#bytes.set(`${role} ${mode}`, report.bytesRead);
    if (assignment.trial && report.failure) {
      figures.count(report);
      figures.subFailure = report.failure;
      return this.#next.finished(
        assignment,
        { report, suspicion: undefined, recovered: false, isConfirmed: false },
        options,
      );
    }
    const measures = role === 'main' || this.plan.streams.main === undefined;
    const usualFps = this.#stampedFps(role, report);
    const findingsBefore = figures.findings.length;
    const before = {
      parameterSetChanges: figures.parameterSetChanges,
      expectedFps: (measures ? figures.expectedFps(this.plan) : undefined) ?? usualFps,
      sawKeyFrame: this.#keyed.has(role),
    };
    if (mode === 'cheap' && report.measured) this.#keyed[report.measured.keyFrames > 0 ? 'add' : 'delete'](role);
    const recovered = figures.consecutiveFailures > 0;
    this.latest = kept;
    const wasSub = role === 'main' && this.#subAlone !== undefined && this.plan.streams.sub !== undefined;
    figures.observe(report, { role, measures, failuresToDown: options.failuresToDown, reconnects: !wasSub });
    if (figures.parameterSetChanges > before.parameterSetChanges) this.#stamped.get(role)?.forget();
    this.#observePicture(role, report);
    this.#blameSub(role, report.failure, options);
    const pictures = this.#watches.get(role);
    const isConfirmed = figures.findings.length > findingsBefore;
    const isOther = role === 'main' && this.plan.streams.sub !== undefined && pictures?.undecided === true;
    const odd = pictures === undefined ? undefined : oddityOf(pictures, isOther);
    const suspicion = report.failure
      ? undefined
      : suspicionOf(report, this.plan, before, {
          figures,
          measures,
          odd,
          isOther,
          isClockOdd: this.#isClockOdd(report),
        });
    this.#learnFromRate(assignment, report, suspicion);
    return this.#next.finished(assignment, { report, suspicion, recovered, isConfirmed }, options);
  }

  /** A sub stream that became slower while the main one is as always was set so, or saves in the dark: it is learned anew. */
  #learnFromRate({ role, mode }: Assignment, { failure }: ProbeReport, suspicion: Suspicion | undefined): void {
    if (role === 'sub') this.#isSubSlow = suspicion === 'rate';
    else if (mode === 'full' && failure === undefined && suspicion !== 'rate' && this.#isSubSlow) {
      this.#isSubSlow = false;
      this.#stamped.get('sub')?.forget();
    }
  }

  /** A low-rate picture of the snapshot address. `odd`: another one soon will tell, a few times in a row at most. */
  observeSnapshot(picture: LowRatePicture, atMs: number): { readonly odd: boolean } {
    const watch = this.#watch(this.plan.streams.main ? 'main' : 'sub');
    if (watch === undefined) return { odd: false };
    watch.observePicture(picture, atMs);
    this.#collectFindings();
    this.figures.luma = watch.luma;
    this.figures.sharpness = watch.sharpness;
    this.#oddSnapshots = watch.suspicious ? this.#oddSnapshots + 1 : 0;
    return { odd: this.#oddSnapshots > 0 && this.#oddSnapshots <= ODD_SNAPSHOTS_MAX };
  }

  /** What the device says of its picture and of itself. */
  observeEvent(event: OnvifEvent): void {
    this.figures.observeEvent(event.event, event.active ?? true);
    this.#watch(this.plan.streams.main ? 'main' : 'sub')?.observeEvent(event);
    this.#collectFindings();
  }

  #isClockOdd({ measured }: ProbeReport): boolean {
    const offset = measured?.clockOffsetSeconds;
    // Segments tell the time to a second or two at best.
    return offset !== undefined && measured?.hls === undefined && this.#clock.observe(offset);
  }

  #stampedOf(role: StreamRole): ExpectedRate {
    let usual = this.#stamped.get(role);
    if (usual === undefined) {
      usual = new ExpectedRate();
      this.#stamped.set(role, usual);
    }
    return usual;
  }

  /** What the stream's timestamps said until now, else what it declares; takes in what they say now. */
  #stampedFps(role: StreamRole, { measured, stream, failure }: ProbeReport): number | undefined {
    const usual = this.#stampedOf(role);
    const before = usual.framesPerSecond;
    const stamped = measured?.stampedFps;
    if (failure === undefined && stamped !== undefined) usual.observe(stamped);
    return before ?? stream?.declaredFps;
  }

  #observePicture(role: StreamRole, report: ProbeReport): void {
    const watch = this.#watch(role);
    if (watch === undefined) return;
    const { startedAtMs } = report;
    watch.observeReport(report, this.#darkAtMs);
    this.#darkAtMs = watch.undecided && report.failure === undefined ? startedAtMs : undefined;
    this.#collectFindings();
  }

  #collectFindings(): void {
    const found = new Map<string, PictureFinding>();
    for (const watch of this.#watches.values()) {
      for (const finding of watch.findings()) {
        const key = `${finding.problem} ${finding.source}`;
        const other = found.get(key);
        if (other === undefined || finding.sinceMs < other.sinceMs) found.set(key, finding);
      }
    }
    this.figures.findings = [...found.values()];
  }

  #watch(role: StreamRole): PictureWatch | undefined {
    this.#recall();
    let watch = this.#watches.get(role);
    if (watch === undefined && this.#pictures) {
      watch = this.#pictures({ cameraId: this.id, state: this.#pictureStates[role] });
      this.#watches.set(role, watch);
      this.#pictureStates[role] = undefined;
    }
    return watch;
  }

  /** A sub stream that fails while the main one works is the inventory's error or the camera's setting, not an outage. */
  #blameSub(role: StreamRole, failure: ProbeFailure | undefined, options: ProbingOptions): void {
    const { figures } = this;
    if (failure) {
      this.#subAlone = role === 'sub' && (figures.consecutiveFailures === 1 || this.#subAlone) ? failure : undefined;
      return;
    }
    if (role === 'sub') figures.subFailure = undefined;
    else if (this.#subAlone && this.plan.streams.sub) {
      this.#next.avoidSub(options);
      figures.subFailure = this.#subAlone;
    }
    this.#subAlone = undefined;
  }
}

function partOf(state: unknown, role: StreamRole): unknown {
  return typeof state === 'object' && state !== null ? (state as Readonly<Record<string, unknown>>)[role] : undefined;
}

function oddityOf(pictures: PictureWatch, isOther: boolean): 'picture' | 'dark' | undefined {
  if (pictures.suspicious) return pictures.needsWindow ? 'picture' : 'dark';
  return pictures.undecided && !isOther ? 'dark' : undefined;
}

const AGAIN_MIN_MS = 1_000;
/** Snapshots that follow an odd one soon; after them the usual time is soon enough. */
const ODD_SNAPSHOTS_MAX = 6;
/** A connection and a refusal. */
const FAILING_BYTES = 2_048;
