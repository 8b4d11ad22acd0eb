import type { Clock } from '../clock.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { CameraWatch } from './camera-watch.ts';
import { DeviceEvents } from './device-events.ts';
import { guardedRun } from './guarded-run.ts';
import type { Assignment } from './next-probe.ts';
import { observeOnvif, onvifTarget, runOnvif } from './onvif-run.ts';
import type { ProbingOptions } from './options.ts';
import type { Probes } from './probe-ports.ts';
import type { JobKind, SelfFigures } from './self-figures.ts';
import { connected, runStreamProbe } from './stream-run.ts';

export interface Job {
  readonly kind: JobKind;
  readonly watch: CameraWatch;
  /** Aborts when the camera is not probed any more. */
  readonly life: AbortSignal;
}

export interface JobRunnerDeps {
  readonly clock: Clock;
  readonly probes: Probes;
  readonly budget: ByteBudget;
  readonly figures: SelfFigures;
  /** Something is known of the camera that was not before. */
  readonly learned: (watch: CameraWatch) => void;
}

export interface JobResult {
  /** Whether a connection came to be; undefined: it was not tried. */
  readonly connected: boolean | undefined;
  /** So much later again, instead of at the usual time. */
  readonly againMs: number | undefined;
  /** False: the budget did not allow it; it is to be tried `againMs` later. */
  readonly begun: boolean;
}

/** Taken from the budget for a probe that was never made before: a key frame of a main stream; ten seconds of 4 Mbit/s. */
const CHEAP_BYTES = 256 * 1024;
const FULL_BYTES = 5 * 1024 * 1024;
const SNAPSHOT_BYTES = 256 * 1024;
/** A budget that is a little short is not asked again at once. */
const BUDGET_WAIT_MIN_MS = 250;

const STOPPED: JobResult = { connected: undefined, againMs: undefined, begun: true };

/** Runs one job of one camera, and tells its watch what came of it. */
export class JobRunner {
  readonly #deps: JobRunnerDeps;
  readonly #options: () => ProbingOptions;
  readonly #events: DeviceEvents;

  constructor(deps: JobRunnerDeps, options: () => ProbingOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#events = new DeviceEvents(deps);
  }

  /** `lateMs`: how long after its time it begins. */
  run(job: Job, lateMs: number): Promise<JobResult> {
    if (job.kind === 'stream') return this.#stream(job, lateMs);
    return job.kind === 'snapshot' ? this.#snapshot(job) : this.#onvif(job);
  }

  async #stream({ watch, life }: Job, lateMs: number): Promise<JobResult> {
    const { clock, probes, budget, figures } = this.#deps;
    const options = this.#options();
    const startedMs = clock.monotonicMs();
    const granted = this.#grant(watch, startedMs);
    if ('waitMs' in granted) return { connected: undefined, againMs: granted.waitMs, begun: false };
    const { assignment, bytes } = granted;
    figures.began(Math.max(0, lateMs), startedMs);
    const run = await runStreamProbe(clock, probes, watch.plan, assignment, options, life);
    const endedMs = clock.monotonicMs();
    budget.settle(bytes, run?.report.bytesRead ?? 0, endedMs);
    if (run === undefined) return STOPPED;
    const { report, abandoned } = run;
    if (abandoned) figures.abandoned++;
    figures.bytes += report.bytesRead;
    figures.ended('stream', assignment.mode, report.failure?.reason ?? 'success', (endedMs - startedMs) / 1_000);
    if (life.aborted) return STOPPED;
    const againMs = watch.finish(assignment, report, options);
    this.#deps.learned(watch);
    return { connected: connected(report.failure), againMs, begun: true };
  }

  /** What the budget allows: what is due, else a cheap probe, else a time to wait. */
  #grant(
    watch: CameraWatch,
    nowMs: number,
  ): { readonly assignment: Assignment; readonly bytes: number } | { readonly waitMs: number } {
    const { budget, figures } = this.#deps;
    const due = watch.assign(this.#options());
    const bytesOf = (one: Assignment): number =>
      watch.expectedBytes(one, one.mode === 'full' ? FULL_BYTES : CHEAP_BYTES);
    if (budget.take(bytesOf(due), nowMs)) return { assignment: due, bytes: bytesOf(due) };
    figures.skippedByBudget(due.mode);
    const cheap = due.mode === 'full' ? watch.demoted(due) : undefined;
    if (cheap && budget.take(bytesOf(cheap), nowMs)) return { assignment: cheap, bytes: bytesOf(cheap) };
    if (cheap) figures.skippedByBudget('cheap');
    return { waitMs: Math.max(BUDGET_WAIT_MIN_MS, budget.waitMs(bytesOf(cheap ?? due), nowMs)) };
  }

  async #snapshot({ watch, life }: Job): Promise<JobResult> {
    const { clock, probes, budget, figures } = this.#deps;
    const { plan } = watch;
    const stream = plan.streams.snapshot;
    if (stream === undefined || probes.snapshot === undefined) return STOPPED;
    const reader = probes.snapshot;
    const startedMs = clock.monotonicMs();
    if (!budget.take(SNAPSHOT_BYTES, startedMs)) {
      const waitMs = Math.max(BUDGET_WAIT_MIN_MS, budget.waitMs(SNAPSHOT_BYTES, startedMs));
      return { connected: undefined, againMs: waitMs, begun: false };
    }
    const { timeoutMs, recheckMs } = this.#options();
    const outcome = await guardedRun(clock, timeoutMs + 1_000, life, async (signal) => {
      const credentials = plan.credentials?.('snapshot');
      const target = { cameraId: plan.cameraId, url: stream.url, timeoutMs };
      const insecure = stream.insecureTls === undefined ? {} : { insecureTls: stream.insecureTls };
      return reader.read({ ...target, ...insecure, ...(credentials === undefined ? {} : { credentials }) }, signal);
    });
    if (outcome.kind === 'stopped') return STOPPED;
    if (outcome.kind === 'abandoned') figures.abandoned++;
    const answer = outcome.kind === 'value' ? outcome.value : undefined;
    const reason = answer === undefined ? 'error' : (answer.failure?.reason ?? 'success');
    figures.ended('snapshot', '', reason, (clock.monotonicMs() - startedMs) / 1_000);
    let againMs: number | undefined;
    if (answer?.picture) {
      const { odd } = watch.observeSnapshot(answer.picture, answer.atMs);
      if (odd) againMs = recheckMs[0];
    }
    this.#deps.learned(watch);
    return { connected: answer && (answer.failure ? connected(answer.failure) : true), againMs, begun: true };
  }

  async #onvif({ watch, life }: Job): Promise<JobResult> {
    const { clock, probes, figures } = this.#deps;
    if (probes.onvif === undefined) return STOPPED;
    const { timeoutMs, onvifIntervalMs } = this.#options();
    const startedMs = clock.monotonicMs();
    const { onvif } = probes;
    let reason = 'error';
    let connection: boolean | undefined;
    try {
      const target = onvifTarget(watch.plan, timeoutMs);
      if (target === undefined) return STOPPED;
      const run = await runOnvif(clock, onvif, target, life);
      if (run.kind === 'stopped') return STOPPED;
      if (run.kind === 'abandoned') figures.abandoned++;
      if (run.kind === 'value') {
        const { failure, bytesRead } = run.value;
        observeOnvif(watch.figures, run.value);
        figures.bytes += bytesRead;
        reason = failure?.reason ?? 'success';
        connection = connected(failure);
        if (failure === undefined) this.#events.listen(watch, onvif, target, onvifIntervalMs, life);
      } else {
        watch.figures.onvifSuccess = false;
      }
    } catch {
      // The credentials cannot be read; the stream's own probe says why.
      reason = 'no_credentials';
      watch.figures.onvifSuccess = false;
    }
    figures.ended('onvif', '', reason, (clock.monotonicMs() - startedMs) / 1_000);
    this.#deps.learned(watch);
    return { connected: connection, againMs: undefined, begun: true };
  }
}
