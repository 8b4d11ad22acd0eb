import type { AppendResult, MetadataSource, SampleSink } from '../model/ports.ts';
import type { MetricMetadata, SampleBatch } from '../model/sample.ts';

/** Families whose metadata is kept. */
const FAMILIES_MAX = 20_000;

/** An agent keeps no samples: everything is accepted, and the spool behind it has them. What pages say of their metrics is remembered. */
export class PassingSink implements SampleSink, MetadataSource {
  readonly #metadata = new Map<string, readonly MetricMetadata[]>();

  async append(batch: SampleBatch): Promise<AppendResult> {
    for (const one of batch.metadata ?? []) {
      if (this.#metadata.size < FAMILIES_MAX || this.#metadata.has(one.name)) this.#metadata.set(one.name, [one]);
    }
    const histograms = batch.histograms?.seriesIndex.length ?? 0;
    return {
      accepted: batch.seriesIndex.length + histograms,
      ...(histograms === 0 ? {} : { acceptedHistograms: histograms }),
      ...(batch.exemplars?.length ? { acceptedExemplars: batch.exemplars.length } : {}),
      rejected: [],
      rejectedCount: 0,
    };
  }

  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]> {
    if (metric === undefined) return this.#metadata;
    const found = this.#metadata.get(metric);
    return new Map(found === undefined ? [] : [[metric, found]]);
  }
}
