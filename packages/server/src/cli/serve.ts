import { CAMERAS_MAX } from '@vedette/simulate';
import { Command } from 'commander';
import { type Demo, type Description, startDemo, startVedette } from '../app/index.ts';
import { VedetteError } from '../base/errors.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { plural, print } from './terminal.ts';
import { version } from './version.ts';

interface ServeFlags {
  readonly config?: string;
  readonly alertmanager?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly demo?: string | true;
}

/** Of `--demo` without a number. */
const DEMO_CAMERAS = 40;

export function serveCommand(): Command {
  return new Command('serve')
    .description('Run Vedette: collect, store, evaluate, alert, and show it in a browser.')
    .option(
      '--config <file>',
      'vedette.yaml or a plain prometheus.yml (default: ./vedette.yaml when it exists, else built-in settings)',
    )
    .option('--alertmanager <file>', 'Alertmanager file with routes and receivers (default: alerting.config_file)')
    .option('--data <folder>', 'where everything is stored (default: ./data)')
    .option('--listen <host:port>', 'address of pages and APIs (default: 127.0.0.1:9600)')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .option('--log-format <format>', 'logfmt or json (default: logfmt)')
    .option('--demo [cameras]', `watch a simulated fleet (default: ${DEMO_CAMERAS} cameras), with data in ./data-demo`)
    .addHelpText(
      'after',
      `
Environment: VEDETTE_CONFIG, VEDETTE_ALERTMANAGER, VEDETTE_DATA, VEDETTE_LISTEN, VEDETTE_LOG_LEVEL, VEDETTE_LOG_FORMAT.
Signals: SIGHUP reloads the configuration, SIGTERM and SIGINT stop after everything accepted is stored.

Examples:
  vedette serve
  vedette serve --config /etc/prometheus/prometheus.yml --data /var/lib/vedette
  vedette serve --alertmanager /etc/alertmanager/alertmanager.yml
  vedette serve --listen 127.0.0.1:9700 --log-level debug
  vedette serve --demo                       a fleet to practise on, with faults`,
    )
    .action(async ({ demo, ...flags }: ServeFlags) => {
      const options = { flags, version: version(), log: (line: string) => void process.stderr.write(line) };
      if (demo === undefined) {
        const vedette = await startVedette(options);
        print(banner(vedette.describe()));
        runUntilStopped(vedette);
        return;
      }
      const running = await startDemo({ ...options, cameras: demo === true ? DEMO_CAMERAS : cameraCount(demo) });
      print(`${banner(running.describe())}${simulationLines(running)}`);
      runUntilStopped(running);
    });
}

function cameraCount(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= CAMERAS_MAX) return count;
  throw new VedetteError('CONFIG_INVALID', `--demo: "${text}" is not a number of cameras from 1 to ${CAMERAS_MAX}`);
}

function simulationLines({ simulation: { plan, addresses } }: Demo): string {
  return [
    `  This is a simulation: ${plural(plan.cameras.length, 'camera')} at ${addresses.rtsp}, faults at ${addresses.control}/faults`,
    '',
  ].join('\n');
}

function banner(about: Description): string {
  return [
    `Vedette ${about.version}, ready after ${(about.readyAfterMs / 1_000).toFixed(1)} s`,
    `  pages    ${about.url}`,
    `  watches  ${about.watches.join(', ')}`,
    `  rules    ${plural(about.ruleCount, 'rule')} in ${plural(about.ruleGroupCount, 'group')}`,
    `  data     ${about.storage}`,
    `  config   ${about.configFile ?? 'built-in; pass --config prometheus.yml or write vedette.yaml to watch more'}`,
    '',
  ].join('\n');
}
