#!/usr/bin/env node
// Compares the built pages with their budgets: `node packages/web/bundle-size.mjs`. Reads dist/.vite/manifest.json.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The first picture on a slow site link; and the most a later page may add. Gzipped JavaScript and CSS. */
const INITIAL_BYTES_MAX = 160 * 1024;
const LAZY_BYTES_MAX = 200 * 1024;

/** The route that `/` opens. */
const INITIAL_ROUTE = 'src/dashboards/dashboard-page.tsx';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const manifestFile = join(dist, '.vite/manifest.json');
if (!existsSync(manifestFile)) {
  process.stderr.write('The pages are not built. Run `npm run build` first.\n');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

function closure(key, files = new Set()) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) closure(imported, files);
  return files;
}

const gzipBytes = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
const sum = (files) => [...files].reduce((total, file) => total + gzipBytes(file), 0);
const initial = closure(INITIAL_ROUTE, closure('index.html'));
const rows = [{ name: 'initial (shell and dashboard)', bytes: sum(initial), limit: INITIAL_BYTES_MAX }];
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || key === INITIAL_ROUTE) continue;
  rows.push({ name: key, bytes: sum([...closure(key)].filter((file) => !initial.has(file))), limit: LAZY_BYTES_MAX });
}
let over = 0;
for (const { name, bytes, limit } of rows.sort((a, b) => b.bytes / b.limit - a.bytes / a.limit)) {
  if (bytes > limit) over++;
  process.stdout.write(
    `${bytes > limit ? 'OVER' : 'ok  '} ${(bytes / 1024).toFixed(1).padStart(6)} of ${limit / 1024} KiB  ${name}\n`,
  );
}
process.exit(over > 0 ? 1 : 0);
