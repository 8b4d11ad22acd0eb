import { Command } from 'commander';
import { checkAlertmanagerCommand } from './alertmanager.ts';
import { checkConfigCommand } from './config.ts';
import { checkDashboardsCommand } from './dashboards.ts';
import { checkInventoryCommand } from './inventory.ts';
import { checkRulesCommand } from './rules.ts';

export function checkCommand(): Command {
  const check = new Command('check').description('Say what is wrong with files before Vedette runs them.');
  for (const command of [
    checkConfigCommand(),
    checkRulesCommand(),
    checkAlertmanagerCommand(),
    checkDashboardsCommand(),
    checkInventoryCommand(),
  ])
    check.addCommand(command);
  return check;
}
