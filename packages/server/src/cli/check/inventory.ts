import { Command } from 'commander';
import { checkInventory } from '../../fleet/index.ts';
import { plural, print, printError } from '../terminal.ts';

interface Options {
  readonly classes?: string;
}

export function checkInventoryCommand(): Command {
  return new Command('inventory')
    .description('Check inventories of cameras: fields, addresses, and ids over all files.')
    .argument('<files...>', 'CSV and YAML files, or folders of them')
    .option('--classes <names>', 'classes of your own beside evidence, traffic and indoor, with commas')
    .addHelpText('after', '\nExample:\n  vedette check inventory cameras.yaml sites/*.csv --classes parking,tunnel')
    .action(async (files: readonly string[], options: Options) => {
      const classes = (options.classes ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      const { cameras, problems, problemCount } = await checkInventory(files, classes);
      for (const problem of problems) printError(problem);
      if (problemCount > problems.length) printError(`and ${problemCount - problems.length} more`);
      print(`${plural(cameras, 'camera')}, ${plural(problemCount, 'problem')}`);
      if (problemCount > 0) process.exitCode = 1;
    });
}
