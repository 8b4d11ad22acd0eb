import { Command } from 'commander';
import { testPromqlCommand } from './promql.ts';
import { testRoutesCommand } from './routes.ts';
import { testRulesCommand } from './rules.ts';

export function testCommand(): Command {
  const test = new Command('test').description('Run tests written in files.');
  for (const command of [testPromqlCommand(), testRulesCommand(), testRoutesCommand()]) test.addCommand(command);
  return test;
}
