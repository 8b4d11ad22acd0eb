import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/base/errors.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/reference/errors.md'), 'utf8');
const documented = new Map(
  [...page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)].map((row) => [row[1] ?? '', Number(row[2])]),
);

describe('docs/reference/errors.md', () => {
  it('names every code with its status', () => {
    const registry = errorCodes().map(({ code, status }) => [code, status] as const);
    expect(registry.filter(([code, status]) => documented.get(code) !== status)).toEqual([]);
  });

  it('names no code that does not exist', () => {
    const known = new Set<string>(errorCodes().map(({ code }) => code));
    expect([...documented.keys()].filter((code) => !known.has(code))).toEqual([]);
  });
});
