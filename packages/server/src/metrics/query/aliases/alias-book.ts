import { VedetteError } from '../../../base/errors.ts';
import type { MetricType } from '../../../model/sample.ts';
import type { AliasFamily, AliasFile, AliasSpelling, DerivedMetric } from './alias-file.ts';

/** How the series of one stored metric become series of the name that was asked for. */
export interface Conversion {
  /** The stored metric. */
  readonly metric: string;
  /** value asked = value stored × numerator / denominator; two numbers, so that ratios of whole numbers stay exact. */
  readonly numerator: number;
  readonly denominator: number;
  /** Stored label → label asked for. */
  readonly rename: ReadonlyMap<string, string>;
  /** Labels the stored series must have, and loses. */
  readonly require: ReadonlyMap<string, string>;
  /** Labels every converted series gets. */
  readonly add: ReadonlyMap<string, string>;
  /** `le` is scaled as the values are of other metrics; values are not. */
  readonly scalesBounds: boolean;
}

/** A name of the book: what else answers for it. */
export interface AliasEntry {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Other spellings of the same figure, the canonical one first. */
  readonly conversions: readonly Conversion[];
  readonly derived: DerivedMetric | undefined;
}

interface Member extends AliasSpelling {
  readonly type: MetricType;
  readonly scalesValues: boolean;
  readonly scalesBounds: boolean;
}

/** Names with more than one spelling, ready for look-ups: a name that is not in the book costs one. */
export class AliasBook {
  readonly #entries = new Map<string, AliasEntry>();

  /** Throws CONFIG_INVALID when a name belongs to two figures. */
  constructor(file: AliasFile) {
    for (const family of file.families) for (const members of parts(family)) this.#addFamily(members, family.help);
    for (const derived of file.derived) this.#addDerived(derived);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): AliasEntry | undefined {
    return this.#entries.get(name);
  }

  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  #addFamily(members: readonly Member[], help: string): void {
    for (const asked of members) {
      this.#add({
        name: asked.name,
        type: asked.type,
        help,
        conversions: members.filter((stored) => stored !== asked).map((stored) => conversion(stored, asked)),
        derived: undefined,
      });
    }
  }

  #addDerived(derived: DerivedMetric): void {
    this.#add({ name: derived.name, type: derived.type, help: derived.help, conversions: [], derived });
  }

  #add(entry: AliasEntry): void {
    if (this.#entries.has(entry.name))
      throw new VedetteError('CONFIG_INVALID', `the alias ${entry.name} is defined twice; keep one of the two`);
    this.#entries.set(entry.name, entry);
  }
}

/** One list of members for each stored metric of a family: a histogram has several. */
function parts(family: AliasFamily): Member[][] {
  const canonical: AliasSpelling = { name: family.name, times: 1, labels: {}, where: {}, from: [] };
  const spellings = [canonical, ...family.spellings];
  const part = (
    suffix: string,
    scales: { readonly values: boolean; readonly bounds: boolean },
    type: MetricType,
  ): Member[] =>
    spellings.map((one) => ({
      ...one,
      name: one.name + suffix,
      type,
      scalesValues: scales.values,
      scalesBounds: scales.bounds,
    }));
  if (!family.histogram) return [part('', { values: true, bounds: false }, family.type)];
  // A native histogram cannot be scaled: its bucket bounds are given by its schema.
  const unscaled = spellings.every(({ times }) => times === 1);
  return [
    ...(unscaled ? [part('', { values: false, bounds: false }, 'histogram')] : []),
    part('_bucket', { values: false, bounds: true }, 'histogram'),
    part('_sum', { values: true, bounds: false }, 'histogram'),
    part('_count', { values: false, bounds: false }, 'histogram'),
  ];
}

function conversion(stored: Member, asked: Member): Conversion {
  const scales = stored.scalesValues || stored.scalesBounds;
  const { numerator, denominator } = scales ? factorOf(asked.times, stored.times) : { numerator: 1, denominator: 1 };
  const askedLabel = invert(asked.labels);
  const rename = new Map<string, string>();
  for (const [storedLabel, canonical] of Object.entries(stored.labels))
    rename.set(storedLabel, askedLabel.get(canonical) ?? canonical);
  const storedLabel = invert(stored.labels);
  for (const [canonical, label] of askedLabel) if (!storedLabel.has(canonical)) rename.set(canonical, label);

  const require = new Map<string, string>();
  const add = new Map<string, string>();
  for (const [canonical, value] of Object.entries(asked.where))
    if (stored.where[canonical] !== value) require.set(storedLabel.get(canonical) ?? canonical, value);
  for (const [canonical, value] of Object.entries(stored.where))
    if (asked.where[canonical] === undefined) add.set(askedLabel.get(canonical) ?? canonical, value);
  return { metric: stored.name, numerator, denominator, rename, require, add, scalesBounds: stored.scalesBounds };
}

/** 0.000001 is no number of binary fractions, a million is: division by it rounds once. */
function factorOf(asked: number, stored: number): { readonly numerator: number; readonly denominator: number } {
  const whole = (times: number): { readonly up: number; readonly down: number } => {
    const inverse = Math.round(1 / times);
    return times < 1 && Math.abs(inverse * times - 1) < 1e-12 ? { up: 1, down: inverse } : { up: times, down: 1 };
  };
  const a = whole(asked);
  const s = whole(stored);
  return { numerator: a.up * s.down, denominator: a.down * s.up };
}

function invert(labels: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(labels).map(([spelling, canonical]) => [canonical, spelling]));
}
