import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const catalogue = resolve(root, '../shared/seed-catalog.md');
const page = readFileSync(join(root, 'docs/compat/guides.md'), 'utf8');

interface Row {
  readonly id: string;
  readonly what: string;
  readonly state: string;
  readonly how: string;
}

/** Cells between bars; `\|` stands for a bar inside a cell. */
const cells = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

const lines = page.split('\n').filter((line) => /^\| *(?:S\d-|S-M-|I\d|Q\d)/.test(line));
const rows = lines.map((line): Row => {
  const [id = '', what = '', state = '', how = ''] = cells(line);
  return { id, what, state, how };
});

describe('the page about the guides', () => {
  it('has rows of four cells: id, words, a state, and how to see it', () => {
    for (const line of lines) expect(cells(line), line).toHaveLength(4);
    for (const row of rows) {
      expect(row.what, row.id).not.toBe('');
      expect(['works', 'partly', 'not yet'], row.id).toContain(row.state);
    }
  });

  it('has one row per id', () => {
    const ids = rows.map((row) => row.id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.length).toBeGreaterThan(500);
  });

  it('says how to see what works, and what is missing from what works partly', () => {
    expect(rows.filter((row) => row.state !== 'not yet' && row.how === '').map((row) => row.id)).toEqual([]);
    expect(rows.filter((row) => row.state === 'not yet' && row.how !== '').map((row) => row.id)).toEqual([]);
  });

  it('counts its states rightly', () => {
    const count = (state: string): number => rows.filter((row) => row.state === state).length;
    expect(page).toContain(
      `Of ${rows.length} items ${count('works')} work, ${count('partly')} work partly, ${count('not yet')} do not yet.`,
    );
  });

  const present = existsSync(catalogue);
  if (!present) console.info('shared/seed-catalog.md absent: the ids of the guides are not compared with it');

  it.runIf(present)('has a row for every id of the seed catalogue, and for nothing else', () => {
    const ids = readFileSync(catalogue, 'utf8')
      .split('\n')
      .flatMap((line) => /^\|\s*((?:S\d-|S-M-|I\d|Q\d)[^|\s]*)/.exec(line)?.[1] ?? []);
    const known = new Set(rows.map((row) => row.id));
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    expect([...known].filter((id) => !ids.includes(id))).toEqual([]);
  });
});
