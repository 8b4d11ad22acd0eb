#!/usr/bin/env node
// Writes packages/server/dist/bundle/main.cjs: the compiled server and the packages it imports in one file. Loading some 1,700
// small files takes Node 0.9 s at every start and every command; one file takes 0.35 s, and 0.2 s with V8's code cache, which
// only scripts of this kind can have on Node 20 (bin/load-bundle.cjs keeps it and says what the file holds). Run after `tsc -b`.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'packages/server/dist/bundle');
const partial = join(outdir, `main.${process.pid}.partial`);

/** In a bundle every module has the address of the bundle; ours find their threads, clips and catalogue beside where they were compiled to. */
const ownAddress = {
  name: 'own-address',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]packages[\\/][a-z]+[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const place = JSON.stringify(relative(outdir, path));
      const address = `require('node:url').pathToFileURL(require('node:path').join(__dirname, ${place})).href`;
      return { contents: text.replaceAll('import.meta.url', address), loader: 'js' };
    });
  },
};

await build({
  entryPoints: [join(root, 'packages/server/dist/cli/main.js')],
  outfile: partial,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // Native, and optional.
  external: ['chdb'],
  // A script from the code cache has no loader for import(): it becomes require().
  supported: { 'dynamic-import': false },
  // In letters of one byte: the launcher takes it as it lies on the disk.
  charset: 'ascii',
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [ownAddress],
});
await writeFile(partial, inAscii(await readFile(partial, 'utf8')));
// A server that starts meanwhile reads the old file or the new one, never half of it.
await rename(partial, join(outdir, 'main.cjs'));

/** esbuild leaves other letters in comments, where any text will do, and in regular expressions, where an escape means the same. */
function inAscii(text) {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
