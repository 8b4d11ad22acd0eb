import { METADATA_MAX, METADATA_TEXT_MAX, METADATA_TYPES, type SymbolTable } from '@vedette/wire/remote-write';
import type { Labels } from '../../../model/labels.ts';
import type { MetricMetadata, MetricType } from '../../../model/sample.ts';

/** Series of these types have names that are longer than their family's. */
const SUFFIXES: Partial<Record<MetricType, readonly string[]>> = {
  histogram: ['_bucket', '_count', '_sum'],
  summary: ['_count', '_sum'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
};

/** Gathers the metadata that each series of a 2.0 request carries, once per family. */
export class SeriesMetadata {
  readonly #families = new Map<string, MetricMetadata>();
  /** What could not be read, and how often. */
  readonly faults = new Map<string, number>();
  #text = 0;
  #last: { name: string; type: number; helpRef: number; unitRef: number } | undefined;

  /** The references are as the sender wrote them, unchecked. Throws RemoteWriteError when a symbol is not UTF-8. */
  add(labels: Labels, type: number, helpRef: number, unitRef: number, symbols: SymbolTable): void {
    const name = labels.metricName;
    const last = this.#last;
    if (last?.name === name && last.type === type && last.helpRef === helpRef && last.unitRef === unitRef) return;
    this.#last = { name, type, helpRef, unitRef };
    const unknown = [helpRef, unitRef].find((ref) => ref !== 0 && !symbols.has(ref));
    if (unknown !== undefined) {
      const fault = `metadata refers to symbol ${unknown} and the request has ${symbols.count} symbols`;
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
      return;
    }
    const typeName = METADATA_TYPES[type] ?? 'unknown';
    const family = familyOf(name, typeName);
    if (this.#families.has(family)) return;
    if (this.#families.size >= METADATA_MAX || this.#text >= METADATA_TEXT_MAX) return;
    const textOf = (ref: number): string => (ref === 0 ? '' : symbols.text(ref));
    const metadata = { name: family, type: typeName, help: textOf(helpRef), unit: textOf(unitRef) };
    this.#text += metadata.help.length + metadata.unit.length;
    this.#families.set(family, metadata);
  }

  families(): readonly MetricMetadata[] {
    return [...this.#families.values()];
  }
}

function familyOf(name: string, type: MetricType): string {
  const suffix = SUFFIXES[type]?.find((one) => name.endsWith(one) && name.length > one.length);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}
