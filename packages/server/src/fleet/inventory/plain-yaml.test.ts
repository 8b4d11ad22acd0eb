import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readPlainYaml } from './plain-yaml.ts';

const library = (text: string): unknown => parse(text, { schema: 'failsafe', merge: true });

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '0012',
    'a: b',
    '- x',
    '#c',
    'a #b',
    "it's",
    '"q"',
    'ä ö',
    '{n:03}',
    '[1]',
    'x\ny',
    ' lead',
    'trail ',
    '*',
    '&a',
    '!x',
    '|',
    '>',
    '%',
    '@',
    '`',
    'rtsp://h:554/a?b=c',
    '1.10',
    'yes',
    '~',
    'null',
    '?',
    '-',
    ':',
    ',',
    '\ttab',
    'a\\nb',
    '\u0000',
  ),
);
const key = fc.constantFrom('id', 'name', 'streams', 'main', 'expected', 'a-b', 'x.y', 'labels', '9');
const node: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    word,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).node;

describe('the fast YAML reader', () => {
  it('reads what the library writes as the library reads it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, node, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
        fc.constantFrom(2, 4),
        fc.boolean(),
        fc.constantFrom(0, 40, 80),
        (value, indent, indentSeq, lineWidth) => {
          const text = stringify(value, {
            indent,
            indentSeq,
            lineWidth,
            schema: 'failsafe',
            aliasDuplicateObjects: false,
          });
          const read = readPlainYaml(text);
          expect(read.faults, text).toEqual([]);
          expect(read.value, text).toEqual(library(text));
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [
      'comments, blank lines and a document start',
      '---\n# fleet\n\ncameras: # all of them\n\n  # first\n  - id: A # main gate\n\n    name: "x # y"\n  - id: B\n',
    ],
    ['a list that is not indented', 'cameras:\n- id: A\n- id: B\ndefaults:\n  site: x\n'],
    [
      'values of several lines',
      'a:\n  text: one\n    two\n  q: "x\n    y"\n  b: |\n    - no item\n      deeper\n\n    # no comment\n  f: {x: 1,\n      y: [2, 3]}\nz: >-\n  folded\n  text\n',
    ],
    ['nested lists', 'a:\n  - - 1\n    - 2\n  -\n    - 3\n  - - b: 4\n      c: 5\n'],
    ['anchors and merge keys', 'base: &b {site: x}\nc:\n  - <<: *b\n    id: A\n'],
    ['keys in quotes, values without', "\"a b\": 1\n'c': it's\nd: a:b\ne: http://x/#y\n"],
    ['windows line ends and a byte order mark', '\ufeffa: 1\r\nb:\r\n  - x\r\n'],
    ['empty values', 'a:\nb:\n  c:\n  d: ""\ne: []\nf: {}\n'],
    [
      'flow values at the top of an item',
      'a:\n  - {id: A, streams: {main: "rtsp://h/1"}}\n  - [x, y]\n  - {id: "a, b", k: v}\n',
    ],
  ])('%s', (_, text) => {
    const read = readPlainYaml(text);
    expect(read.faults).toEqual([]);
    expect(read.value).toEqual(library(text.replace(/^\ufeff/, '')));
  });

  it('never throws, and ends in time, on any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            ' ',
            '\n',
            '-',
            ':',
            'a',
            '"',
            "'",
            '{',
            '}',
            '[',
            ']',
            '#',
            '|',
            '>',
            '&',
            '*',
            '!',
            '\t',
            ',',
            '?',
            '%',
          ),
          maxLength: 80,
        }),
        (text) => void readPlainYaml(text),
      ),
      { numRuns: 600 },
    );
  });

  it('a fault costs its list item and names the line', () => {
    const read = readPlainYaml(
      'cameras:\n  - id: A\n  - id: B\n      site: x\n   port: 2\n  - id: C\n  - "unclosed\n  - id: D\n',
    );
    expect(read.value).toMatchObject({ cameras: [{ id: 'A' }, { id: 'C' }, { id: 'D' }] });
    expect(read.faults.map(({ line }) => line)).toEqual([3, 7]);
  });

  it('knows the line of a key and of an item', () => {
    const read = readPlainYaml('cameras:\n  - id: A\n    name: x\n\n  - id: B\n    name: y\n');
    const { cameras } = read.value as { cameras: Record<string, unknown>[] };
    expect(read.lineOf(cameras, 1)).toBe(5);
    expect(read.lineOf(cameras[1] as object, 'name')).toBe(6);
    const numbers = readPlainYaml('cameras:\n  20: b\n  3: a\n  x: c\n');
    const mapping = (numbers.value as { cameras: object }).cameras;
    expect(['20', '3', 'x'].map((key) => numbers.lineOf(mapping, key))).toEqual([2, 3, 4]);
  });

  it.each([
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `b${i}: &b${i} [${`*${i === 0 ? 'a' : `b${i - 1}`},`.repeat(9).slice(0, -1)}]`).join('\n')}\n`,
    ],
    ['brackets without end', `a: ${'['.repeat(100_000)}`],
    ['deep nesting', Array.from({ length: 5_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a list in a list in a list', `${'- '.repeat(50_000)}x`],
    ['one line of ten million characters', `a: ${'x '.repeat(5_000_000)}: y`],
  ])('%s is a fault, soon', (_, text) => {
    const started = process.cpuUsage();
    const read = readPlainYaml(text);
    expect(read.faults.length).toBeGreaterThan(0);
    const used = process.cpuUsage(started);
    expect((used.user + used.system) / 1000).toBeLessThan(3_000);
  });
});
