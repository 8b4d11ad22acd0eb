import { encodeLabels } from '@vedette/wire/remote-write';
import { Labels } from '../../model/labels.ts';
import { type RelabelConfig, Relabeler } from '../relabel/index.ts';
import { type WriteMessage, V1 } from './encode-rows.ts';
import type { PreparedSeries } from './row.ts';

/** A piece of memory that the labels of some hundred series share: an array of bytes of its own costs more than what is in it. */
const SLAB_BYTES = 64 * 1_024;
const NONE: readonly string[] = [];

/** What a remote gets to see of a series. Upstream's order: external labels where the series has none of the name, then relabelling. */
export class SeriesPreparer {
  readonly #external: readonly (readonly [string, string])[];
  readonly #relabeler: Relabeler;
  /** Of one segment of the spool, by the number of the series there; null: dropped. */
  #prepared: (PreparedSeries | null)[] = [];
  #segment = -1;
  readonly #message: WriteMessage;
  #slab = new Uint8Array(0);

  constructor(
    externalLabels: Readonly<Record<string, string>>,
    rules: readonly RelabelConfig[],
    message: WriteMessage,
  ) {
    this.#message = message;
    this.#external = Object.entries(externalLabels);
    this.#relabeler = new Relabeler(rules);
  }

  /** Before the series of a block are asked for. */
  enter(segment: number): void {
    if (segment === this.#segment) return;
    this.#segment = segment;
    this.#prepared = [];
    this.#slab = new Uint8Array(0);
  }

  /** `block` has its labels; null: dropped, or not a series of the block's segment. */
  get(series: number, block: { labelsOf(series: number): Labels | undefined }): PreparedSeries | null {
    const known = this.#prepared[series];
    if (known !== undefined) return known;
    const labels = block.labelsOf(series);
    return labels === undefined ? null : (this.#prepared[series] = this.#prepare(labels));
  }

  #prepare(labels: Labels): PreparedSeries | null {
    const map = labels.toMap();
    for (const [name, value] of this.#external) if (!map.has(name)) map.set(name, value);
    if (!this.#relabeler.apply(map)) return null;
    const changed = Labels.fromMap(map);
    if (changed.size === 0) return null;
    const labelBytes = encodeLabels(changed.pairs);
    const { metricName } = changed;
    const hash = hashOf(labelBytes);
    return this.#message === V1
      ? { labelPairs: NONE, labelBytes: this.#kept(labelBytes), metricName, hash }
      : { labelPairs: changed.pairs, labelBytes: undefined, metricName, hash };
  }

  #kept(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SLAB_BYTES / 4) return bytes;
    if (this.#slab.length < bytes.length) this.#slab = new Uint8Array(SLAB_BYTES);
    const kept = this.#slab.subarray(0, bytes.length);
    kept.set(bytes);
    this.#slab = this.#slab.subarray(bytes.length);
    return kept;
  }
}

/** FNV-1a: it only has to spread series over shards. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
