import { relative } from 'node:path';
import { Command } from 'commander';
import { type CheckedRules, checkRuleFile, checkRuleText } from '../../app/index.ts';
import { errorMessage } from '../../base/errors.ts';
import { readStandardInput } from '../standard-input.ts';
import { plural, print, printError } from '../terminal.ts';
import { type DoctorFlags, addDoctorOptions, runDoctor } from './rules-doctor.ts';

interface Options extends DoctorFlags {
  readonly lint: string;
  readonly lintFatal?: boolean;
  readonly ignoreUnknownFields?: boolean;
}

/** As promtool: files with faults, and files that are only not as they should be. */
const FAULTS_EXIT_CODE = 1;
const LINT_EXIT_CODE = 3;
const LINTS: ReadonlySet<string> = new Set(['all', 'duplicate-rules', 'none']);

export function checkRulesCommand(): Command {
  return addDoctorOptions(new Command('rules'))
    .description('Check rule files: structure, PromQL and templates.')
    .argument('[files...]', 'Prometheus rule files, ConfigMaps and PrometheusRules; standard input without any')
    .option(
      '--lint <checks>',
      'what else to look for: all, duplicate-rules, none; several with commas',
      'duplicate-rules',
    )
    .option('--lint-fatal', 'exit with 3 when that found something')
    .option('--ignore-unknown-fields', 'pass over keys that nobody knows')
    .addHelpText(
      'after',
      `
Exit codes are promtool's: 0 all sound, 1 a file has faults, 3 with --lint-fatal a file is only not as it should be.

Examples:
  vedette check rules rules/*.yml
  vedette check rules rules.yml --doctor --server http://127.0.0.1:9600
  kubectl get prometheusrule -A -o yaml | vedette check rules --lint-fatal`,
    )
    .action(async (files: readonly string[], options: Options) => {
      if (options.doctor) return runDoctor(files, options);
      process.exitCode = await checkRules(files, options);
    });
}

async function checkRules(files: readonly string[], options: Options): Promise<number> {
  const lints = options.lint.split(',').map((lint) => lint.trim());
  for (const lint of lints)
    if (!LINTS.has(lint)) printError(`warning: unknown lint option "${lint}"; known are ${[...LINTS].join(', ')}`);
  const findsDuplicates = lints.includes('all') || lints.includes('duplicate-rules');
  const reading = { ignoreUnknownFields: options.ignoreUnknownFields === true };
  let hasFaults = false;
  let hasLint = false;
  const checkOne = async (name: string, check: () => Promise<CheckedRules>): Promise<void> => {
    try {
      const { groups, rules, warnings, duplicates } = await check();
      for (const warning of warnings) printError(`warning: ${warning}`);
      const found = findsDuplicates ? duplicates : [];
      for (const line of found) printError(line);
      hasLint ||= found.length > 0;
      const lintWord = found.length === 0 ? '' : `, ${plural(found.length, 'lint')}`;
      print(`${name}: ${plural(rules, 'rule')} in ${plural(groups, 'group')}${lintWord}`);
    } catch (error) {
      hasFaults = true;
      printError(`${name}: not valid`);
      printError(errorMessage(error).replace(/^/gm, '  '));
    }
  };
  if (files.length === 0)
    await checkOne('standard input', async () => checkRuleText(await readStandardInput(), 'standard input', reading));
  for (const file of files) await checkOne(relative(process.cwd(), file) || file, () => checkRuleFile(file, reading));
  if (hasFaults) return FAULTS_EXIT_CODE;
  return hasLint && options.lintFatal === true ? LINT_EXIT_CODE : 0;
}
