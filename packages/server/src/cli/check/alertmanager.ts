import { Command, Option } from 'commander';
import { checkAlertmanagerFile } from '../../app/index.ts';
import { plural, printError } from '../terminal.ts';
import { eachFile } from './each-file.ts';

const MATCHER_MODES = ['fallback', 'utf8-strict', 'classic'] as const;

export function checkAlertmanagerCommand(): Command {
  return new Command('alertmanager')
    .description('Check Alertmanager files: routes, receivers, inhibition, time intervals.')
    .argument('<files...>', 'alertmanager.yml')
    .addOption(
      new Option('--matchers <mode>', "how matchers are read, as Alertmanager's feature flags say")
        .choices(MATCHER_MODES)
        .default('fallback'),
    )
    .addHelpText('after', '\nExample:\n  vedette check alertmanager /etc/alertmanager/alertmanager.yml')
    .action(async (files: readonly string[], { matchers }: { readonly matchers: (typeof MATCHER_MODES)[number] }) => {
      await eachFile(files, async (file) => {
        const { warnings, routes, receivers, inhibitRules, timeIntervals } = checkAlertmanagerFile(file, matchers);
        for (const warning of warnings) printError(`warning: ${warning}`);
        return [
          plural(routes, 'route'),
          plural(receivers, 'receiver'),
          plural(inhibitRules, 'inhibit rule'),
          plural(timeIntervals, 'time interval'),
        ].join(', ');
      });
    });
}
