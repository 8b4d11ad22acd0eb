import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

describe('the data directory', () => {
  let folder = '';
  let file = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vedette-config-'));
    mkdirSync(join(folder, 'etc'));
    file = join(folder, 'etc', 'vedette.yaml');
    writeFileSync(file, 'storage: { path: kept }\n');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is ./data when nobody says otherwise', () => {
    expect(loadConfig({}, {}, folder).dataDir).toBe(join(folder, 'data'));
  });

  it('is storage.path, relative to the file that says so', () => {
    expect(loadConfig({ config: file }, {}, folder).dataDir).toBe(join(folder, 'etc', 'kept'));
  });

  it('is what the environment says rather than the file, and what the flag says rather than both', () => {
    expect(loadConfig({ config: file }, { dataDir: 'env' }, folder).dataDir).toBe(join(folder, 'env'));
    expect(loadConfig({ config: file, data: 'flag' }, { dataDir: 'env' }, folder).dataDir).toBe(join(folder, 'flag'));
  });
});
