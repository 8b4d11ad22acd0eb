import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkInventory, inventoryConfigSchema } from '../src/fleet/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const blocks = ['docs/guide/cameras.md', 'docs/reference/inventory.md'].flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(yml|csv)\n([^]*?)^```/gm)].map((match) => ({
    name: `${page}:${text.slice(0, match.index).split('\n').length}`,
    kind: match[1] === 'csv' ? 'csv' : /^fleet:/m.test(match[2] ?? '') ? 'settings' : 'yaml',
    text: match[2] ?? '',
  }));
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-inventory-pages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the pages about the inventory', () => {
  it('show settings and lists', () => {
    expect(blocks.filter(({ kind }) => kind === 'settings').length).toBeGreaterThan(1);
    expect(blocks.filter(({ kind }) => kind !== 'settings').length).toBeGreaterThan(2);
  });

  it.each(blocks.filter(({ kind }) => kind === 'settings'))('$name: settings that Vedette takes', ({ text }) => {
    const settings = (parse(text) as { readonly fleet: { readonly inventory: unknown } }).fleet.inventory;
    expect(inventoryConfigSchema.safeParse(settings).error).toBeUndefined();
  });

  it.each(blocks.filter(({ kind }) => kind !== 'settings'))(
    '$name: a list without a problem',
    async ({ text, kind }) => {
      const file = join(folder, `cameras.${kind}`);
      writeFileSync(file, text);
      const checked = await checkInventory([file], []);
      expect(checked.problems).toEqual([]);
      expect(checked.cameras).toBeGreaterThan(1);
    },
  );

  it('name every field, and the bounds as they are', () => {
    const page = readFileSync(join(root, 'docs/reference/inventory.md'), 'utf8');
    const limits = readFileSync(join(root, 'packages/server/src/fleet/inventory/limits.ts'), 'utf8');
    expect(limits).toContain('CAMERAS_MAX = 20_000');
    expect(page).toContain('20,000 cameras');
    for (const field of [
      'recorder',
      'switch',
      'port',
      'owner',
      'keyframe_interval_seconds',
      'snapshot',
      'password_file',
      'schedule',
      'maintenance',
      'labels',
      'probe',
      'plan',
    ])
      expect(page).toContain(`\`${field}\``.replace('`password_file`', 'password_file'));
  });
});
