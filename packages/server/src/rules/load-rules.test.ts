import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { VedetteError, isVedetteError } from '../base/errors.ts';
import { rulesConfigSchema } from './config.ts';
import { faultLines, loadRules } from './load-rules.ts';
import type { ExpressionChecker, RuleGroup } from './ports.ts';
import { expandRuleFiles } from './rule-glob.ts';

const expressions: ExpressionChecker = {
  check: (text) => (text.includes('BAD') ? { message: 'bad', fix: 'good' } : undefined),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-load-'));
});

function file(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const group = (name: string, expr = 'up'): string =>
  `groups:\n  - name: ${name}\n    rules: [{ record: r, expr: ${expr} }]\n`;

const load = (ruleFiles: readonly string[], sources: readonly RuleGroup[] = []) =>
  loadRules(
    {
      ruleFiles,
      baseDir: folder,
      evaluationIntervalMs: 60_000,
      queryOffsetMs: 1_000,
      externalLabels: {},
      externalUrl: 'http://x',
      config: rulesConfigSchema.parse({}),
    },
    [{ groups: () => sources }],
    expressions,
  );

async function fault(run: Promise<unknown>): Promise<VedetteError> {
  const error = await run.catch((thrown: unknown) => thrown);
  if (isVedetteError(error, 'RULE_INVALID')) return error;
  throw new Error('accepted', { cause: error });
}

const source: RuleGroup = {
  file: 'slo',
  name: 's',
  intervalMs: undefined,
  limit: 0,
  queryOffsetMs: undefined,
  rules: [{ type: 'alerting', name: 'A', query: 'up', labels: {}, annotations: {}, forMs: 0, keepFiringForMs: 0 }],
};

describe('rule_files', () => {
  it('are patterns over any part of the path, relative to the configuration', async () => {
    for (const name of ['a/one.yml', 'a/two.yaml', 'b/three.yml', 'b/deep/four.yml', 'c.yml', 'ab.yml', 'x[1].yml'])
      file(name, '');
    const names = async (pattern: string): Promise<readonly string[]> =>
      [...(await expandRuleFiles([pattern], folder)).values()].flat().map((path) => path.slice(folder.length + 1));
    expect(await names('*/*.yml')).toEqual(['a/one.yml', 'b/three.yml']);
    expect(await names('a/t?o.y*')).toEqual(['a/two.yaml']);
    expect(await names('[a-b]/*.yml')).toEqual(['a/one.yml', 'b/three.yml']);
    expect(await names('?.yml')).toEqual(['c.yml']);
    expect(await names(join(folder, 'c.yml'))).toEqual(['c.yml']);
    expect(await names('nothing/*.yml')).toEqual([]);
    expect(await names('.')).toEqual([]);
  });

  it('are read once each, with the configured interval and offset where a group has none', async () => {
    file('c.yml', group('one'));
    const { groups, warnings } = await load(['*.yml', 'c.yml', 'missing.yml']);
    expect(groups).toMatchObject([
      { file: join(folder, 'c.yml'), name: 'one', intervalMs: 60_000, queryOffsetMs: 1_000 },
    ]);
    expect(warnings).toEqual(['rule_files: no file matches missing.yml']);
  });

  it('tell the faults of all files at once', async () => {
    file('a.yml', group('one', 'BAD'));
    file('b.yml', 'groups: 1\n');
    writeFileSync(join(folder, 'c.yml'), Buffer.from([0x67, 0xff, 0xfe]));
    const lines = faultLines(await fault(load(['*.yml'])));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`${folder}/a.yml:3:32: groups[0].rules[0].expr: bad; did you mean good`);
    expect(lines[2]).toContain('c.yml:1:1: cannot be read');
  });
});

describe('rule sources', () => {
  it('bring groups besides the files', async () => {
    file('a.yml', group('one'));
    expect((await load(['a.yml'], [source])).groups.map(({ name }) => name)).toEqual(['one', 's']);
  });

  it('are checked like files', async () => {
    const [rule] = source.rules;
    if (rule?.type !== 'alerting') throw new Error('not an alert');
    const bad = { ...source, rules: [{ ...rule, query: 'BAD', annotations: { s: '{{ nope }}' } }] };
    const lines = faultLines(await fault(load([], [bad, source])));
    expect(lines).toEqual([
      'slo:1:1: group "s", rule "A": bad',
      'slo:1:1: group "s", rule "A": template 1:4: function "nope" not defined',
      'slo:1:1: group "s" comes from two sources',
    ]);
  });
});
