import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Command } from 'commander';
import { type TestedFile, type TestedGroup, failureLines, junitXml, runRuleTests } from '../../app/index.ts';
import { plural, print, printError } from '../terminal.ts';

interface Options {
  readonly run?: readonly string[];
  readonly diff?: boolean;
  readonly junit?: string;
  readonly debug?: boolean;
  readonly ignoreUnknownFields?: boolean;
}

export function testRulesCommand(): Command {
  return new Command('rules')
    .description("Run unit tests of rules, in promtool's files.")
    .argument('<files...>', 'files with tests')
    .option('--run <regex>', 'only tests with such a name; may be repeated', (regex: string, before: string[] = []) => [
      ...before,
      regex,
    ])
    .option('--diff', 'show what differs instead of both lists')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--debug', 'show all series at the end of each test')
    .option('--ignore-unknown-fields', 'pass over keys of rule files that nobody knows')
    .addHelpText(
      'after',
      `
Time in tests is their own: a day of evaluations takes a moment. Exit codes are promtool's: 0 all passed, 1 a test failed or a file
could not be read.

Examples:
  vedette test rules tests/*.yml
  vedette test rules --run 'CameraDown' --diff tests/cameras.yml
  vedette test rules --junit results.xml tests/*.yml`,
    )
    .action(async (files: readonly string[], options: Options) => {
      process.exitCode = await testRules(files, options);
    });
}

async function testRules(files: readonly string[], options: Options): Promise<number> {
  const report = await runRuleTests(files, {
    run: options.run ?? [],
    debug: options.debug === true,
    ignoreUnknownFields: options.ignoreUnknownFields === true,
  });
  for (const file of report.files) printFile(file, options);
  print(`${plural(report.passed + report.failed, 'test')}: ${report.passed} passed, ${report.failed} failed`);
  if (options.junit !== undefined) await writeFile(options.junit, junitXml(report));
  return report.failed > 0 ? 1 : 0;
}

function printFile({ file, warnings, error, groups }: TestedFile, options: Options): void {
  const name = relative(process.cwd(), file) || file;
  for (const warning of warnings) printError(`warning: ${warning}`);
  const failed = groups.filter(({ failures }) => failures.length > 0);
  print(`${name}: ${groups.length - failed.length} passed, ${failed.length} failed`);
  if (error !== undefined) printError(error.replace(/^/gm, '  '));
  for (const group of groups) printGroup(name, group, options);
}

function printGroup(file: string, { name, line, durationMs, failures, dump }: TestedGroup, options: Options): void {
  if (options.debug === true) {
    print(`  DEBUG: ${name} took ${Math.round(durationMs)} ms; series at its end:`);
    for (const series of dump) print(`    ${series}`);
  }
  if (failures.length === 0) return;
  print(`  FAILED: ${name} (${file}:${line})`);
  for (const failure of failures)
    for (const { sign, text } of failureLines(failure, options.diff === true)) print(coloured(sign, `    ${text}`));
}

const GREEN = 32;
const RED = 31;

/** In a terminal that somebody watches; files and pipes get plain text. */
function coloured(sign: string, text: string): string {
  const colour = sign === '-' ? RED : sign === '+' ? GREEN : undefined;
  return colour === undefined || !process.stdout.isTTY ? text : `\u001B[${colour}m${text}\u001B[0m`;
}
