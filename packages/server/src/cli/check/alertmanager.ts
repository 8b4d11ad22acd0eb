import { Command, Option } from 'commander';
import { checkAlertmanagerFile, examineAlertmanagerFile } from '../../app/index.ts';
import { plural, print, printError } from '../terminal.ts';
import { inhibitionLines } from './alertmanager-doctor.ts';
import { eachFile } from './each-file.ts';
import { type DoctorFlags, examineRequest, withInterrupt } from './rules-doctor.ts';

const MATCHER_MODES = ['fallback', 'utf8-strict', 'classic'] as const;

interface Options extends Pick<DoctorFlags, 'server' | 'tokenFile' | 'data'> {
  readonly matchers: (typeof MATCHER_MODES)[number];
  readonly doctor?: readonly string[];
}

export function checkAlertmanagerCommand(): Command {
  return new Command('alertmanager')
    .description('Check Alertmanager files: routes, receivers, inhibition, time intervals.')
    .argument('<files...>', 'alertmanager.yml')
    .addOption(
      new Option('--matchers <mode>', "how matchers are read, as Alertmanager's feature flags say")
        .choices(MATCHER_MODES)
        .default('fallback'),
    )
    .option('--doctor <rule files...>', 'can each inhibition ever silence an alert of these rules? by a stored past')
    .option('--server <url>', 'with --doctor: the running Vedette or Prometheus to ask')
    .option('--token-file <file>', 'with --server: file with a bearer token')
    .option('--data <dir>', 'with --doctor: data directory of a stopped Vedette, in place of a server')
    .addHelpText(
      'after',
      `
Examples:
  vedette check alertmanager /etc/alertmanager/alertmanager.yml
  vedette check alertmanager alertmanager.yml --doctor rules/*.yml --server http://127.0.0.1:9600`,
    )
    .action(async (files: readonly string[], options: Options) => {
      const { matchers, doctor } = options;
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
      if (!doctor || process.exitCode === 1) return;
      await withInterrupt(options, async (signal) => {
        for (const file of files) {
          const reports = await examineAlertmanagerFile(
            file,
            matchers,
            examineRequest(doctor, { ...options, doctor: true }),
            signal,
          );
          for (const line of inhibitionLines(reports)) print(line);
          if (reports.some(({ verdict }) => verdict === 'broken')) process.exitCode = 1;
        }
      });
    });
}
