import { Command } from 'commander';
import { checkRuleFiles } from '../../app/index.ts';
import { plural } from '../terminal.ts';
import { eachFile } from './each-file.ts';
import { type DoctorFlags, addDoctorOptions, runDoctor } from './rules-doctor.ts';

export function checkRulesCommand(): Command {
  return addDoctorOptions(new Command('rules'))
    .description('Check rule files: structure, PromQL and templates.')
    .argument('<files...>', 'Prometheus rule files')
    .addHelpText(
      'after',
      '\nExample:\n  vedette check rules rules/*.yml\n  vedette check rules rules.yml --doctor --server http://127.0.0.1:9600',
    )
    .action(async (files: readonly string[], flags: DoctorFlags) => {
      if (flags.doctor) return runDoctor(files, flags);
      await eachFile(files, async (file) => {
        const { groups, rules } = await checkRuleFiles([file]);
        return `${plural(rules, 'rule')} in ${plural(groups, 'group')}`;
      });
    });
}
