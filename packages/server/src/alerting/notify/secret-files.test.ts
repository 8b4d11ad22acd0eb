import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Secret } from '../../base/config-schema.ts';
import { secretFiles } from './secret-files.ts';

it('a secret is read at each use, without white space around it; the written one counts first', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'vedette-secret-')), 'token');
  writeFileSync(file, ' one\n');
  expect(await secretFiles.read(undefined, file)).toBe('one');
  writeFileSync(file, 'two');
  expect(await secretFiles.read(undefined, file)).toBe('two');
  expect(await secretFiles.read(new Secret('written'), file)).toBe('written');
  expect(await secretFiles.read(undefined, undefined)).toBeUndefined();
  await expect(secretFiles.read(undefined, `${file}.gone`)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
});
