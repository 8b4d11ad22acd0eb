import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Command } from 'commander';
import { runPromqlScript } from '../../app/index.ts';
import { errorMessage } from '../../base/errors.ts';
import { plural, print, printError } from '../terminal.ts';

export function testPromqlCommand(): Command {
  return new Command('promql')
    .description("Run scripted PromQL tests against Vedette's own planner, engine and hot window.")
    .argument('<files...>', 'scripts of load, clear and eval commands')
    .option('--quiet', 'print failures and the last line only')
    .addHelpText(
      'after',
      `
The language is that of Prometheus's own test scripts: load samples, evaluate a query, compare. Each instant query is also run as a
range query and with its selectors fixed by @, and must answer the same.

Examples:
  vedette test promql rates.test
  vedette test promql --quiet promql/*.test

Failures are printed as FILE:LINE with what was expected and what came; any failure makes the exit code 1.`,
    )
    .action(async (files: readonly string[], options: { readonly quiet?: boolean }) => {
      await testPromql(files, options.quiet === true);
    });
}

async function testPromql(files: readonly string[], quiet: boolean): Promise<void> {
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const name = relative(process.cwd(), file) || file;
    const progress = progressLine(name);
    try {
      const report = await runPromqlScript(await readFile(file, 'utf8'), progress.show);
      progress.clear();
      for (const { line, query, expected, got } of report.failures)
        print(`${name}:${line}: ${query}\n  expected: ${expected}\n  got:      ${got}`);
      passed += report.passed;
      failed += report.failures.length;
      if (!quiet) print(`${name}: ${report.passed} passed, ${report.failures.length} failed`);
    } catch (error) {
      progress.clear();
      failed++;
      printError(`${name}: ${errorMessage(error)}`);
    }
  }
  print(
    `${plural(passed + failed, 'evaluation')} in ${plural(files.length, 'file')}: ${passed} passed, ${failed} failed`,
  );
  if (failed > 0) process.exitCode = 1;
}

/** How far a file is, on one line of a terminal that is watched by somebody; nothing elsewhere. */
function progressLine(name: string): {
  readonly show: (done: number, all: number) => void;
  readonly clear: () => void;
} {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (done, all) => void process.stderr.write(`\r\u001B[K${name}: ${done} of ${all}`),
    clear: () => void process.stderr.write('\r\u001B[K'),
  };
}
