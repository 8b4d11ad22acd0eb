import type { Clock } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { LabelRequest } from '../../model/ports.ts';
import { matchAny } from './label-index.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { SlowMatches, type Verdicts } from './slow-matches.ts';

/** Finds series, label names and values by matchers. What takes its time is done in turns of the event loop. */
export class SeriesLookup {
  readonly #catalog: SeriesCatalog;
  readonly #retentionStart: () => number;
  readonly #slow: SlowMatches;

  constructor(catalog: SeriesCatalog, clock: Pick<Clock, 'monotonicMs'>, retentionStart: () => number) {
    this.#catalog = catalog;
    this.#retentionStart = retentionStart;
    this.#slow = new SlowMatches(clock);
  }

  /** Refs of the series that all matchers accept and that may have samples in the range; a new array. */
  async inRange(
    matchers: readonly Matcher[],
    startMs: number,
    endMs: number,
    signal: AbortSignal,
  ): Promise<Uint32Array> {
    const { index } = this.#catalog;
    const prepared = await index.prepare(matchers, this.#slow, signal);
    return this.#catalog.inRange(index.match(matchers, prepared), startMs, endMs);
  }

  /** Refs that any of the sets selects; undefined when there are no sets, which means every series. Valid for this turn. */
  async any(sets: readonly (readonly Matcher[])[], signal: AbortSignal): Promise<Uint32Array | undefined> {
    const { index } = this.#catalog;
    const prepared = new Map<Matcher, Verdicts>();
    for (const set of sets)
      for (const [matcher, verdicts] of (await index.prepare(set, this.#slow, signal)) ?? [])
        prepared.set(matcher, verdicts);
    return matchAny(index, sets, prepared);
  }

  /** Whether a series counts for the request: retention and its range are looked at, by ref. */
  counts(request: LabelRequest): (ref: number) => boolean {
    const startMs = Math.max(request.startMs, this.#retentionStart());
    return (ref) => this.#catalog.mayHave(ref, startMs, request.endMs);
  }

  async series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    signal.throwIfAborted();
    const found: Labels[] = [];
    const refs = (await this.any(request.matcherSets, signal)) ?? this.#catalog.index.match([]);
    const counts = this.counts(request);
    const limit = request.limit ?? Infinity;
    for (const ref of refs) {
      if (found.length >= limit) break;
      if (counts(ref)) found.push(this.#catalog.labels(ref));
    }
    return found;
  }

  async labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    const refs = await this.any(request.matcherSets, signal);
    return this.#catalog.index
      .names(refs, this.counts(request))
      .sort()
      .slice(0, request.limit ?? Infinity);
  }

  async labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    const refs = await this.any(request.matcherSets, signal);
    return this.#catalog.index
      .values(name, refs, this.counts(request))
      .sort()
      .slice(0, request.limit ?? Infinity);
  }
}
