import { Command, CommanderError } from 'commander';
import { errorMessage, isVedetteError } from '../base/errors.ts';
import { version } from './version.ts';

/**
 * Each command in the order of the help, read only when it is needed: a site's agent shares a small machine with recorders and should
 * not carry the server in its memory.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./serve.ts')).serveCommand()],
  ['agent', async () => (await import('./agent.ts')).agentCommand()],
  ['alertmanager', async () => (await import('./alertmanager.ts')).alertmanagerCommand()],
  ['check', async () => (await import('./check/index.ts')).checkCommand()],
  ['config', async () => (await import('./config.ts')).configCommand()],
  ['query', async () => (await import('./query.ts')).queryCommand()],
  ['import', async () => (await import('./import.ts')).importCommand()],
  ['test', async () => (await import('./test/index.ts')).testCommand()],
  ['simulate', async () => (await import('./simulate.ts')).simulateCommand()],
  ['ffmpeg-progress', async () => (await import('./ffmpeg-progress.ts')).ffmpegProgressCommand()],
  ['auth', async () => (await import('./auth.ts')).authCommand()],
]);

/**
 * Runs one command line; sets the exit code instead of ending the process, so that output is flushed. `onLoaded` is called when all that
 * the named command imports is there.
 */
export async function main(args: readonly string[], onLoaded: () => void = () => undefined): Promise<void> {
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
  const named = COMMANDS.get(args[0] ?? '');
  // Help, and the answer to a mistyped command, need all of them.
  for (const load of named ? [named] : COMMANDS.values()) {
    const command = await load();
    command.exitOverride();
    program.addCommand(command);
  }
  if (named) onLoaded();
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
