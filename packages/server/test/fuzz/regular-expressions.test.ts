import fc from 'fast-check';
import { describe } from 'vitest';
import { VedetteError, isVedetteError } from '../../src/base/errors.ts';
import { Relabeler, relabelConfigs } from '../../src/metrics/relabel/index.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { fuzzText } from './fuzz.ts';

const VALUES = ['', 'a', 'gate-17:9100', 'ü😀\n', 'a'.repeat(200), 'aé1 '.repeat(40)];

const atom = fc.constantFrom('a', '.', '[^a]', '\\pL', '\\b', '^', '()', '[[:alpha:]]', '\\d', 'é', '$', '\\x{10ffff}');
const pattern = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'medium' },
    atom,
    fc.tuple(atom, fc.constantFrom(2, 60, 1_000, 4_000)).map(([one, times]) => one.repeat(times)),
    fc.tuple(tie('pattern'), fc.constantFrom('', '|'), tie('pattern')).map((parts) => parts.join('')),
    fc
      .tuple(
        fc.constantFrom('(', '(?:', '(?i:', '(?P<n>', '(?s-m:'),
        tie('pattern'),
        fc.constantFrom(')', ')*', ')?', ')+?', '){3}', '){1000}', '){0,900}', '){20,}'),
      )
      .map((parts) => parts.join('')),
  ),
})).pattern;

const WORDS = [
  '(',
  ')',
  '*',
  '|',
  '{1000}',
  '{0,}',
  '\\pL',
  '[^',
  ']',
  '(?i)',
  '\\Q',
  '\\E',
  '\\b',
  '(a*)*',
  '.*',
  '\\C',
  '$1',
];
const PATTERNS = [
  'cam-.*|gate-[0-9]{2}',
  '(.*):(\\d+)',
  '(?i)door',
  '[^/]+',
  '\\p{Greek}+',
  'a|b|c',
  '(?P<host>[^:]+)(?::\\d+)?',
];
const HOSTILE = [
  '(a*)*'.repeat(1_200),
  '\\pL'.repeat(2_000),
  '[^\\pL]'.repeat(1_000),
  `${'('.repeat(4_000)}a${')'.repeat(4_000)}`,
  '(a*){1000}(a*){1000}(a*){1000}',
  'x{1000}'.repeat(1_000),
  '((x{100}){100}){100}',
  'a?'.repeat(4_000),
  '.*a'.repeat(2_000),
  '()'.repeat(4_000),
];

/** Compiled up to three times and tried on all values. */
const INPUT_MS_MAX = 3_000;

const hasWords = (error: unknown): boolean => error instanceof VedetteError && error.message !== '';

describe('regular expressions', () => {
  fuzzText({
    name: 'label matchers',
    valid: PATTERNS,
    hostile: HOSTILE,
    generated: pattern,
    words: WORDS,
    read: (text) => {
      const matcher = createMatcher('a', '=~', text);
      const inverse = createMatcher('a', '!~', text);
      for (const value of VALUES)
        if (matcher.matches(value) === inverse.matches(value)) throw new Error('=~ and !~ agree');
    },
    refuses: (error) => hasWords(error) && isVedetteError(error, 'PROMQL_PARSE'),
    inputMsMax: INPUT_MS_MAX,
  });

  fuzzText({
    name: 'relabelling rules',
    valid: [
      ...PATTERNS.map((regex) =>
        JSON.stringify([{ source_labels: ['a', 'b'], regex, target_label: 'c', replacement: '$1-${2}$$' }]),
      ),
      JSON.stringify([{ regex: 'a(.*)', action: 'labelmap', replacement: 'b$1' }]),
      JSON.stringify([{ source_labels: ['a'], action: 'hashmod', modulus: 7, target_label: 'shard' }]),
      JSON.stringify([
        { regex: 'tmp_.*', action: 'labeldrop' },
        { regex: '.+', action: 'labelkeep' },
      ]),
      JSON.stringify([{ source_labels: ['a'], target_label: 'b', action: 'keepequal' }]),
    ],
    hostile: HOSTILE.map((regex) =>
      JSON.stringify([{ source_labels: ['a'], regex, target_label: 'c', replacement: '$1' }]),
    ),
    generated: fc
      .array(
        fc.record(
          {
            source_labels: fc.array(fc.constantFrom('a', 'b', '__name__', '')),
            regex: pattern,
            target_label: fc.constantFrom('a', 'c', '${1}', '$1', ''),
            replacement: fc.constantFrom('$1', '${n}', '$0$0$0', '$99', '$$', 'x'),
            action: fc.constantFrom(
              'replace',
              'keep',
              'drop',
              'hashmod',
              'labelmap',
              'labeldrop',
              'lowercase',
              'keepequal',
            ),
            modulus: fc.constantFrom(0, 1, 7, 2 ** 53 - 1, 1e300),
            separator: fc.constantFrom(';', '', '\n'),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      )
      .map((rules) => JSON.stringify(rules)),
    words: WORDS.map((word) => JSON.stringify(word).slice(1, -1)),
    read: (text) => {
      const parsed = relabelConfigs.safeParse(json(text));
      if (!parsed.success)
        throw new VedetteError('CONFIG_INVALID', parsed.error.issues.map(({ message }) => message).join('; '));
      const relabeler = new Relabeler(parsed.data);
      for (const value of VALUES)
        relabeler.apply(
          new Map([
            ['__name__', 'm'],
            ['a', value],
            ['b', 'x'],
            ['tmp_a', '1'],
          ]),
        );
    },
    refuses: hasWords,
    inputMsMax: INPUT_MS_MAX,
  });
});

/** What YAML would have made of it; what is no JSON is as good as nothing. */
function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { regex: text };
  }
}
