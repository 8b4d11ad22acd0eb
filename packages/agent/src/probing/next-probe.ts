import type { ProbeMode, ProbeReport } from '../camera/probe.ts';
import type { CameraFigures } from './camera-figures.ts';
import type { ProbingOptions } from './options.ts';
import type { ProbePlan, StreamRole } from './plan.ts';
import type { Suspicion } from './suspicion.ts';
import { hashOf } from './spread.ts';

/** What the next probe of a camera is to be. */
export interface Assignment {
  readonly role: StreamRole;
  readonly mode: ProbeMode;
  readonly windowMs: number;
  /** The sub stream failed while the main one worked; whether it works again says nothing about the camera. */
  readonly trial: boolean;
}

/** A window this much longer than the interval between key frames sees two. */
const KEYFRAMES_PER_WINDOW = 2.5;
/** Longer ones are not waited for. */
const WINDOW_MAX_MS = 45_000;
/** What watches pictures wants two looks so far apart, from begin to begin; a little more, since clocks count in whole milliseconds. */
const PICTURES_APART_MS = 10_100;

/**
 * Decides from probe to probe: cheap on the sub stream as a rule, full on the main one every n-th time and when something is odd, soon
 * again after anything new.
 */
export class NextProbe {
  #sinceFull: number;
  #probed = false;
  /** The next one confirms what was just seen: by the main stream's address, measured in full, or by another look at the same stream. */
  #wanted: 'main' | 'full' | 'look' | undefined;
  /** Of the stream in whose picture something is odd: another stream's sizes say nothing about it. */
  #wantedOf: StreamRole | undefined;
  #rechecks = 0;
  /** What was confirmed already: it is not looked at again every time. */
  readonly #known = new Set<Suspicion | 'failure'>();
  /** Cheap probes until the sub stream is tried again; undefined: it works. */
  #subRest: number | undefined;
  /** Of the last full probe of the main stream: no two key frames in its window. */
  #longInterval = false;

  constructor(cameraId: string) {
    // Full probes of many cameras must not fall on the same minute.
    this.#sinceFull = hashOf(`full ${cameraId}`);
  }

  /** `troubled`: a stream in whose picture something is wrong; only its own probes can say that it is over. */
  assign(
    { streams }: ProbePlan,
    figures: CameraFigures,
    options: ProbingOptions,
    troubled: StreamRole | undefined,
  ): Assignment {
    const main: StreamRole = streams.main === undefined ? 'sub' : 'main';
    if (!this.#probed) {
      this.#sinceFull %= options.fullEvery;
      // The first one of the main stream: it tells what the stream is.
      return { role: main, mode: 'cheap', windowMs: options.windowMs, trial: false };
    }
    const every = this.#known.size === 0 ? options.fullEvery : Math.ceil(options.fullEvery / 3);
    const full = this.#wanted === 'full' || (this.#wanted === undefined && this.#sinceFull + 1 >= every);
    if (full) {
      const role = this.#wanted === 'full' && streams.sub !== undefined ? (this.#wantedOf ?? main) : main;
      return { role, mode: 'full', windowMs: this.#window(figures, options), trial: false };
    }
    if (this.#wanted === 'look' && this.#wantedOf !== undefined && streams[this.#wantedOf] !== undefined)
      return { role: this.#wantedOf, mode: 'cheap', windowMs: options.windowMs, trial: false };
    const trial = this.#subRest === 0;
    const isSubFine = this.#wanted === undefined && (this.#subRest === undefined || trial) && troubled !== 'main';
    const useSub = streams.sub !== undefined && isSubFine;
    return { role: useSub ? 'sub' : main, mode: 'cheap', windowMs: options.windowMs, trial: trial && useSub };
  }

  /** The budget did not allow the full probe that was due; it is due still. */
  demoted({ role }: Assignment): Assignment {
    return { role, mode: 'cheap', windowMs: 0, trial: false };
  }

  /**
   * After a probe; answers how much later to look again, undefined: at the usual time. `suspicion` names what is odd about a success,
   * `recovered`: the camera had failed before.
   */
  finished(
    assignment: Assignment,
    outcome: {
      readonly report: ProbeReport;
      readonly suspicion: Suspicion | undefined;
      readonly recovered: boolean;
      /** What was suspected of the picture is certain now. */
      readonly isConfirmed: boolean;
    },
    options: ProbingOptions,
  ): number | undefined {
    const { report, suspicion, recovered, isConfirmed } = outcome;
    this.#probed = true;
    this.#sinceFull = assignment.mode === 'full' ? 0 : this.#sinceFull + 1;
    this.#subRests(assignment, report, options);
    const isOfStream = suspicion === 'picture' || suspicion === 'dark';
    this.#wantedOf = isOfStream ? assignment.role : suspicion === 'unknown_picture' ? 'sub' : undefined;
    if (assignment.mode === 'full' && report.measured)
      this.#longInterval = report.failure === undefined && report.measured.keyFrames < 2;
    if (assignment.trial && report.failure) {
      this.#wanted = 'main';
      return options.recheckMs[0];
    }
    const odd = report.failure === undefined ? suspicion : 'failure';
    const hadFailed = report.failure === undefined && this.#known.delete('failure');
    if (odd === undefined) {
      const again = recovered ? options.recheckMs[0] : undefined;
      // What was odd is over: a full probe says what the stream is like now.
      this.#wanted = again === undefined ? undefined : 'full';
      this.#rechecks = 0;
      // A cheap probe shows that a stream is there again, not that it is as it should be.
      if (assignment.mode === 'full' || hadFailed) this.#known.clear();
      return again;
    }
    const again = this.#known.has(odd) || isConfirmed ? undefined : againMs(odd, report, this.#rechecks, options);
    if (again === undefined) {
      this.#known.add(odd);
      this.#rechecks = 0;
      this.#wanted = undefined;
      return undefined;
    }
    this.#rechecks++;
    // A stream that does not come is not measured longer; it is asked for by its main address.
    const isLook = odd === 'dark' || odd === 'unknown_picture';
    this.#wanted = odd === 'failure' ? 'main' : isLook ? 'look' : 'full';
    return again;
  }

  /** The sub stream failed and the main one works: it is left alone for a while. */
  avoidSub(options: ProbingOptions): void {
    this.#subRest = options.fullEvery;
  }

  #subRests(assignment: Assignment, report: ProbeReport, options: ProbingOptions): void {
    if (this.#subRest === undefined) return;
    if (assignment.trial) this.#subRest = report.failure === undefined ? undefined : options.fullEvery;
    else if (this.#subRest > 0) this.#subRest--;
  }

  #window(figures: CameraFigures, { windowMs }: ProbingOptions): number {
    if (this.#longInterval) return Math.max(windowMs, WINDOW_MAX_MS);
    const needed = (figures.keyframeIntervalSeconds ?? 0) * 1_000 * KEYFRAMES_PER_WINDOW;
    return Math.max(windowMs, Math.min(WINDOW_MAX_MS, needed));
  }
}

/** How long after this probe the one follows that confirms it; undefined: there were as many as there may be. */
function againMs(
  odd: Suspicion | 'failure',
  { durationMs }: ProbeReport,
  rechecks: number,
  { recheckMs }: ProbingOptions,
): number | undefined {
  const inTurn = recheckMs[rechecks];
  if (inTurn === undefined || odd === 'failure') return inTurn;
  // A full probe takes its window besides; no longer pause is needed between two.
  const first = recheckMs[0] as number;
  const isPicture = odd === 'picture' || odd === 'dark' || odd === 'unknown_picture';
  return isPicture ? Math.max(first, PICTURES_APART_MS - durationMs) : first;
}
