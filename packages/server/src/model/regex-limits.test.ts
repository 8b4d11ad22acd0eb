import { RE2JS } from 're2js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REGEX_LENGTH_MAX, regexFault } from './regex-limits.ts';

describe('patterns from outside', () => {
  it.each([
    'cam-.*|gate-[0-9]{2}',
    Array.from({ length: 400 }, (_, i) => `10\\.0\\.${i}\\.1:9100`).join('|'),
    Array.from({ length: 700 }, (_, i) => `(cam${i}.)`).join('|'),
    '(([a-z]{8})-){4}[[:alpha:]]{1000}',
    '\\p{L}+[\\p{Lu}\\PN]*',
    '[]{1000}()()]{3}',
    'a{,5}{x}{',
    'x'.repeat(REGEX_LENGTH_MAX),
    ')))',
    '(?:a|b)*?',
    '\\d'.repeat(4_000),
    Array.from({ length: 500 }, (_, i) => `cam-\\d+-${i}.*`).join('|'),
    `${'('.repeat(200)}a${')*'.repeat(200)}`,
  ])('%# may be compiled', (pattern) => {
    expect(regexFault(pattern)).toBeUndefined();
  });

  it.each([
    ['x'.repeat(REGEX_LENGTH_MAX + 1), /is longer than 8192/],
    [`${'('.repeat(300)}a${')'.repeat(300)}`, /nests deeper than 250 groups/],
    [`${'(?:'.repeat(300)}a${')'.repeat(300)}`, /nests deeper than 250 groups/],
    ['\\pL'.repeat(101), /more than 100 Unicode classes/],
    [`[${'\\pL'.repeat(101)}]`, /more than 100 Unicode classes/],
    ['x{1000}'.repeat(21), /more than 20000 parts/],
    ['((x{100}){100}){10}', /more than 20000 parts/],
    ['(a*)*'.repeat(1_500), /more than 4000 choices and groups/],
    ['(a*){700}(a*){700}', /more than 4000 choices and groups/],
    ['a{0,1000}'.repeat(5), /more than 4000 choices and groups/],
    [`${'$'.repeat(2_100)}){3}(a`, /more than 4000 choices and groups/],
    [`)(${'()'.repeat(2_000)}`, /more than 4000 choices and groups/],
    ['^'.repeat(8_000), /more than 4000 choices and groups/],
    [`${'\\d'.repeat(251)}|x`, /alternative of more than 250 character classes/],
    [`x|y(a|[b-c]{251})`, /alternative of more than 250 character classes/],
    [`(?:x|.{126}-\\w{126})?`, /alternative of more than 250 character classes/],
  ])('%# is refused before it is compiled', (pattern, words) => {
    expect(regexFault(pattern)).toMatch(words);
  });

  const atom = fc.constantFrom('a', '.', '[^a]', '\\pL', '\\b', '^', '()', '[[:alpha:]]', '\\d', 'é', '$');
  const pattern = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: 'medium' },
      atom,
      fc.tuple(atom, fc.constantFrom(60, 200, 1_000, 4_000)).map(([one, times]) => one.repeat(times)),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}|${b}`),
      fc
        .tuple(
          fc.constantFrom('(', '(?:', '(?i:'),
          tie('pattern'),
          fc.constantFrom(')', ')*', ')?', ')+?', '){3}', '){1000}', '){0,900}', '){20,}'),
        )
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('(a', '(', '(a*'), fc.constantFrom(30, 240, 900))
        .map(([one, times]) => one.repeat(times) + ')*'.repeat(times)),
    ),
  })).pattern;

  it('that may be compiled need little time and no deep stack', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(pattern, (text) => {
        if (regexFault(text) !== undefined) return;
        // Processor time: other processes may keep this one waiting.
        const before = process.cpuUsage();
        try {
          const matcher = RE2JS.compile(`^(?s:${text})$`).matcher('aé1'.repeat(10));
          if (matcher.matches()) matcher.group(matcher.groupCount());
          RE2JS.compile(`^(?:${text})$`).test('aé1'.repeat(10));
        } catch (error) {
          expect(String(error)).toMatch(/^RE2JS\w*Exception/);
        }
        expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
      }),
      { numRuns: 80 },
    );
  });
});
