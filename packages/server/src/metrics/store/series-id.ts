import type { Labels } from '../../model/labels.ts';

/**
 * A stored series' identifier: a safe integer of 53 bits, so that ids live in Float64Array without BigInt. The upper 20 bits
 * come from the metric name, so one metric's series lie side by side on disk; the lower 33 bits come from the whole label
 * set. Two sets may fall on one id: the in-memory index decides, and asks for the next candidate until one is free.
 */
export type SeriesId = number;

const METRIC_BITS = 20;
const SERIES_BITS = 33;
const SERIES_SPAN = 2 ** SERIES_BITS;
const METRIC_SPAN = 2 ** METRIC_BITS;
const LOW_WORD_SPAN = 2 ** 32;
const FNV_PRIME = 0x01000193;
/** As in Labels.key. */
const PAIR_SEPARATOR_CODE = 1;
const NAME_SEPARATOR_CODE = 2;

/** FNV-1a over UTF-16 code units, finished with a mixer: fast, and the same in every version (ids are stored). */
function hash32(text: string, seed: number): number {
  return mixed(fnv1a(text, (0x811c9dc5 ^ seed) | 0));
}

/** hash32 of the set's key, without making the key. */
export function labelsHash32(labels: Labels, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  const { pairs } = labels;
  for (let i = 0; i < pairs.length; i += 2) {
    hash = Math.imul(fnv1a(pairs[i] as string, hash) ^ NAME_SEPARATOR_CODE, FNV_PRIME);
    hash = Math.imul(fnv1a(pairs[i + 1] as string, hash) ^ PAIR_SEPARATOR_CODE, FNV_PRIME);
  }
  return mixed(hash);
}

/** For tables in memory: a word that depends on all bits of the id. */
export function idHash32(id: SeriesId): number {
  return mixed((id / LOW_WORD_SPAN) ^ (id | 0));
}

function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash;
}

function mixed(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The id to try for a label set; `attempt` counts from 0 and rises by one for each candidate found taken by another set.
 * Equal label sets give equal candidates. Never 0.
 */
export function seriesIdCandidate(labels: Labels, attempt: number): SeriesId {
  const low = labelsHash32(labels);
  const bit = labelsHash32(labels, 0x9747b28c) & 1;
  const series = (bit * LOW_WORD_SPAN + low + attempt) % SERIES_SPAN;
  return metricBase(labels.metricName) + series || 1;
}

/** The half-open range of ids in which every series of a metric lies. */
export function metricIdRange(metricName: string): { readonly from: SeriesId; readonly below: SeriesId } {
  const from = metricBase(metricName);
  return { from, below: from + SERIES_SPAN };
}

function metricBase(metricName: string): number {
  return (hash32(metricName, 0x5bd1e995) % METRIC_SPAN) * SERIES_SPAN;
}
