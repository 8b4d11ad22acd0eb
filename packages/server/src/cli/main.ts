import { Command, CommanderError } from 'commander';
import { errorMessage, isVedetteError } from '../base/errors.ts';
import { agentCommand } from './agent.ts';
import { alertmanagerCommand } from './alertmanager.ts';
import { authCommand } from './auth.ts';
import { checkCommand } from './check/index.ts';
import { configCommand } from './config.ts';
import { ffmpegProgressCommand } from './ffmpeg-progress.ts';
import { importCommand } from './import.ts';
import { queryCommand } from './query.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { testCommand } from './test/index.ts';
import { version } from './version.ts';

/** Runs one command line; sets the exit code instead of ending the process, so that output is flushed. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command('vedette')
    .description('Monitoring for camera and video-AI fleets: metrics, rules, alerts and dashboards in one process.')
    .version(version(), '-V, --version')
    .showHelpAfterError('(run with --help for the options and examples)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  vedette serve                                watch this machine, pages at http://127.0.0.1:9600
  vedette serve --config prometheus.yml        run a Prometheus configuration and its rule files as they are
  vedette check config prometheus.yml          say what is wrong with a configuration, with line and remedy
  vedette config print --config vedette.yaml   every effective setting, secrets masked
  vedette query 'up == 0'                      ask a running Vedette
  vedette import metrics.om                    store metrics from a file`,
    );
  for (const command of [
    serveCommand(),
    agentCommand(),
    alertmanagerCommand(),
    checkCommand(),
    configCommand(),
    queryCommand(),
    importCommand(),
    testCommand(),
    simulateCommand(),
    ffmpegProgressCommand(),
    authCommand(),
  ]) {
    command.exitOverride();
    program.addCommand(command);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
      return;
    }
    process.exitCode = 1;
    const known = isVedetteError(error);
    process.stderr.write(`vedette: ${known ? errorMessage(error) : ((error as Error)?.stack ?? String(error))}\n`);
  }
}
