import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Loaded {
  readonly exports: { readonly answer: () => number };
  keep(): void;
}

const LOADER = join(import.meta.dirname, '../../../../bin/load-bundle.cjs');
const { loadBundle } = createRequire(import.meta.url)(LOADER) as {
  loadBundle(file: string, folder: string, purpose: string): Loaded;
};

describe('the code cache of the launcher', () => {
  let folder: string;
  let file: string;

  const write = (answer: number, atSeconds: number): void => {
    const module = `exports.answer = function () { return ${answer}; };`;
    writeFileSync(file, `(function (exports, require, module, __filename, __dirname) {${module}})`);
    utimesSync(file, atSeconds, atSeconds);
  };
  const caches = (): readonly string[] => readdirSync(folder).filter((name) => name !== 'main.cjs');
  const load = (purpose = 'serve'): number => {
    const { exports, keep } = loadBundle(file, folder, purpose);
    keep();
    return exports.answer();
  };

  /** In a process of its own: V8 asks no cache for a source that it has compiled before. */
  const loadElsewhere = (): string => {
    const script =
      'const [loader, ...args] = process.argv.slice(1); const { exports, keep } = require(loader).loadBundle(...args); keep(); console.log(exports.answer())';
    const { stdout } = spawnSync(process.execPath, ['-e', script, LOADER, file, folder, 'serve'], { encoding: 'utf8' });
    return stdout.trim();
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-bundle-'));
    file = join(folder, 'main.cjs');
    write(1, 1_000);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is written once for each purpose, and answers the same', () => {
    expect(load()).toBe(1);
    const [cache = ''] = caches();
    const before = readFileSync(join(folder, cache));
    expect(load()).toBe(1);
    expect(load('query')).toBe(1);
    expect(caches()).toHaveLength(2);
    expect(readFileSync(join(folder, cache)).equals(before)).toBe(true);
  });

  it('never runs the code of an earlier bundle, even of one as long', () => {
    load();
    write(2, 2_000);
    expect(load()).toBe(2);
    expect(caches()).toHaveLength(1);
  });

  it('is made anew when it is damaged', () => {
    loadElsewhere();
    const [cache = ''] = caches();
    writeFileSync(join(folder, cache), 'no code');
    expect(loadElsewhere()).toBe('1');
    expect(readFileSync(join(folder, cache)).length).toBeGreaterThan(100);
  });
});
