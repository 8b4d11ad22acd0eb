import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesOf, matchesPart } from './glob.ts';

describe('a part of a pattern', () => {
  it.each([
    ['*.tmpl', 'slack.tmpl', true],
    ['*.tmpl', 'slack.tmpl.bak', false],
    ['*', '', true],
    ['s?ack', 'slack', true],
    ['s?ack', 'sack', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]x]', 'x', false],
    ['[\\]x]', ']', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['[a', 'a', false],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*ö', 'schön ö', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesPart(pattern, name)).toBe(expected);
  });

  it('whatever it is, it takes little time', () => {
    const started = performance.now();
    expect(matchesPart('*a'.repeat(200), 'a'.repeat(500))).toBe(true);
    expect(matchesPart(`${'*a'.repeat(200)}b`, 'a'.repeat(500))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('a name matches itself when it has no signs', () => {
    fc.assert(fc.property(fc.stringMatching(/^[^*?[\\/]{0,20}$/u), (name) => matchesPart(name, name)));
  });
});

describe('files of a pattern', () => {
  it('are sorted; folders and what is not there are left out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-glob-'));
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'b.tmpl'));
    for (const name of ['a/two.tmpl', 'a/one.tmpl', 'a/other.txt', 'c.tmpl']) writeFileSync(join(folder, name), '');
    expect(await filesOf(join(folder, '*/*.tmpl'))).toEqual([join(folder, 'a/one.tmpl'), join(folder, 'a/two.tmpl')]);
    expect(await filesOf(join(folder, '*.tmpl'))).toEqual([join(folder, 'c.tmpl')]);
    expect(await filesOf(join(folder, 'nope/*.tmpl'))).toEqual([]);
    expect(await filesOf(join(folder, 'c.tmpl'))).toEqual([join(folder, 'c.tmpl')]);
  });
});
