import type { Clock, UnixMs } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import type { SeriesRefusal } from '../../model/ports.ts';
import { culpritWords, culpritsOf } from './cardinality.ts';
import type { SeriesCatalog } from './series-catalog.ts';

export interface SeriesLimitDeps {
  readonly catalog: Pick<SeriesCatalog, 'index' | 'size'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** `storage.active_series`: turns further series away, and knows whom to blame. */
export class SeriesLimit {
  readonly seriesMax: number;
  readonly #deps: SeriesLimitDeps;
  #refusal: Omit<SeriesRefusal, 'lastMs'> | undefined;
  #lastMs: UnixMs | undefined;

  constructor(deps: SeriesLimitDeps, seriesMax: number) {
    this.#deps = deps;
    this.seriesMax = seriesMax;
  }

  get isReached(): boolean {
    return this.#deps.catalog.size >= this.seriesMax;
  }

  /** The newest time that series were turned away; undefined: none were since the start. */
  get refusal(): SeriesRefusal | undefined {
    return this.#refusal && { ...this.#refusal, lastMs: this.#lastMs as UnixMs };
  }

  /** Notes a series that is turned away. Looks for the culprits and logs them once, until there is room again. */
  refuse(refused: Labels): void {
    this.#lastMs = this.#deps.clock.now();
    if (this.#refusal?.isOn) return;
    const { index, size } = this.#deps.catalog;
    const culprits = culpritsOf(index.valueCounts(), index.seriesCounts(METRIC_NAME));
    const text = `storage.active_series is ${this.seriesMax} and reached; ${culpritWords(culprits)}`;
    this.#refusal = { isOn: true, text, ...culprits, sinceMs: this.#lastMs };
    this.#deps.logger.warn(
      { series: size, refused: refused.toString() },
      `samples of new series are refused: ${text}; remove a label with many values, or raise it`,
    );
  }

  /** To be called when series went. */
  recheck(): void {
    if (this.#refusal?.isOn && !this.isReached) this.#refusal = { ...this.#refusal, isOn: false };
  }
}
