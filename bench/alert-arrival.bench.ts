// How long 20,000 alerts take from the rules' hand to their 4,578 groups: merged, looked at for inhibition, routed, grouped. Each run in a
// process of its own: as the first alerts that a process ever sees (nothing compiled yet), said again, and as new ones after those.
// npx tsx bench/alert-arrival.bench.ts [--alerts 20000] [--runs 9] [--json FILE] [--compare FILE]      (measures what `npm run build` made)
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './process.ts';
import { startReport, valueOf } from './report.ts';

const report = startReport();
const count = valueOf(process.argv, '--alerts') ?? '20000';
const runs = Number(valueOf(process.argv, '--runs') ?? 9);

const times = new Map<string, number[]>();
for (let run = 0; run < runs; run++) {
  const child = ['--import', 'tsx', join(root, 'bench/alert-arrival-run.ts'), count];
  const told = JSON.parse(execFileSync(process.execPath, child, { encoding: 'utf8' })) as Record<string, number>;
  for (const [name, ms] of Object.entries(told)) times.set(name, [...(times.get(name) ?? []), ms]);
}
for (const [name, list] of times) {
  list.sort((a, b) => a - b);
  report.row('vedette', name, list[Math.floor(list.length / 2)] ?? Number.NaN, 'ms');
  report.row('vedette', `${name}-worst`, list.at(-1) ?? Number.NaN, 'ms');
}
report.finish();
