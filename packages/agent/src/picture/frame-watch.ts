import type { PictureFinding } from '../camera/picture.ts';
import { DayReference } from './day-reference.ts';
import { HourlyBaseline, medianOf } from './hourly-baseline.ts';
import { LastingSamples } from './lasting-samples.ts';
import type { LowRatePicture } from './low-rate-picture.ts';
import { type PictureFigures, type Thumb, difference, pictureFigures } from './picture-figures.ts';
import { Presence } from './presence.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Frozen: the pictures differ by less than this (of 255), and by less than a quarter of what the hour is used to. */
const FROZEN_BELOW = 0.5;
const FROZEN_OF_USUAL = 0.25;
/** Without a baseline only pictures that are the same are frozen. */
const FROZEN_UNKNOWN = 0.02;
/** Cameras whose pictures are always so alike are none that freeze. */
const NEVER_MOVES = 0.05;
const DARK_LUMA = 16;
const DARK_PART = 0.98;
/** Darker hours than this are dark by nature. */
const NIGHT_LUMA = 24;
/** As bright a picture half an hour before makes a dark one sudden. */
const SUDDEN_FROM_LUMA = 40;
const BRIGHT_LUMA = 240;
const SATURATED_PART = 0.6;
/** Brighter hours than this are bright by nature: snow, a white wall. */
const BRIGHT_USUAL_LUMA = 200;
const BLURRED_OF_USUAL = 0.35;
const RECOGNISABLE_OF_USUAL = 0.5;
const MOVED_LIKENESS = 0.4;
const COLOUR_LOST_SPREAD = 1;
const COLOUR_USUAL_SPREAD = 4;
const CAST_DISTANCE = 25;
const RECENT_MAX = 8;
/** Fewer have no middle that one odd picture cannot move. */
const RECENT_MIN = 3;
const RECENT_MS = 30 * MINUTE_MS;
/** Darkness and glare that last are learned for next time, and stay reported. */
const LASTING_MS = 3 * HOUR_MS;
/** A view, a sharpness or a tint that stays for a day is the new one. */
const ADOPT_MS = 24 * HOUR_MS;

/** What low-rate pictures say, each against the camera's own hour of day. */
export class FrameWatch {
  luma: number | undefined;
  sharpness: number | undefined;
  readonly #turns: boolean;
  readonly #lumas = new HourlyBaseline(3);
  readonly #sharpnesses = new HourlyBaseline(0.1);
  readonly #changes = new HourlyBaseline(0.2);
  readonly #colours = new HourlyBaseline(0.5);
  readonly #lastingLumas = new LastingSamples(LASTING_MS);
  readonly #reference = new DayReference();
  readonly #frozen = new Presence('frozen', 'picture', { onset: 4, onsetMs: 90_000, clear: 2, clearMs: 20_000 });
  readonly #dark = new Presence('dark', 'picture', { onset: 2, onsetMs: 25_000, clear: 2, clearMs: 25_000 });
  readonly #bright = new Presence('overexposed', 'picture', { onset: 3, onsetMs: 55_000, clear: 2, clearMs: 25_000 });
  readonly #blurred = new Presence('blurred', 'picture', {
    onset: 3,
    onsetMs: 10 * MINUTE_MS,
    clear: 3,
    clearMs: 2 * MINUTE_MS,
  });
  readonly #moved = new Presence('moved', 'picture', { onset: 3, onsetMs: 90_000, clear: 3, clearMs: 90_000 });
  readonly #cast = new Presence('colour_cast', 'picture', {
    onset: 3,
    onsetMs: 30 * MINUTE_MS,
    clear: 3,
    clearMs: 5 * MINUTE_MS,
  });
  #last: Thumb | undefined;
  /** Mean luma of the last half hour. */
  #before: number | undefined;
  #recent: { readonly atMs: number; readonly luma: number }[] = [];

  constructor(turns: boolean) {
    this.#turns = turns;
  }

  observe(picture: LowRatePicture, atMs: number, localMs: number): void {
    const figures = pictureFigures(picture);
    if (figures === undefined) return;
    this.luma = figures.luma;
    this.sharpness = figures.sharpness;
    const change = this.#last && difference(this.#last, figures.thumb);
    this.#keep(figures.thumb);
    this.#observeDark(figures, atMs, localMs);
    this.#observeBright(figures, atMs, localMs);
    // Without light there is neither detail nor colour, and nothing moves.
    const judgeable = figures.luma >= NIGHT_LUMA && !this.#dark.suspected && !this.#bright.suspected;
    this.#observeFrozen(change, isBlack(figures), atMs, localMs);
    // A picture that stands still shows what the camera saw, not what it sees.
    if (this.#frozen.present) return;
    this.#observeBlurred(judgeable ? figures : undefined, atMs, localMs);
    this.#observeMoved(judgeable ? figures : undefined, atMs, localMs);
    this.#observeColour(judgeable ? figures : undefined, atMs, localMs);
    this.#learn(figures, change, atMs, localMs);
  }

  /** Into the memory of the picture before, where it fits: a fleet's worth of pictures a minute would wait to be collected. */
  #keep(thumb: Thumb): void {
    if (this.#last?.width === thumb.width && this.#last.height === thumb.height) this.#last.luma.set(thumb.luma);
    else this.#last = thumb;
  }

  get suspicious(): boolean {
    return this.#presences().some((each) => each.suspected);
  }

  findings(): readonly PictureFinding[] {
    return this.#presences().flatMap((each) => each.finding() ?? []);
  }

  state(): object {
    return {
      lumas: this.#lumas.state(),
      sharpnesses: this.#sharpnesses.state(),
      changes: this.#changes.state(),
      colours: this.#colours.state(),
      reference: this.#reference.state(),
      presences: this.#presences().map((each) => each.state()),
    };
  }

  restore(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    const parts = state as Readonly<Record<string, unknown>>;
    this.#lumas.restore(parts['lumas']);
    this.#sharpnesses.restore(parts['sharpnesses']);
    this.#changes.restore(parts['changes']);
    this.#colours.restore(parts['colours']);
    this.#reference.restore(parts['reference']);
    const presences = parts['presences'];
    if (Array.isArray(presences)) for (const [i, each] of this.#presences().entries()) each.restore(presences[i]);
  }

  #presences(): readonly Presence[] {
    return [this.#frozen, this.#dark, this.#bright, this.#blurred, this.#moved, this.#cast];
  }

  #observeFrozen(change: number | undefined, black: boolean, atMs: number, localMs: number): void {
    if (change === undefined) return;
    const usual = this.#changes.around(localMs);
    const usualChange = usual === undefined ? undefined : Math.exp(usual.lowest);
    const below = usualChange === undefined ? FROZEN_UNKNOWN : Math.min(FROZEN_BELOW, usualChange * FROZEN_OF_USUAL);
    // A black picture has nothing in it that could change: a dark room, or a covered lens.
    const cannotSay = black || (usualChange !== undefined && usualChange < NEVER_MOVES);
    const bad = change < below;
    this.#frozen.observe(
      { bad: bad && cannotSay ? undefined : bad, value: change, baseline: usualChange ?? below },
      atMs,
    );
  }

  #observeDark(figures: PictureFigures, atMs: number, localMs: number): void {
    const { luma } = figures;
    const black = isBlack(figures);
    const usual = this.#lumas.around(localMs);
    // What it was like before is kept from the first black picture on.
    if (!this.#dark.suspected) this.#before = this.#recentLuma(atMs);
    let bad: boolean | undefined;
    if (!black) bad = this.#dark.present && luma < NIGHT_LUMA;
    else if (this.#dark.present) bad = true;
    else {
      const sudden = (this.#before ?? 0) > SUDDEN_FROM_LUMA;
      // Some days of this hour are dark (Sunday in an office), and today was not until now.
      const midday = (this.#lumas.around(localMs, 2)?.lowestMedian ?? BRIGHT_LUMA) > SUDDEN_FROM_LUMA;
      if (usual?.mature) bad = usual.lowest > NIGHT_LUMA || (sudden && midday);
      else if (sudden) bad = usual === undefined || usual.lowest > NIGHT_LUMA;
    }
    this.#dark.observe({ bad, value: luma, baseline: usual?.median ?? this.#before ?? DARK_LUMA }, atMs);
  }

  #observeBright({ luma, saturated }: PictureFigures, atMs: number, localMs: number): void {
    const usual = this.#lumas.around(localMs);
    const glaring = luma > BRIGHT_LUMA || saturated > SATURATED_PART;
    const bad = glaring && (usual === undefined || usual.highest < BRIGHT_USUAL_LUMA);
    this.#bright.observe({ bad, value: luma, baseline: usual?.median ?? BRIGHT_LUMA }, atMs);
  }

  #observeBlurred(figures: PictureFigures | undefined, atMs: number, localMs: number): void {
    const usual = this.#sharpnesses.around(localMs);
    if (figures === undefined || usual === undefined || !usual.mature) return;
    const usualSharpness = Math.exp(usual.lowestMedian);
    const bad = figures.sharpness < usualSharpness * BLURRED_OF_USUAL;
    this.#blurred.observe({ bad, value: figures.sharpness, baseline: usualSharpness }, atMs);
    if (this.#expired(this.#blurred, atMs)) this.#sharpnesses.forget();
  }

  #observeMoved(figures: PictureFigures | undefined, atMs: number, localMs: number): void {
    if (figures === undefined || this.#turns) return;
    // Where fog or dirt took the detail away there is nothing to recognise the view by: that is \`blurred\`.
    const usual = this.#sharpnesses.around(localMs);
    if (usual !== undefined && figures.sharpness < Math.exp(usual.lowestMedian) * RECOGNISABLE_OF_USUAL) return;
    const likeness = this.#reference.likeness(figures.edges);
    if (likeness === undefined) return;
    this.#moved.observe({ bad: likeness < MOVED_LIKENESS, value: likeness, baseline: MOVED_LIKENESS }, atMs);
    if (this.#expired(this.#moved, atMs)) this.#reference.forget();
  }

  #observeColour(figures: PictureFigures | undefined, atMs: number, localMs: number): void {
    const chroma = figures?.chroma;
    if (chroma === undefined) return;
    const usual = this.#colours.around(localMs);
    const lost = usual?.mature === true && usual.lowest > COLOUR_USUAL_SPREAD && chroma.spread < COLOUR_LOST_SPREAD;
    const distance = this.#reference.tintDistance(chroma, localMs);
    if (!lost && distance === undefined) return;
    const bad = lost || (distance ?? 0) > CAST_DISTANCE;
    this.#cast.observe(
      lost
        ? { bad, value: chroma.spread, baseline: usual?.median ?? 0 }
        : { bad, value: distance ?? 0, baseline: CAST_DISTANCE },
      atMs,
    );
    if (this.#expired(this.#cast, atMs)) this.#reference.forget();
  }

  #expired(presence: Presence, atMs: number): boolean {
    if (!presence.present || atMs - presence.sinceMs < ADOPT_MS) return false;
    presence.forget();
    return true;
  }

  /** Only what looks well is what is usual. */
  #learn(figures: PictureFigures, change: number | undefined, atMs: number, localMs: number): void {
    const extreme = [this.#dark, this.#bright].find((each) => each.present);
    if (extreme === undefined) this.#lastingLumas.clear();
    else {
      const forMs = atMs - extreme.sinceMs;
      this.#lastingLumas.add(figures.luma, localMs, forMs, (value, at) => this.#lumas.add(value, at));
    }
    if (this.#dark.suspected || this.#bright.suspected || this.#frozen.suspected) return;
    this.#recent = [...this.#recent.slice(1 - RECENT_MAX), { atMs, luma: figures.luma }];
    this.#lumas.add(figures.luma, localMs);
    if (change !== undefined) this.#changes.add(Math.log(Math.max(change, 0.001)), localMs);
    if (figures.luma < NIGHT_LUMA || this.#blurred.suspected || this.#moved.suspected || this.#cast.suspected) return;
    this.#sharpnesses.add(Math.log(Math.max(figures.sharpness, 0.01)), localMs);
    if (figures.chroma !== undefined) this.#colours.add(figures.chroma.spread, localMs);
    this.#reference.add(figures.edges, figures.chroma, localMs);
  }

  #recentLuma(atMs: number): number | undefined {
    const recent = this.#recent.filter((each) => atMs - each.atMs <= RECENT_MS);
    return recent.length < RECENT_MIN ? undefined : medianOf(recent.map((each) => each.luma));
  }
}

function isBlack({ luma, dark }: PictureFigures): boolean {
  return luma < DARK_LUMA && dark > DARK_PART;
}
