import { relative } from 'node:path';
import { Command } from 'commander';
import { checkConfiguration, checkDashboardFile, checkRuleFiles } from '../app/index.ts';
import { errorMessage } from '../base/errors.ts';
import { plural, print, printError } from './terminal.ts';

export function checkCommand(): Command {
  const check = new Command('check').description('Say what is wrong with files before Vedette runs them.');
  check
    .command('config')
    .description('Check configurations, and the rule files they name.')
    .argument('<files...>', 'vedette.yaml or prometheus.yml')
    .addHelpText('after', '\nExample:\n  vedette check config /etc/prometheus/prometheus.yml')
    .action(async (files: readonly string[]) => {
      await each(files, async (file) => {
        const { warnings, jobs, rules } = await checkConfiguration(file);
        for (const warning of warnings) printError(`warning: ${warning}`);
        return `${plural(jobs, 'scrape job')}, ${plural(rules, 'rule')}`;
      });
    });
  check
    .command('rules')
    .description('Check rule files: structure, PromQL and templates.')
    .argument('<files...>', 'Prometheus rule files')
    .addHelpText('after', '\nExample:\n  vedette check rules rules/*.yml')
    .action(async (files: readonly string[]) => {
      await each(files, async (file) => {
        const { groups, rules } = await checkRuleFiles([file]);
        return `${plural(rules, 'rule')} in ${plural(groups, 'group')}`;
      });
    });
  check
    .command('dashboards')
    .description('Check dashboards: JSON, panels, and the queries in them.')
    .argument('<files...>', 'Grafana JSON, YAML panels, or ConfigMaps that hold dashboards')
    .addHelpText('after', '\nExample:\n  vedette check dashboards dashboards/*.json')
    .action(async (files: readonly string[]) => {
      await each(files, async (file) => {
        const dashboards = checkDashboardFile(file);
        for (const { title, faults } of dashboards) {
          for (const { severity, text } of faults) printError(`${severity}: ${file}: ${title}: ${text}`);
          if (faults.some(({ severity }) => severity === 'error')) process.exitCode = 1;
        }
        return plural(dashboards.length, 'dashboard');
      });
    });
  return check;
}

/** One line a file; a faulty one prints its faults and the others are still checked. */
async function each(files: readonly string[], checkOne: (file: string) => Promise<string>): Promise<void> {
  for (const file of files) {
    const name = relative(process.cwd(), file) || file;
    try {
      print(`${name}: ${await checkOne(file)}`);
    } catch (error) {
      process.exitCode = 1;
      printError(`${name}: not valid`);
      printError(errorMessage(error).replace(/^/gm, '  '));
    }
  }
}
