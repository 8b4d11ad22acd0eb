import type { Clock } from '../../base/clock.ts';
import type { MetadataSource } from '../../model/ports.ts';
import type { MetricMetadata } from '../../model/sample.ts';

/** Metadata changes when an exporter is updated; looking it up for every series of every request would be the larger part of the work. */
const FRESH_MS = 60_000;
const NAMES_MAX = 100_000;
/** What a series' name may have more than its family's. */
const SUFFIXES = ['_bucket', '_count', '_sum', '_gcount', '_gsum', '_total', '_created'];

/** Metadata by the names of series, remembered for a while. */
export class KnownMetadata {
  readonly #source: MetadataSource;
  readonly #clock: Clock;
  readonly #byName = new Map<string, MetricMetadata | undefined>();
  #sinceMs = -Infinity;

  constructor(source: MetadataSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  of(metricName: string): MetricMetadata | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sinceMs > FRESH_MS || this.#byName.size > NAMES_MAX) {
      this.#byName.clear();
      this.#sinceMs = nowMs;
    }
    if (this.#byName.has(metricName)) return this.#byName.get(metricName);
    const found = this.#find(metricName);
    this.#byName.set(metricName, found);
    return found;
  }

  all(): readonly MetricMetadata[] {
    return [...this.#source.metadata().values()].flatMap((entries) => entries.at(-1) ?? []);
  }

  #find(name: string): MetricMetadata | undefined {
    const suffix = SUFFIXES.find((one) => name.endsWith(one));
    const names = suffix === undefined ? [name] : [name, name.slice(0, -suffix.length)];
    for (const family of names) {
      const entry = this.#source.metadata(family).get(family)?.at(-1);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}
