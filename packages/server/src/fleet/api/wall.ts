import type { WallAnswer } from '@vedette/wire/http';
import type { Fleet } from '../health/fleet.ts';
import type { FleetEntry } from '../health/fleet-entry.ts';
import { WordList } from './word-list.ts';

/** Deltas that are kept as texts for one version: clients poll in step, and most ask for the same. */
const TEXTS_MAX = 64;

/** Answers of the wall, each made once for all who ask the same. */
export class Wall {
  readonly #fleet: Fleet;
  readonly #isSimulation: () => boolean;
  readonly #texts = new Map<number, string>();
  #version = -1;
  #causesVersion = -1;

  /** `isSimulation`: whether the cameras are simulated. */
  constructor(fleet: Fleet, isSimulation: () => boolean) {
    this.#fleet = fleet;
    this.#isSimulation = isSimulation;
  }

  /** The JSON of what changed since the version, or of everything. */
  text(since: number | undefined): string {
    const { version, causes } = this.#fleet;
    if (version !== this.#version || causes.version !== this.#causesVersion) {
      this.#texts.clear();
      this.#version = version;
      this.#causesVersion = causes.version;
    }
    const key = since ?? WHOLE;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = JSON.stringify(this.answer(since));
    if (this.#texts.size < TEXTS_MAX) this.#texts.set(key, text);
    return text;
  }

  answer(since: number | undefined): WallAnswer {
    const fleet = this.#fleet;
    const changed = since === undefined ? undefined : fleet.since(since);
    const entries = changed ? changed.entries : [...fleet.entries()];
    const cards = fleet.causes.all.map(({ card }) => card);
    const causeIndex = new Map(cards.map(({ id }, index) => [id, index]));
    const words = new WordList();
    words.indexOf('');
    const column = (of: (entry: FleetEntry) => string | undefined): readonly number[] =>
      entries.map((entry) => words.indexOf(of(entry) ?? ''));
    return {
      version: fleet.version,
      whole: changed === undefined,
      atMs: fleet.atMs,
      id: entries.map(({ id }) => id),
      name: column(({ watched }) => watched.camera.name),
      state: column(({ status }) => status.state),
      sinceMs: entries.map(({ status }) => status.sinceMs),
      reason: column(({ reason }) => reason),
      kind: column(({ kind }) => kind),
      site: column(({ watched }) => watched.camera.site),
      recorder: column(({ watched }) => watched.camera.recorder),
      switch: column(({ watched }) => watched.camera.switch),
      class: column(({ watched }) => watched.camera.class),
      model: column(({ watched }) => watched.camera.model),
      cause: entries.map(({ cause }) => (cause ? (causeIndex.get(cause.card.id) ?? -1) : -1)),
      removed: changed?.removed ?? [],
      causes: cards,
      counts: fleet.counts,
      simulation: this.#isSimulation(),
      words: words.words,
    };
  }
}

const WHOLE = -1;
