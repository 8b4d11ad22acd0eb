import { Command } from 'commander';
import { checkDashboardFile } from '../../app/index.ts';
import { plural, printError } from '../terminal.ts';
import { eachFile } from './each-file.ts';

export function checkDashboardsCommand(): Command {
  return new Command('dashboards')
    .description('Check dashboards: JSON, panels, and the queries in them.')
    .argument('<files...>', 'Grafana JSON, YAML panels, or ConfigMaps that hold dashboards')
    .addHelpText('after', '\nExample:\n  vedette check dashboards dashboards/*.json')
    .action(async (files: readonly string[]) => {
      await eachFile(files, async (file) => {
        const dashboards = checkDashboardFile(file);
        for (const { title, faults } of dashboards) {
          for (const { severity, text } of faults) printError(`${severity}: ${file}: ${title}: ${text}`);
          if (faults.some(({ severity }) => severity === 'error')) process.exitCode = 1;
        }
        return plural(dashboards.length, 'dashboard');
      });
    });
}
