import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runRuleTests } from '../../src/app/index.ts';
import { RULE_PACKS } from '../../src/app/config-schema.ts';
import { expressionChecker } from '../../src/app/expressions.ts';
import { parseRuleFile } from '../../src/rules/index.ts';

const catalog = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../../..'), 'catalog');
const yaml = (folder: string): string[] =>
  readdirSync(join(catalog, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(catalog, folder, name));

const ruleFiles = [...yaml('rules'), ...yaml('packs')];
const testFiles = yaml('tests');

describe('the rules of the catalogue', () => {
  it.each(testFiles.map((file) => [file.split('/').at(-1), file]))(
    '%s: each fires when it should, and stays quiet when it should',
    async (_name, file) => {
      const { files, failed } = await runRuleTests([file as string]);
      const wrong = files.flatMap(({ error, groups }) => [
        ...(error === undefined ? [] : [error]),
        ...groups.flatMap(({ name, failures }) => (failures.length > 0 ? [name] : [])),
      ]);
      expect(wrong).toEqual([]);
      expect(failed).toBe(0);
    },
    60_000,
  );

  it('have both tests for each alert', () => {
    const tested = new Set(
      testFiles.flatMap((file) =>
        (parse(readFileSync(file, 'utf8')) as { tests: { name: string }[] }).tests.map(({ name }) => name),
      ),
    );
    const alerts = ruleFiles.flatMap((path) =>
      parseRuleFile(readFileSync(path, 'utf8'), path, expressionChecker).groups.flatMap(({ rules }) =>
        rules.flatMap((rule) => (rule.type === 'alerting' ? [rule.name] : [])),
      ),
    );
    // It is there to fire always.
    const others = alerts.filter((name) => name !== 'Watchdog');
    const missing = others.flatMap((name) =>
      [`${name} fires`, `${name} stays quiet`].filter((test) => !tested.has(test)),
    );
    expect(missing).toEqual([]);
    expect(alerts.length).toBeGreaterThan(100);
  });

  it('come in the packs that the configuration knows', () => {
    expect(yaml('packs').map((file) => file.split('/').at(-1)?.replace('.yaml', ''))).toEqual([...RULE_PACKS]);
  });
});
