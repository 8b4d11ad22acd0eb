import { nearest } from '../../base/yaml-source.ts';
import type { AliasBook } from '../../metrics/query/index.ts';

export interface NearName {
  /** PromQL that gives the missing metric, with `selector` in the place of the metric's own matchers. */
  readonly name: string;
  readonly why: string;
}

/** Endings that the same figure is written with and without. */
const ENDINGS = [
  '_total',
  '_seconds',
  '_bytes',
  '_count',
  '_sum',
  '_bucket',
  '_ratio',
  '_percent',
  '_milliseconds',
  '_ms',
];
const SHOWN_MAX = 5;

/** Known names that a missing one may stand for, the most likely first. */
export function nearNames(
  missing: string,
  known: ReadonlySet<string>,
  aliases: AliasBook | undefined,
): readonly NearName[] {
  const found = new Map<string, string>();
  const add = (name: string, why: string): void => {
    if (name !== missing && known.has(name) && !found.has(name)) found.set(name, why);
  };
  for (const { metric, numerator, denominator, rename, require } of aliases?.get(missing)?.conversions ?? [])
    if (numerator === denominator && rename.size === 0 && require.size === 0)
      add(metric, 'the same figure by another name, says the book of aliases');
  const close = nearest(missing, [...known]);
  if (close !== undefined) add(close, 'nearly the same letters');
  for (const name of sameWords(missing, known)) add(name, 'the same words');
  for (const ending of ENDINGS) {
    add(missing + ending, `the same with ${ending}`);
    if (missing.endsWith(ending)) add(missing.slice(0, -ending.length), `the same without ${ending}`);
  }
  return [...found].slice(0, SHOWN_MAX).map(([name, why]) => ({ name, why }));
}

/** Names of the same words, whether singular or plural, in any order. */
function sameWords(missing: string, known: ReadonlySet<string>): readonly string[] {
  const wanted = words(missing);
  return [...known].filter((name) => words(name) === wanted);
}

function words(name: string): string {
  return name
    .toLowerCase()
    .split(/[_:]+/)
    .map((word) => (word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word))
    .sort()
    .join('_');
}

/** Wholes and the parts that make them up: `disk_space_total_bytes` is free and used together. */
const WHOLES: readonly {
  readonly whole: readonly string[];
  readonly parts: readonly [readonly string[], readonly string[]];
}[] = [
  { whole: ['total', 'size', 'capacity'], parts: [['free', 'avail', 'available'], ['used']] },
  {
    whole: ['attempts', 'requests', 'total', 'all'],
    parts: [
      ['failures', 'failure', 'failed', 'errors', 'error'],
      ['success', 'successes', 'succeeded', 'successful', 'ok'],
    ],
  },
  {
    whole: ['requests', 'lookups', 'total'],
    parts: [
      ['hits', 'hit'],
      ['misses', 'miss'],
    ],
  },
];

/** Two known names that together are the missing one. */
export function partsOf(missing: string, known: ReadonlySet<string>): readonly [string, string] | undefined {
  for (const { whole, parts } of WHOLES) {
    for (const word of whole) {
      const [first] = replaced(missing, word, parts[0]).filter((name) => known.has(name));
      const [second] = replaced(missing, word, parts[1]).filter((name) => known.has(name));
      if (first !== undefined && second !== undefined) return [first, second];
    }
  }
  return undefined;
}

/** The name with each place of a word taken by each of others, or by nothing where the word is the ending. */
export function replaced(name: string, word: string, others: readonly string[]): readonly string[] {
  const parts = name.split('_');
  return parts.flatMap((part, i) =>
    part === word ? others.map((other) => [...parts.slice(0, i), other, ...parts.slice(i + 1)].join('_')) : [],
  );
}
