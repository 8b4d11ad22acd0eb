import type { PictureFinding } from '../camera/picture.ts';
import type { FrameColumns, ProbeReport } from '../camera/probe.ts';
import { HourlyBaseline, medianOf } from './hourly-baseline.ts';
import { KeyFrameVariety } from './key-frame-variety.ts';
import { LastingSamples } from './lasting-samples.ts';
import {
  count,
  isBlack,
  keyFrames,
  mayStandStill,
  median,
  sameWithin,
  sizeAsSettings,
  skipBytes,
} from './packet-signs.ts';
import { Presence } from './presence.ts';

const MINUTE_MS = 60_000;
/** Key frames of less than this part of what the hour is used to: a black picture has one to five hundredths, fog a half. */
const COLLAPSE = 0.25;
/** Before the hour is known, of what the last probes saw: no dusk falls so fast. */
const RECENT_MAX = 6;
/** Fewer have no middle that one odd probe cannot move. */
const RECENT_MIN = 3;
const RECENT_MS = 30 * MINUTE_MS;
/** Looks in a row, of which none could say for sure, after which it is sure. */
const UNDECIDED_LOOKS_MAX = 3;
/** Bit rates are measured by full probes, which are seldom. */
const RECENT_BITS_MS = 2 * 60 * MINUTE_MS;
/** Once collapsed, it is until so much of the old size is back. */
const STILL_LOW = 0.5;
/** Darkness that lasts so long is what some hours are like (an office without people): it is known next time, and stays reported this time. */
const LASTING_MS = 3 * 60 * MINUTE_MS;
const BITS_COLLAPSE = 0.3;
const COLLAPSE_SPREADS = 4;
/** Of the hour's usual size: a scene that never moves has small frames when all is well. */
const SKIP_OF_USUAL = 0.15;
const INTER_FRAMES_MIN = 5;
/** A bit rate that stays low for a day is the new usual: somebody set it so. */
const ADOPT_MS = 24 * 60 * MINUTE_MS;
const LOG_SPREAD_MIN = 0.08;

/** What the sizes and hashes of packets say about a picture that nobody decodes. */
export class PacketWatch {
  readonly #key = new HourlyBaseline(LOG_SPREAD_MIN);
  readonly #inter = new HourlyBaseline(LOG_SPREAD_MIN);
  readonly #bits = new HourlyBaseline(LOG_SPREAD_MIN);
  readonly #frozen = new Presence('frozen', 'packets', { onset: 2, onsetMs: 10_000, clear: 2, clearMs: 10_000 });
  readonly #dark = new Presence('dark', 'packets', { onset: 2, onsetMs: 10_000, clear: 2, clearMs: 10_000 });
  readonly #collapse = new Presence('bitrate_collapse', 'packets', {
    onset: 3,
    onsetMs: 2 * MINUTE_MS,
    clear: 2,
    clearMs: 30_000,
  });
  /** Of the probes before the present one, as logarithms. */
  #before: number | undefined;
  #bitsBefore: number | undefined;
  #recentBits: { readonly atMs: number; readonly log: number }[] = [];
  /** Bit rate of before it collapsed, as a logarithm. */
  #usualBits: number | undefined;
  /** The last report's key frames: hash and size of each. */
  #last: { readonly keys: ReadonlySet<string>; readonly atMs: number } | undefined;
  /** Reports in a row with the key frames of the one before. */
  #repeats = 0;
  readonly #variety = new KeyFrameVariety();
  /** The newest report may be a picture that stands still; a window will tell. */
  #maybeStill = false;
  /** It looks dark, and too little is known of this stream to say. */
  get undecided(): boolean {
    return this.#undecided.looks > 0;
  }
  /** Looks in a row that were so, and when the first of them was. */
  #undecided = { looks: 0, fromMs: 0 };
  /** Frozen by the size of what is between key frames, although key frames differ. */
  #byStillness = false;
  /** Key-frame size of before it became dark, as a logarithm. */
  #bright: number | undefined;
  /** Key-frame sizes of the last half hour, newest last. */
  #recent: { readonly atMs: number; readonly log: number }[] = [];
  readonly #lastingDark = new LastingSamples(LASTING_MS);
  #segment: number | undefined;
  #parameterSets: string | undefined;
  #codec: string | undefined;
  settingsChanges = 0;
  settingsChangedAtMs: number | undefined;

  /**
   * A report of a stream that came; `localMs` is the site's time. `darkAtMs`: another stream of the same camera looked dark then, with too
   * little known of it to say; where this one is dark, too, that was the first observation.
   */
  observe(report: ProbeReport, atMs: number, localMs: number, darkAtMs?: number): void {
    const { frames } = report;
    if (report.failure !== undefined || frames === undefined || frames.bytes.length === 0) return;
    this.#settings(report, atMs);
    // Two probes within one HLS segment have seen one thing.
    const segment = report.measured?.hls?.segmentSequence;
    if (segment !== undefined && segment === this.#segment) return;
    this.#segment = segment;
    const keyBytes = median(frames, 1);
    const interBytes = count(frames, 0) >= INTER_FRAMES_MIN ? median(frames, 0) : undefined;
    const keyLog = keyBytes === undefined ? undefined : Math.log(Math.max(1, keyBytes));
    const interLog = interBytes === undefined ? undefined : Math.log(Math.max(1, interBytes));
    const bits = report.mode === 'full' ? report.measured?.bitsPerSecond : undefined;
    const bitsLog = bits === undefined ? undefined : Math.log(Math.max(1, bits));

    this.#observeDark(keyLog, isBlack(report, keyBytes, interBytes), atMs, localMs, darkAtMs);
    this.#observeFrozen(report, frames, interLog, atMs, localMs);
    this.#observeBits(bitsLog, atMs, localMs);
    this.#learn(keyLog, interLog, bitsLog, atMs, localMs);
  }

  /** Worth a full look soon. */
  get suspicious(): boolean {
    return (
      this.#maybeStill || this.#repeats > 0 || [this.#frozen, this.#dark, this.#collapse].some((each) => each.suspected)
    );
  }

  /** Of what is suspicious: a short look would not tell. */
  get needsWindow(): boolean {
    return this.#maybeStill || this.#repeats > 0 || this.#frozen.suspected || this.#collapse.suspected;
  }

  findings(): readonly PictureFinding[] {
    return [this.#frozen, this.#dark, this.#collapse].flatMap((each) => each.finding() ?? []);
  }

  state(): object {
    return {
      key: this.#key.state(),
      inter: this.#inter.state(),
      bits: this.#bits.state(),
      frozen: this.#frozen.state(),
      dark: this.#dark.state(),
      collapse: this.#collapse.state(),
      parameterSets: this.#parameterSets,
      codec: this.#codec,
      bright: this.#bright,
      usualBits: this.#usualBits,
      settingsChanges: this.settingsChanges,
      settingsChangedAtMs: this.settingsChangedAtMs,
    };
  }

  restore(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    const parts = state as Readonly<Record<string, unknown>>;
    this.#key.restore(parts['key']);
    this.#inter.restore(parts['inter']);
    this.#bits.restore(parts['bits']);
    this.#frozen.restore(parts['frozen']);
    this.#dark.restore(parts['dark']);
    this.#collapse.restore(parts['collapse']);
    if (typeof parts['parameterSets'] === 'string') this.#parameterSets = parts['parameterSets'];
    if (typeof parts['codec'] === 'string') this.#codec = parts['codec'];
    if (Number.isFinite(parts['usualBits'])) this.#usualBits = parts['usualBits'] as number;
    if (Number.isFinite(parts['bright'])) this.#bright = parts['bright'] as number;
    if (Number.isFinite(parts['settingsChanges'])) this.settingsChanges = parts['settingsChanges'] as number;
    if (Number.isFinite(parts['settingsChangedAtMs']))
      this.settingsChangedAtMs = parts['settingsChangedAtMs'] as number;
  }

  /** New parameter sets: sizes from before mean nothing any more. */
  #settings(report: ProbeReport, atMs: number): void {
    const sets = report.stream?.parameterSets ?? sizeAsSettings(report);
    const codec = report.stream?.codec;
    const changed =
      (sets !== undefined && this.#parameterSets !== undefined && sets !== this.#parameterSets) ||
      (codec !== undefined && this.#codec !== undefined && codec !== this.#codec);
    this.#parameterSets = sets ?? this.#parameterSets;
    this.#codec = codec ?? this.#codec;
    if (!changed) return;
    this.settingsChanges++;
    this.settingsChangedAtMs = atMs;
    for (const baseline of [this.#key, this.#inter, this.#bits]) baseline.forget();
    for (const presence of [this.#frozen, this.#dark, this.#collapse]) presence.forget();
    this.#recent = [];
    this.#recentBits = [];
    this.#last = undefined;
    this.#repeats = 0;
    this.#maybeStill = false;
    this.#undecided = { looks: 0, fromMs: 0 };
    this.#variety.forget();
  }

  #observeFrozen(
    report: ProbeReport,
    frames: FrameColumns,
    interLog: number | undefined,
    atMs: number,
    localMs: number,
  ): void {
    const keys = keyFrames(frames);
    const repeated = this.#last !== undefined && keys.length > 0 && keys.every((key) => this.#last?.keys.has(key));
    const before = this.#last;
    this.#last = { keys: new Set(keys), atMs };
    this.#repeats = repeated ? this.#repeats + 1 : 0;
    if (!repeated) this.#variety.add(keys);
    const wasMaybeStill = this.#maybeStill;
    this.#maybeStill = false;
    // A black picture has nothing in it that could change.
    if (this.#dark.suspected) return;
    const interBytes = interLog === undefined ? undefined : Math.exp(interLog);
    const usual = this.#inter.around(localMs);
    const usualBytes = usual === undefined ? undefined : Math.exp(usual.lowest);
    const still =
      interBytes !== undefined &&
      usualBytes !== undefined &&
      interBytes <= skipBytes(report) &&
      interBytes < usualBytes * SKIP_OF_USUAL;
    const same = sameWithin(report, frames, keys);
    this.#maybeStill = report.mode === 'cheap' && mayStandStill(report, keys, interBytes, usualBytes);
    const impression = { value: interBytes ?? 0, baseline: usualBytes ?? 0 };
    if (still || same === true) {
      // The same key frame was seen by the probe before: that is another observation, of that time.
      if (repeated && before !== undefined) this.#frozen.observe({ bad: true, ...impression }, before.atMs);
      this.#frozen.observe({ bad: true, ...impression }, atMs);
      this.#byStillness = still && !repeated;
      return;
    }
    // The same key frame as before, of a camera whose key frames never came twice; another segment was encoded anew.
    const isNews = this.#variety.never || (report.measured?.hls?.segmentSequence !== undefined && !this.#variety.again);
    if (repeated && same !== false && isNews) {
      if (wasMaybeStill && before !== undefined) this.#frozen.observe({ bad: true, ...impression }, before.atMs);
      this.#frozen.observe({ bad: true, ...impression }, atMs);
      this.#byStillness = false;
      return;
    }
    // A key frame that differs from the last is live, unless it is known that only a clock in the picture moves.
    const alive = interBytes !== undefined || same === false || (keys.length > 0 && !repeated && !this.#byStillness);
    this.#frozen.observe({ bad: alive ? false : undefined, ...impression }, atMs);
  }

  /** `isVoid`: there is nothing in the picture, whatever the camera usually shows. */
  #observeDark(
    keyLog: number | undefined,
    isVoid: boolean,
    atMs: number,
    localMs: number,
    darkAtMs: number | undefined,
  ): void {
    if (keyLog === undefined) return;
    const usual = this.#key.around(localMs);
    // What it was like before is kept from the first odd probe on.
    if (!this.#dark.suspected) this.#before = recentMedian(this.#recent, atMs, RECENT_MS);
    const recentLog = this.#before;
    let bad: boolean | undefined;
    let sudden = false;
    let isUndecided = false;
    if (this.#dark.present) bad = this.#bright === undefined ? isVoid : keyLog < this.#bright + Math.log(STILL_LOW);
    else {
      const below = (than: number | undefined): boolean => than !== undefined && keyLog < than + Math.log(COLLAPSE);
      sudden = below(recentLog);
      // Some days of this hour are dark (Sunday in an office), and today was not until now.
      if (usual?.mature) bad = below(usual.lowest) || (sudden && below(this.#key.around(localMs, 2)?.lowestMedian));
      else if (recentLog !== undefined) bad = sudden && (usual === undefined || below(usual.lowest));
      // Nothing is known of the last half hour: what shows nothing at all is dark unless this hour is known to be.
      else if (isVoid) bad = usual === undefined || below(usual.lowest);
      else isUndecided = below(usual?.lowest);
    }
    const { looks, fromMs } = this.#undecided;
    this.#undecided = isUndecided ? { looks: looks + 1, fromMs: looks === 0 ? atMs : fromMs } : { looks: 0, fromMs: 0 };
    if (this.#undecided.looks >= UNDECIDED_LOOKS_MAX) bad = this.#outvotes();
    if (!this.#dark.suspected) this.#bright = sudden || !usual?.mature ? (recentLog ?? usual?.lowest) : usual.lowest;
    const baseline = this.#bright === undefined ? 0 : Math.exp(this.#bright);
    const impression = { bad, value: Math.exp(keyLog), baseline };
    const before = this.undecided ? this.#undecided.fromMs : darkAtMs;
    if (bad === true && !this.#dark.suspected && before !== undefined) this.#dark.observe(impression, before);
    this.#dark.observe(impression, atMs);
    if (this.#dark.present) this.#undecided = { looks: 0, fromMs: 0 };
  }

  /** So many looks were against what was known: whether they are right about the picture. Where one look was known, that was the odd one. */
  #outvotes(): boolean | undefined {
    if (Math.max(this.#recent.length, this.#key.samples) > 1) return true;
    this.#key.forget();
    this.#recent = [];
    this.#undecided = { looks: 0, fromMs: 0 };
    return undefined;
  }

  #observeBits(bitsLog: number | undefined, atMs: number, localMs: number): void {
    if (bitsLog === undefined) return;
    const usual = this.#bits.around(localMs);
    if (!this.#collapse.suspected) this.#bitsBefore = recentMedian(this.#recentBits, atMs, RECENT_BITS_MS);
    const below = (than: number | undefined): boolean => than !== undefined && bitsLog < than + Math.log(BITS_COLLAPSE);
    const sudden = below(this.#bitsBefore);
    let bad: boolean | undefined;
    if (this.#collapse.present) bad = bitsLog < (this.#usualBits ?? 0) + Math.log(STILL_LOW);
    else if (usual?.mature) {
      const low = below(usual.lowest) && bitsLog < usual.lowestMedian - COLLAPSE_SPREADS * usual.spread;
      bad =
        (low || (sudden && below(this.#bits.around(localMs, 2)?.lowestMedian))) &&
        !this.#dark.suspected &&
        !this.#frozen.suspected;
    }
    if (!this.#collapse.suspected) this.#usualBits = usual?.median;
    this.#collapse.observe({ bad, value: Math.exp(bitsLog), baseline: Math.exp(this.#usualBits ?? 0) }, atMs);
    if (this.#collapse.present && atMs - this.#collapse.sinceMs > ADOPT_MS) {
      this.#bits.forget();
      this.#collapse.forget();
    }
  }

  /** Only what looks well is what is usual. */
  #learn(
    keyLog: number | undefined,
    interLog: number | undefined,
    bitsLog: number | undefined,
    atMs: number,
    localMs: number,
  ): void {
    if (this.#dark.present && keyLog !== undefined) {
      const forMs = atMs - this.#dark.sinceMs;
      this.#lastingDark.add(keyLog, localMs, forMs, (value, at) => this.#key.add(value, at));
    } else this.#lastingDark.clear();
    if (this.#frozen.suspected || this.#dark.suspected || this.#maybeStill || this.undecided) return;
    if (keyLog !== undefined) {
      this.#key.add(keyLog, localMs);
      this.#recent = [...this.#recent.slice(1 - RECENT_MAX), { atMs, log: keyLog }];
    }
    if (this.#collapse.suspected) return;
    if (interLog !== undefined) this.#inter.add(interLog, localMs);
    if (bitsLog !== undefined) {
      this.#bits.add(bitsLog, localMs);
      this.#recentBits = [...this.#recentBits.slice(1 - RECENT_MAX), { atMs, log: bitsLog }];
    }
  }
}

/** undefined: too few to say. */
function recentMedian(
  recent: readonly { readonly atMs: number; readonly log: number }[],
  atMs: number,
  withinMs: number,
): number | undefined {
  const logs = recent.flatMap((each) => (atMs - each.atMs <= withinMs ? [each.log] : []));
  return logs.length < RECENT_MIN ? undefined : medianOf(logs);
}
