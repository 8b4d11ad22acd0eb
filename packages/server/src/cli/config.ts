import { Command } from 'commander';
import { loadConfig, printConfig } from '../app/index.ts';
import { print } from './terminal.ts';

export function configCommand(): Command {
  const config = new Command('config').description('Look at the configuration.');
  config
    .command('print')
    .description('Print every effective setting, defaults included; secrets are masked.')
    .option('--config <file>', 'vedette.yaml or a plain prometheus.yml')
    .addHelpText('after', '\nExample:\n  vedette config print --config /etc/prometheus/prometheus.yml')
    .action((flags: { readonly config?: string }) => {
      print(printConfig(loadConfig(flags)));
    });
  return config;
}
