import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { errorMessage, isVedetteError } from '../../src/base/errors.ts';
import { readYaml } from '../../src/base/yaml-source.ts';
import { formatExpr, parseExpr } from '../../src/metrics/query/index.ts';
import { Parameters } from '../../src/metrics/api/parameters.ts';
import { relabelConfigs } from '../../src/metrics/relabel/index.ts';
import { createMatcher } from '../../src/model/matcher.ts';

/** What the fuzz run found, by symptom. Times of the processor are far above what is seen and below what was. */
const MS_MAX = 2_000;

function refusal(work: () => unknown): string {
  const started = process.cpuUsage();
  let message = 'accepted';
  try {
    work();
  } catch (error) {
    expect(isVedetteError(error), errorMessage(error)).toBe(true);
    message = errorMessage(error);
  }
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(MS_MAX);
  return message;
}

describe('regular expressions', () => {
  it('alternatives that are long and begin alike took seconds to compile', () => {
    const pattern = `${'\\d'.repeat(688)}|${'\\d'.repeat(3_312)}`;
    expect(refusal(() => createMatcher('x', '=~', pattern))).toMatch(
      /an alternative of more than 250 character classes/,
    );
  });
});

describe('numbers', () => {
  it('a query of 99,000 digits and a letter held the event loop for nine seconds', () => {
    expect(refusal(() => parseExpr(`${'9'.repeat(99_000)}y`))).toMatch(/not a valid duration string/);
  });

  it.each(['time', 'duration'] as const)('a %s parameter of 400,000 digits held the event loop for minutes', (kind) => {
    const request = { url: '/api/v1/query', body: `p=${'9'.repeat(400_000)}x` };
    const parameters = new Parameters(request as FastifyRequest);
    expect(refusal(() => parameters[kind]('p'))).toMatch(/cannot parse/);
  });

  it.each(['1 ^ -0s', 'x @ 0.000', 'rate(x[5s] offset -max_of(step(), 0s))'])(
    '%s was written otherwise than it was read',
    (query) => {
      expect(formatExpr(parseExpr(query))).toBe(query);
    },
  );
});

describe('regular expressions', () => {
  const patterns: readonly (readonly [string, string])[] = [
    ['that may skip thousands of parts ended the stack', '(a*)*'.repeat(1_500)],
    ['that repeat a choice thousands of times ended the stack', '(a*){1000}'.repeat(3)],
    ['that close the group around them and go on ended the stack', `)(${'()'.repeat(2_000)}`],
    ['of two thousand Unicode classes took 13 seconds to compile', '\\pL'.repeat(2_000)],
    ['of a hundred thousand repetitions took seconds to compile', '\\pL{1000}'.repeat(800)],
  ];

  it.each(patterns)('%s, in matchers', (_, pattern) => {
    expect(refusal(() => createMatcher('a', '=~', pattern).matches('a'.repeat(50)))).toMatch(/more than [\d]+ /);
  });

  it.each(patterns)('%s, in relabelling', (_, regex) => {
    const parsed = relabelConfigs.safeParse([{ source_labels: ['a'], regex, target_label: 'b' }]);
    expect(parsed.error?.issues[0]?.message).toMatch(/more than [\d]+ /);
  });
});

describe('YAML', () => {
  it('a mapping of many keys took time by the square of their number', () => {
    const text = Array.from({ length: 16_000 }, (_, i) => `k${i}: 1\n`).join('');
    expect(refusal(() => readYaml(text, 'a.yaml'))).toBe('accepted');
    expect(refusal(() => readYaml(`${text}k7: 2\n`, 'a.yaml'))).toBe(
      'a.yaml:16001:1: Map keys must be unique; keep one of the two',
    );
  });

  it('thousands of aliases took time by the square of their number', () => {
    const text = Array.from({ length: 8_000 }, (_, i) => `- &a${i} {}\n- *a${i}\n`).join('');
    expect(refusal(() => readYaml(text, 'a.yaml')[0]?.toJS())).toMatch(/more than 5000 anchors and aliases/);
  });

  it('lists inside lists on one line ended the stack of the parser that measures the depth', () => {
    expect(refusal(() => readYaml(`${'- '.repeat(30_000)}a\n  b`, 'a.yaml'))).toMatch(/nests deeper than 200 levels/);
    const indented = Array.from({ length: 1_500 }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
    expect(refusal(() => readYaml(indented, 'a.yaml'))).toMatch(/nests deeper than 200 levels/);
    const mixed = '- a: [{ b:\n  '.repeat(800);
    expect(refusal(() => readYaml(mixed, 'a.yaml'))).toMatch(/nests deeper than 200 levels/);
    expect(refusal(() => readYaml(`{${'"a":'.repeat(3_000)}`, 'a.yaml'))).toMatch(/nests deeper than 200 levels/);
    const blocks = `a: |\n${'  - - [{\n'.repeat(3_000)}`;
    expect(refusal(() => readYaml(blocks, 'a.yaml'))).toBe('accepted');
  });
});
