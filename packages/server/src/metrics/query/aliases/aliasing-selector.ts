import { type Labels, METRIC_NAME, compareCodeUnits } from '../../../model/labels.ts';
import { type Matcher, createMatcher, matchesAll } from '../../../model/matcher.ts';
import type {
  GridBlock,
  GridRequest,
  LabelRequest,
  MetadataSource,
  SelectRequest,
  SeriesSelector,
  SeriesSet,
} from '../../../model/ports.ts';
import type { MetricMetadata, SampleBuffer } from '../../../model/sample.ts';
import type { AliasBook, AliasEntry } from './alias-book.ts';
import type { DerivedMetric } from './alias-file.ts';
import { convertLabels, convertMatchers, scaleValues } from './convert.ts';
import { deriveSeries, derivedLabels } from './derive.ts';
import { identity } from './identity.ts';
import { type Found, joined } from './join.ts';

/** Rates and ratios need a sample before the first one asked for; the usual lookback finds it. */
const DERIVED_LOOKBACK_MS = 5 * 60_000;

type Source = SeriesSelector & MetadataSource;

/**
 * A store in which every spelling of a figure finds the series of all (catalog/aliases.yaml). What is stored under the asked name comes
 * first and is never changed; other spellings add series that it lacks and prolong those it has before their first and after their last
 * sample (identity.ts, join.ts). Only matchers `__name__="…"` are looked up: all others pass through.
 */
export function aliasingSelector(store: Source, book: AliasBook, enabled: () => boolean = () => true): Source {
  return new AliasingSelector(store, book, enabled);
}

class AliasingSelector implements SeriesSelector, MetadataSource {
  readonly #store: Source;
  readonly #book: AliasBook;
  readonly #enabled: () => boolean;

  constructor(store: Source, book: AliasBook, enabled: () => boolean) {
    this.#store = store;
    this.#book = book;
    this.#enabled = enabled;
  }

  async select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
    const entry = this.#entry(request.matchers);
    const own = await this.#store.select(request, signal);
    if (!entry) return own;
    const others = await this.#others(entry, request, signal);
    return others.length === 0 ? own : joined(own, others, request);
  }

  async selectGrid(request: GridRequest, signal: AbortSignal): Promise<GridBlock | undefined> {
    if (!this.#store.selectGrid) return undefined;
    const entry = this.#entry(request.matchers);
    if (entry && (await this.#hasOthers(entry, request, signal))) return undefined;
    return this.#store.selectGrid(request, signal);
  }

  async series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    const found = await this.#store.series(request, signal);
    const others = await this.#otherLabels(request, signal);
    if (others.length === 0) return found;
    const known = new Set(found.map(identity));
    const all = [...found, ...others.filter((labels) => !known.has(identity(labels)))];
    return request.limit === undefined ? all : all.slice(0, request.limit);
  }

  async labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    const found = await this.#store.labelNames(request, signal);
    const others = await this.#otherLabels(request, signal);
    if (others.length === 0) return found;
    return merged(
      found,
      others.flatMap((labels) => [...labels].map(([name]) => name)),
      request.limit,
    );
  }

  async labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    const found = await this.#store.labelValues(name, request, signal);
    const others = await this.#otherLabels(request, signal);
    if (others.length === 0) return found;
    return merged(
      found,
      others.map((labels) => labels.get(name)).filter((value) => value !== ''),
      request.limit,
    );
  }

  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]> {
    const stored = this.#store.metadata(metric);
    if (metric === undefined || stored.size > 0) return stored;
    const entry = this.#enabled() ? this.#book.get(metric) : undefined;
    return entry === undefined
      ? stored
      : new Map([[metric, [{ name: metric, type: entry.type, help: entry.help, unit: '' }]]]);
  }

  #entry(matchers: readonly Matcher[]): AliasEntry | undefined {
    if (!this.#enabled()) return undefined;
    for (const matcher of matchers)
      if (matcher.name === METRIC_NAME && matcher.operator === '=') return this.#book.get(matcher.value);
    return undefined;
  }

  async #others(entry: AliasEntry, request: SelectRequest, signal: AbortSignal): Promise<Found[]> {
    const found: Found[] = [];
    for (const [source, conversion] of entry.conversions.entries()) {
      const converted = convertMatchers(conversion, request.matchers);
      if (!converted) continue;
      const set = await this.#store.select({ ...request, matchers: converted.stored }, signal);
      const { numerator, denominator, scalesBounds } = conversion;
      for (const [row, stored] of set.labels.entries()) {
        const labels = convertLabels(conversion, entry.name, stored);
        if (!converted.check(labels)) continue;
        const append = (into: SampleBuffer): void => {
          set.read(row, into);
          if (!scalesBounds) scaleValues(into, 0, numerator, denominator);
        };
        found.push({ source, labels, append });
      }
    }
    if (entry.derived) found.push(...(await this.#derived(entry, entry.derived, request, signal)));
    return found;
  }

  async #derived(
    entry: AliasEntry,
    derived: DerivedMetric,
    request: SelectRequest,
    signal: AbortSignal,
  ): Promise<Found[]> {
    const sets: SeriesSet[] = [];
    for (const metric of sourcesOf(derived)) {
      const matchers = sourceMatchers(derived, metric, request.matchers);
      // Through this selector again: the source may itself have spellings.
      sets.push(await this.select({ ...request, matchers, startMs: request.startMs - DERIVED_LOOKBACK_MS }, signal));
    }
    return deriveSeries(derived, sets)
      .filter(({ labels }) => matchesAll(request.matchers, labels))
      .map(({ labels, read }) => ({
        source: entry.conversions.length,
        labels,
        append: (into) => {
          into.clear();
          read(into, request.startMs);
        },
      }));
  }

  async #hasOthers(entry: AliasEntry, request: GridRequest, signal: AbortSignal): Promise<boolean> {
    const range = {
      startMs: request.firstEndMs - request.rangeMs,
      endMs: request.firstEndMs + (request.steps - 1) * request.stepMs,
    };
    return (await this.#labelsOfOthers(entry, request.matchers, range, signal)).length > 0;
  }

  async #otherLabels(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    const range = { startMs: request.startMs, endMs: request.endMs };
    const found: Labels[] = [];
    for (const matchers of request.matcherSets) {
      const entry = this.#entry(matchers);
      if (entry) found.push(...(await this.#labelsOfOthers(entry, matchers, range, signal)));
    }
    return found;
  }

  async #labelsOfOthers(
    entry: AliasEntry,
    matchers: readonly Matcher[],
    range: { readonly startMs: number; readonly endMs: number },
    signal: AbortSignal,
  ): Promise<readonly Labels[]> {
    const found = new Map<string, Labels>();
    const keep = (labels: Labels): void => {
      if (matchesAll(matchers, labels)) found.set(labels.key, labels);
    };
    for (const conversion of entry.conversions) {
      const converted = convertMatchers(conversion, matchers);
      if (!converted) continue;
      const stored = await this.#store.series({ matcherSets: [converted.stored], ...range }, signal);
      for (const labels of stored) keep(convertLabels(conversion, entry.name, labels));
    }
    const { derived } = entry;
    if (derived) {
      const [metric] = sourcesOf(derived);
      const sets = metric === undefined ? [] : [sourceMatchers(derived, metric, matchers)];
      for (const labels of await this.series({ matcherSets: sets, ...range }, signal))
        keep(derivedLabels(derived, labels));
    }
    return [...found.values()];
  }
}

function sourcesOf(derived: DerivedMetric): readonly string[] {
  if (derived.ratio) return derived.ratio;
  const one = derived.rate ?? derived.age ?? derived.sum;
  return one === undefined ? [] : [one];
}

/** Matchers on labels that the figure lacks are tested on the result instead. */
function sourceMatchers(derived: DerivedMetric, metric: string, matchers: readonly Matcher[]): readonly Matcher[] {
  const stored = [createMatcher(METRIC_NAME, '=', metric)];
  for (const { name, operator, value } of matchers) {
    if (name !== METRIC_NAME && !derived.without.includes(name))
      stored.push(createMatcher(derived.labels[name] ?? name, operator, value));
  }
  return stored;
}

function merged(found: readonly string[], more: readonly string[], limit: number | undefined): readonly string[] {
  return [...new Set([...found, ...more])].sort(compareCodeUnits).slice(0, limit ?? Infinity);
}
