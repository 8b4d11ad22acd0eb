import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../src/app/config-schema.ts';
import { expressionChecker } from '../src/app/expressions.ts';
import { runRuleTests } from '../src/app/rule-tests/index.ts';
import { checkSource, readYaml } from '../src/base/yaml-source.ts';
import { retentionMsOf, storageShape } from '../src/clickhouse/index.ts';
import { dashboardsConfigSchema } from '../src/dashboards/index.ts';
import { httpSchema } from '../src/http/index.ts';
import { queryConfigSchema } from '../src/metrics/query/index.ts';
import { implementedFunctions } from '../src/metrics/query/functions/registry.ts';
import { parseRuleFile } from '../src/rules/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const show = (path: string): string => relative(root, path);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'data', 'coverage']);

function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return SKIPPED_FOLDERS.has(entry.name) || entry.name.startsWith('.') ? [] : filesBelow(path, ending);
    }
    return ending.test(entry.name) ? [path] : [];
  });
}

const pages = filesBelow(root, /\.md$/).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const sources = ['server', 'agent']
  .flatMap((name) => filesBelow(join(root, 'packages', name, 'src'), /(?<!\.test)\.ts$/))
  .map((path) => readFileSync(path, 'utf8'));

/** As GitHub makes the anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

describe('links between the pages', () => {
  it('lead to files and headings that are there', () => {
    const wrong: string[] = [];
    for (const { path, text } of pages) {
      const prose = text.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '');
      for (const [, address = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(address)) continue;
        const [file = '', heading] = address.split('#');
        const target = file === '' ? path : resolve(dirname(path), file);
        if (!existsSync(target)) wrong.push(`${show(path)}: ${address}`);
        else if (heading !== undefined) {
          const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
            anchor(match[1] ?? ''),
          );
          if (!headings.includes(heading)) wrong.push(`${show(path)}: ${address} (no such heading)`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('reach every page of a folder from its index', () => {
    const missing = ['docs/reference', 'docs/compat', 'docs/decisions', 'docs/guide'].flatMap((folder) => {
      const index = read(join(folder, 'README.md'));
      return readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.md') && name !== 'README.md' && !index.includes(`(${name})`))
        .map((name) => join(folder, name));
    });
    expect(missing).toEqual([]);
  });
});

describe('files named in the pages', () => {
  it('exist, when they are named from the root', () => {
    const wrong = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:packages|catalog|bench|docs)\/[\w./-]*\w(?:\.\w+)?\/?)`/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !existsSync(join(root, name)) && name !== 'packages/web/dist')
        .map((name) => `${show(path)}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('exist on the tour of the architecture', () => {
    const text = read('docs/architecture.md');
    const tour = text.slice(text.indexOf("## A sample's way"), text.indexOf('## Packages'));
    const all = filesBelow(join(root, 'packages'), /\.ts$/).map(show);
    const named = [...tour.matchAll(/`([\w/-]+\.ts)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !all.some((path) => path.endsWith(`/${name}`)))).toEqual([]);
  });
});

describe('docs/reference/metrics.md', () => {
  const documented = new Map(
    [...read('docs/reference/metrics.md').matchAll(/^\| `(vedette_\w+)` \| (counter|gauge|histogram) \|/gm)].map(
      (row) => [row[1] ?? '', row[2] ?? ''],
    ),
  );
  const NAME = /'(vedette_[a-z_]+[a-z])'/g;
  const named = new Set(sources.flatMap((text) => [...text.matchAll(NAME)].map((match) => match[1] ?? '')));
  const remoteWrite = sources.find((text) => text.includes('`vedette_remote_write_${name}_total`')) ?? '';
  for (const match of remoteWrite.matchAll(/counter\(\s*'([a-z_]+)'/g))
    named.add(`vedette_remote_write_${match[1]}_total`);
  // What the rules of the catalogue record.
  for (const path of filesBelow(join(root, 'catalog'), /\.yaml$/))
    for (const match of readFileSync(path, 'utf8').matchAll(/\brecord: (vedette_\w+)/g)) named.add(match[1] ?? '');

  it('has a row for every metric in the sources, and for nothing else', () => {
    expect(named.size).toBeGreaterThan(50);
    expect([...named].filter((name) => !documented.has(name)).sort()).toEqual([]);
    expect([...documented.keys()].filter((name) => !named.has(name)).sort()).toEqual([]);
  });

  it('says counter of what ends in _total, and of nothing else', () => {
    expect([...documented].filter(([name, type]) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
  });

  it('names every metric that another page, a rule or a dashboard speaks of', () => {
    const catalogue = filesBelow(join(root, 'catalog'), /\.(json|yaml)$/).map((path) => ({
      path,
      text: readFileSync(path, 'utf8'),
    }));
    const suffix = /_(bucket|sum|count)$/;
    const unknown = [...pages, ...catalogue].flatMap(({ path, text }) =>
      [...text.matchAll(/\bvedette_[a-z_]+[a-z]\b(?![*…_])/g)]
        .map((match) => match[0])
        .filter((name) => !documented.has(name) && !documented.has(name.replace(suffix, '')))
        .map((name) => `${show(path)}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

/** ```yaml blocks of the pages that show Vedette's own configuration. */
const configurationPages = pages.filter(({ path }) => /docs\/(guide|reference)\/[^/]+\.md$/.test(path));
const yamlBlocks = configurationPages.flatMap(({ path, text }) =>
  [...text.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => ({
    name: `${show(path)}:${text.slice(0, match.index).split('\n').length}`,
    yaml: match[1] ?? '',
  })),
);
const isRuleFile = (yaml: string): boolean => /^groups:/m.test(yaml);
const isRuleTestFile = (yaml: string): boolean => /^tests:/m.test(yaml);

describe('YAML in the guide and the reference', () => {
  it('is there', () => expect(yamlBlocks.length).toBeGreaterThan(8));

  it.each(yamlBlocks.filter(({ yaml }) => isRuleFile(yaml)))(
    '$name is a rule file that Vedette takes',
    ({ name, yaml }) => {
      expect(parseRuleFile(yaml, name, expressionChecker).groups).toHaveLength(1);
    },
  );

  it.each(yamlBlocks.filter(({ yaml }) => isRuleTestFile(yaml)))(
    '$name passes as a test of the rules before it',
    async ({ name, yaml }) => {
      const folder = mkdtempSync(join(tmpdir(), 'vedette-docs-'));
      const page = name.replace(/:\d+$/, '');
      const rules = yamlBlocks.find((block) => block.name.startsWith(`${page}:`) && isRuleFile(block.yaml));
      writeFileSync(join(folder, 'page.rules.yml'), rules?.yaml ?? '');
      writeFileSync(join(folder, 'page.test.yml'), yaml);
      const report = await runRuleTests([join(folder, 'page.test.yml')]);
      rmSync(folder, { recursive: true });
      expect(report).toMatchObject({ passed: 1, failed: 0 });
    },
  );

  it.each(yamlBlocks.filter(({ yaml }) => !isRuleFile(yaml) && !isRuleTestFile(yaml)))(
    '$name is a configuration that Vedette takes',
    ({ name, yaml }) => {
      const [source] = readYaml(yaml, name);
      expect(source).toBeDefined();
      if (source) expect(() => checkSource(source, configSchema)).not.toThrow();
    },
  );
});

describe('docs/reference/configuration.md', () => {
  const text = read('docs/reference/configuration.md');
  const [block = ''] = /^http:[^]*?^```/m.exec(text.slice(text.indexOf('```yaml'))) ?? [];
  const yaml = block.replace(/```$/, '');

  it('shows the defaults', () => {
    const [source] = readYaml(yaml, 'configuration.md');
    const defaults = configSchema.parse({});
    expect(source && checkSource(source, configSchema)).toEqual({
      ...defaults,
      storage: { ...defaults.storage, retention: retentionMsOf(defaults.storage) },
      catalog: { ...defaults.catalog, rules: true },
    });
  });

  it('names every key of the sections that only Vedette has', () => {
    const keys = [httpSchema, queryConfigSchema, dashboardsConfigSchema].flatMap((schema) => keysOf(schema));
    const storage = Object.keys(storageShape).filter((key) => key !== 'tsdb' && key !== 'exemplars');
    expect(keys.length).toBeGreaterThan(10);
    expect([...keys, ...storage].filter((key) => !yaml.includes(`${key}:`))).toEqual([]);
  });
});

function keysOf(schema: z.ZodType): readonly string[] {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape as object) : [];
}

describe('docs/reference/cli.md', () => {
  const text = read('docs/reference/cli.md');
  const commands = filesBelow(join(root, 'packages/server/src/cli'), /\.ts$/)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

  it('names every flag of the commands', () => {
    const flags = [...commands.matchAll(/\.option\(\s*'(--[a-z-]+)/g)].map((match) => match[1] ?? '');
    expect(flags.length).toBeGreaterThan(8);
    expect(flags.filter((flag) => !text.includes(`\`${flag}`))).toEqual([]);
  });

  it('names every command', () => {
    const names = [...commands.matchAll(/(?:\.command|new Command)\('([a-z]+)'\)/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(8);
    expect(
      names.filter((name) => !new RegExp(`\\bvedette (?:[a-z]+ )?${name}\\b`).test(text) && name !== 'vedette'),
    ).toEqual([]);
  });
});

describe('docs/compat/promql.md', () => {
  it('lists every function, and none that is not there', () => {
    const list = /Supported: `([^`]+)`/.exec(read('docs/compat/promql.md'))?.[1]?.split(/\s+/) ?? [];
    expect([...list].sort()).toEqual([...implementedFunctions()].sort());
  });
});
