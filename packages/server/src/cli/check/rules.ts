import { Command } from 'commander';
import { checkRuleFiles } from '../../app/index.ts';
import { plural } from '../terminal.ts';
import { eachFile } from './each-file.ts';

export function checkRulesCommand(): Command {
  return new Command('rules')
    .description('Check rule files: structure, PromQL and templates.')
    .argument('<files...>', 'Prometheus rule files')
    .addHelpText('after', '\nExample:\n  vedette check rules rules/*.yml')
    .action(async (files: readonly string[]) => {
      await eachFile(files, async (file) => {
        const { groups, rules } = await checkRuleFiles([file]);
        return `${plural(rules, 'rule')} in ${plural(groups, 'group')}`;
      });
    });
}
