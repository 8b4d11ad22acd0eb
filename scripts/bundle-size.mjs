#!/usr/bin/env node
// Weighs the built pages: what the first page loads, and what each lazily loaded part adds. Fails above the budgets.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_PAGE_KIB_MAX = 160;
const LAZY_PART_KIB_MAX = 200;

const dist = resolve(import.meta.dirname, '../packages/web/dist');
const manifestFile = join(dist, '.vite/manifest.json');
if (!existsSync(manifestFile)) {
  process.stderr.write('the pages are not built: run `npm run build` first\n');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

/** Every file that loading one entry brings, through static imports. */
function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return new Set();
  seen.add(key);
  const files = new Set([chunk.file, ...(chunk.css ?? [])]);
  for (const other of chunk.imports ?? []) for (const file of filesOf(other, seen)) files.add(file);
  return files;
}

const weights = new Map();
function kib(files) {
  let bytes = 0;
  for (const file of files) {
    if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(join(dist, file))).length);
    bytes += weights.get(file);
  }
  return bytes / 1024;
}

let failed = false;
function line(name, size, limit) {
  const over = size > limit;
  failed ||= over;
  process.stdout.write(`${over ? 'OVER  ' : 'ok    '} ${name}\t${size.toFixed(1)} KiB gzip (at most ${limit})\n`);
}

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
const first = new Set(entries.flatMap((key) => [...filesOf(key)]));
// The first page a user sees is a dashboard: its part counts as loaded with the shell.
const dashboard = Object.keys(manifest).filter((key) => /dashboards\/dashboard-page/.test(key));
line(
  'first page (shell and a dashboard)',
  kib(new Set([...first, ...dashboard.flatMap((key) => [...filesOf(key)])])),
  FIRST_PAGE_KIB_MAX,
);
for (const key of Object.keys(manifest).filter((name) => manifest[name].isDynamicEntry)) {
  line(key, kib([...filesOf(key)].filter((file) => !first.has(file))), LAZY_PART_KIB_MAX);
}
process.exit(failed ? 1 : 0);
