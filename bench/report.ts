import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** One measured figure; `name` and `metric` together identify it between commits. */
export interface BenchRow {
  readonly name: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

export interface Report {
  row(name: string, metric: string, value: number, unit: string): void;
  /** Prints the comparison and writes the file that the command line asked for (`--json FILE`, `--compare FILE`). */
  finish(): void;
}

/** Tab-separated rows on standard output; the machine, its load and the commit in the first line, so that rows can be kept. */
export function startReport(args: readonly string[] = process.argv.slice(2)): Report {
  const rows: BenchRow[] = [];
  const load = loadavg()[0]?.toFixed(2);
  const about = `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load}, node ${process.versions.node}, commit ${commit()}`;
  process.stdout.write(`# ${about}\n`);
  return {
    row: (name, metric, value, unit) => {
      rows.push({ name, metric, value, unit });
      process.stdout.write(`${name}\t${metric}\t${format(value)}\t${unit}\n`);
    },
    finish: () => {
      const json = valueOf(args, '--json');
      if (json !== undefined) writeFileSync(json, `${JSON.stringify({ about, rows }, undefined, 1)}\n`);
      const other = valueOf(args, '--compare');
      if (other !== undefined)
        compare(rows, JSON.parse(readFileSync(other, 'utf8')) as { about: string; rows: BenchRow[] });
    },
  };
}

function compare(
  rows: readonly BenchRow[],
  before: { readonly about: string; readonly rows: readonly BenchRow[] },
): void {
  process.stdout.write(`# compared with ${before.about}\n`);
  const old = new Map(before.rows.map((row) => [`${row.name}\t${row.metric}`, row]));
  for (const { name, metric, value, unit } of rows) {
    const was = old.get(`${name}\t${metric}`)?.value;
    if (was !== undefined)
      process.stdout.write(
        `${name}\t${metric}\t${format(was)} → ${format(value)} ${unit}\t× ${(value / was).toFixed(2)}\n`,
      );
  }
}

export function valueOf(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
