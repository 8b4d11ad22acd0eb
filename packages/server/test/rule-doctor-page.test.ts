import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'packages/server/src/rules/doctor');

describe('docs/guide/rule-doctor.md', () => {
  const page = readFileSync(join(root, 'docs/guide/rule-doctor.md'), 'utf8');
  const sections = [...page.matchAll(/^### `([a-z-]+)`$/gm)].map((match) => match[1] ?? '');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  /** `kind: 'x'`, also of a choice between two; nodes of expressions have kinds without a dash or a severity behind them. */
  const kinds = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/kind: ([^\n]*),\n\s*severity/g)].flatMap(([, value = '']) =>
        [...value.matchAll(/'([a-z-]+)'/g)].map((match) => match[1] ?? ''),
      ),
    ),
  );

  it('has a section for each diagnosis, and for nothing else', () => {
    expect(kinds.size).toBeGreaterThan(15);
    expect([...kinds].filter((kind) => !sections.includes(kind)).sort()).toEqual([]);
    expect(sections.filter((kind) => !kinds.has(kind)).sort()).toEqual([]);
  });
});
