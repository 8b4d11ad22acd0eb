#!/usr/bin/env node
// `npm run check`: types, lint, format and unit tests; the first failure does not hide the others.
import { spawnSync } from 'node:child_process';

const node = process.execPath;
const steps = [
  ['types', [node, 'node_modules/typescript/bin/tsc', '-b']],
  ...['wire', 'agent', 'simulate', 'server'].map((name) => [
    `types of ${name}'s tests`,
    [node, 'node_modules/typescript/bin/tsc', '-p', `packages/${name}/tsconfig.test.json`],
  ]),
  ['types of web', [node, 'node_modules/typescript/bin/tsc', '-p', 'packages/web/tsconfig.json']],
  ['lint', [node, 'node_modules/oxlint/bin/oxlint', '--deny-warnings']],
  ['format', [node, 'node_modules/oxfmt/bin/oxfmt', '--check']],
  ['unit tests', [node, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit']],
];

const failed = [];
for (const [name, [command, ...args]] of steps) {
  const started = Date.now();
  const result = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const ok = result.status === 0;
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (!ok) failed.push(name);
}
if (failed.length > 0) {
  process.stdout.write(`check failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
