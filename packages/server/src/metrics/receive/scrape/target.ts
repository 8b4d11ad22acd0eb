import { createHash } from 'node:crypto';
import type { Labels } from '../../../model/labels.ts';
import type { MetricMetadata } from '../../../model/sample.ts';
import type { PageReader } from './page-reader.ts';
import type { ScrapeLoop, ScrapeState } from './scrape-loop.ts';

/** A running target. */
export interface Target {
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  /** `http://host:9100/metrics` or `collector:<name>`. */
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** 0 means no limit. */
  readonly sampleLimit: number;
  readonly loop: ScrapeLoop;
  readonly reader: PageReader;
}

/** What the targets page shows. */
export interface TargetView {
  readonly scrapePool: string;
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly sampleLimit: number;
  readonly state: ScrapeState;
  readonly metadata: Iterable<MetricMetadata>;
}

export interface PoolView {
  readonly name: string;
  readonly active: readonly TargetView[];
  /** At most keep_dropped_targets; `droppedCount` is the whole number. */
  readonly dropped: readonly Labels[];
  readonly droppedCount: number;
  readonly discoveryErrors: readonly string[];
}

export function viewTarget(scrapePool: string, target: Target): TargetView {
  const { discoveredLabels, labels, url, intervalMs, timeoutMs, sampleLimit, loop, reader } = target;
  return {
    scrapePool,
    discoveredLabels,
    labels,
    url,
    intervalMs,
    timeoutMs,
    sampleLimit,
    state: loop.state,
    metadata: reader.metadata.families(),
  };
}

/** Scrapes begin at multiples of this: targets that share a moment share a wake-up, and those of a moment are still few. */
const MOMENT_MS = 25;

/** Spreads targets over the interval: always the same place for the same target, so that restarts do not shift it. */
export function offsetOf(labels: Labels, url: string, intervalMs: number): number {
  const hash = createHash('md5').update(labels.key).update(url).digest();
  const moments = Math.max(1, Math.floor(intervalMs / MOMENT_MS));
  return (hash.readUIntBE(0, 6) % moments) * MOMENT_MS;
}
