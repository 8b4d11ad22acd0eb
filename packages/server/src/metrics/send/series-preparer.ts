import { encodeLabels } from '@vedette/wire/remote-write';
import { Labels } from '../../model/labels.ts';
import { type RelabelConfig, Relabeler } from '../relabel/index.ts';
import type { PreparedSeries } from './row.ts';

/** What a remote gets to see of a series. Upstream's order: external labels where the series has none of the name, then relabelling. */
export class SeriesPreparer {
  readonly #external: readonly (readonly [string, string])[];
  readonly #relabeler: Relabeler;
  /** Of one segment of the spool, by the number of the series there; null: dropped. */
  #prepared: (PreparedSeries | null)[] = [];
  #segment = -1;

  constructor(externalLabels: Readonly<Record<string, string>>, rules: readonly RelabelConfig[]) {
    this.#external = Object.entries(externalLabels);
    this.#relabeler = new Relabeler(rules);
  }

  /** Before the series of a block are asked for. */
  enter(segment: number): void {
    if (segment === this.#segment) return;
    this.#segment = segment;
    this.#prepared = [];
  }

  get(series: number, labels: Labels): PreparedSeries | null {
    return (this.#prepared[series] ??= this.#prepare(labels));
  }

  #prepare(labels: Labels): PreparedSeries | null {
    const map = labels.toMap();
    for (const [name, value] of this.#external) if (!map.has(name)) map.set(name, value);
    if (!this.#relabeler.apply(map)) return null;
    const changed = Labels.fromMap(map);
    if (changed.size === 0) return null;
    const labelBytes = encodeLabels(changed.pairs);
    return { labelPairs: changed.pairs, labelBytes, metricName: changed.metricName, hash: hashOf(labelBytes) };
  }
}

/** FNV-1a: it only has to spread series over shards. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
