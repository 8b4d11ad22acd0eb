import { Command } from 'commander';
import { checkConfiguration } from '../../app/index.ts';
import { plural, printError } from '../terminal.ts';
import { eachFile } from './each-file.ts';

export function checkConfigCommand(): Command {
  return new Command('config')
    .description('Check configurations, and the rule files they name.')
    .argument('<files...>', 'vedette.yaml or prometheus.yml')
    .addHelpText('after', '\nExample:\n  vedette check config /etc/prometheus/prometheus.yml')
    .action(async (files: readonly string[]) => {
      await eachFile(files, async (file) => {
        const { warnings, jobs, rules } = await checkConfiguration(file);
        for (const warning of warnings) printError(`warning: ${warning}`);
        return `${plural(jobs, 'scrape job')}, ${plural(rules, 'rule')}`;
      });
    });
}
