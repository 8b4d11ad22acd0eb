import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type AlertmanagerOptions, LOG_LEVELS, startAlertmanager } from '../app/index.ts';
import { VedetteError } from '../base/errors.ts';
import { parseDuration, parseSize } from '../base/units.ts';
import { print } from './terminal.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { version } from './version.ts';

const CONFIG_DEFAULT = 'alertmanager.yml';
const DATA_DEFAULT = 'data';
const LISTEN_DEFAULT = '127.0.0.1:9093';

/** Flags of Alertmanager's that mean something here, by what they are called here. */
const ALIASES = {
  config: 'config.file',
  data: 'storage.path',
  listen: 'web.listen-address',
  externalUrl: 'web.external-url',
  routePrefix: 'web.route-prefix',
  webConfig: 'web.config.file',
  retention: 'data.retention',
  logLevel: 'log.level',
  logFormat: 'log.format',
} as const;

/** Read so that a command line keeps working; one log line tells which have no effect. */
const WITHOUT_EFFECT = [
  'data.maintenance-interval',
  'alerts.gc-interval',
  'web.get-concurrency',
  'web.timeout',
  'web.ui-path',
  'auto-gomemlimit.ratio',
  'cluster.listen-address',
  'cluster.advertise-address',
  'cluster.peer',
  'cluster.peer-timeout',
  'cluster.peer-name',
  'cluster.gossip-interval',
  'cluster.pushpull-interval',
  'cluster.tcp-timeout',
  'cluster.probe-timeout',
  'cluster.probe-interval',
  'cluster.settle-timeout',
  'cluster.reconnect-interval',
  'cluster.reconnect-timeout',
  'cluster.tls-config',
  'cluster.label',
] as const;
const SWITCHES_WITHOUT_EFFECT = ['cluster.allow-insecure-public-advertise-address-discovery'] as const;

const MATCHER_MODES = { 'classic-mode': 'classic', 'utf8-strict-mode': 'utf8-strict' } as const;

type Given = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

export function alertmanagerCommand(): Command {
  const command = new Command('alertmanager')
    .description('Run alerting alone, in the place of an Alertmanager: its file, its API, its command line.')
    .option('--config <file>', `Alertmanager file (default: ./${CONFIG_DEFAULT}); also --config.file`)
    .option(
      '--data <folder>',
      `where silences and the notification log are kept (default: ./${DATA_DEFAULT}); also --storage.path`,
    )
    .option('--listen <host:port>', `address of the API (default: ${LISTEN_DEFAULT}); also --web.listen-address`)
    .option('--external-url <url>', 'where people reach it; also --web.external-url')
    .option(
      '--route-prefix <path>',
      'before every path (default: the path of the external URL); also --web.route-prefix',
    )
    .option('--web-config <file>', 'users and certificate; also --web.config.file')
    .option('--retention <duration>', 'how long expired silences are kept (default: 120h); also --data.retention')
    .option('--silences.max-silences <count>', 'silences that have not expired (default: 10000)')
    .option('--silences.max-silence-size-bytes <size>', 'size of one silence (default: 64KB)')
    .option('--log-level <level>', 'debug, info, warn or error (default: info); also --log.level')
    .option('--log-format <format>', 'logfmt or json (default: logfmt); also --log.format')
    .option('--enable-feature <features>', 'classic-mode or utf8-strict-mode: how matchers are read');
  for (const name of Object.values(ALIASES)) command.addOption(hidden(name));
  for (const name of WITHOUT_EFFECT) command.addOption(hidden(name).argParser(collected));
  for (const name of SWITCHES_WITHOUT_EFFECT) command.addOption(new Option(`--${name}`).hideHelp());
  return command
    .addHelpText(
      'after',
      `
Other flags of Alertmanager (--cluster.*, --web.timeout, …) are read and have no effect; the log says so.
Signals: SIGHUP reloads the file, SIGTERM and SIGINT stop.

Examples:
  vedette alertmanager --config /etc/alertmanager/alertmanager.yml --data /var/lib/alertmanager
  vedette alertmanager --config.file=alertmanager.yml --web.listen-address=127.0.0.1:9093`,
    )
    .action(async (given: Given) => {
      const running = await startAlertmanager(optionsOf(given));
      print(`Vedette ${version()}, alerting alone\n  API      ${running.url}/api/v2\n`);
      runUntilStopped(running);
    });
}

function hidden(name: string): Option {
  return new Option(`--${name} <value>`).hideHelp();
}

function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function optionsOf(given: Given): AlertmanagerOptions {
  const read = (name: keyof typeof ALIASES): string | undefined => {
    const alias = ALIASES[name];
    const [own, theirs] = [given[name], given[attributeOf(alias)]];
    if (own !== undefined && theirs !== undefined)
      throw new VedetteError('CONFIG_INVALID', `--${alias} is given twice under two names; remove one`);
    const value = own ?? theirs;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [externalUrl, routePrefix, webConfigFile] = [read('externalUrl'), read('routePrefix'), read('webConfig')];
  const features = (typeof given['enableFeature'] === 'string' ? given['enableFeature'] : '')
    .split(',')
    .map((feature) => feature.trim())
    .filter((feature) => feature !== '');
  const mode = features.find((feature): feature is keyof typeof MATCHER_MODES => feature in MATCHER_MODES);
  const logFormat = read('logFormat') ?? 'logfmt';
  if (logFormat !== 'logfmt' && logFormat !== 'json')
    throw new VedetteError('CONFIG_INVALID', `--log.format: "${logFormat}" is none of logfmt, json`);
  const wantedLevel = read('logLevel') ?? 'info';
  const logLevel = LOG_LEVELS.find((level) => level === wantedLevel);
  if (logLevel === undefined)
    throw new VedetteError('CONFIG_INVALID', `--log.level: "${wantedLevel}" is none of ${LOG_LEVELS.join(', ')}`);
  return {
    configFile: resolve(read('config') ?? CONFIG_DEFAULT),
    dataDir: resolve(read('data') ?? DATA_DEFAULT),
    listen: read('listen') ?? LISTEN_DEFAULT,
    ...(externalUrl === undefined ? {} : { externalUrl }),
    ...(routePrefix === undefined ? {} : { routePrefix }),
    ...(webConfigFile === undefined ? {} : { webConfigFile }),
    ...(mode === undefined ? {} : { matchers: MATCHER_MODES[mode] }),
    silences: silenceLimits(read('retention'), given),
    logLevel,
    logFormat,
    version: version(),
    log: (line) => process.stderr.write(line),
    notes: notesOf(given, features),
  };
}

function silenceLimits(retention: string | undefined, given: Given): NonNullable<AlertmanagerOptions['silences']> {
  const retentionMs = retention === undefined ? undefined : parseDuration(retention);
  if (retention !== undefined && !retentionMs)
    throw new VedetteError(
      'CONFIG_INVALID',
      `--data.retention: not a duration above zero: "${retention}"; write it as 120h`,
    );
  const silencesMax = positive(given['silences.maxSilences'], '--silences.max-silences', Number);
  const silenceBytesMax = positive(given['silences.maxSilenceSizeBytes'], '--silences.max-silence-size-bytes', (text) =>
    /^\d+$/.test(text) ? Number(text) : parseSize(text),
  );
  return {
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(silencesMax === undefined ? {} : { silencesMax }),
    ...(silenceBytesMax === undefined ? {} : { silenceBytesMax }),
  };
}

/** Zero is Alertmanager's "no limit", which there is not: the default holds then. */
function positive(value: Given[string], flag: string, parse: (text: string) => number | undefined): number | undefined {
  if (typeof value !== 'string' || value === '0') return undefined;
  const number = parse(value);
  if (number === undefined || !Number.isSafeInteger(number) || number < 1)
    throw new VedetteError('CONFIG_INVALID', `${flag}: not a whole number above zero: "${value}"`);
  return number;
}

function notesOf(given: Given, features: readonly string[]): readonly string[] {
  const asked = [...WITHOUT_EFFECT, ...SWITCHES_WITHOUT_EFFECT].filter(
    (name) => given[attributeOf(name)] !== undefined,
  );
  const cluster = asked.filter((name) => name.startsWith('cluster.'));
  const others = asked.filter((name) => !name.startsWith('cluster.'));
  const unknown = features.filter((feature) => !(feature in MATCHER_MODES));
  const flags = (names: readonly string[]): string => names.map((name) => `--${name}`).join(', ');
  return [
    ...(cluster.length > 0
      ? [`${flags(cluster)}: no effect, because there is no gossip; each process notifies by itself`]
      : []),
    ...(others.length > 0 ? [`${flags(others)}: no effect here`] : []),
    ...(unknown.length > 0 ? [`--enable-feature: ${unknown.join(', ')} is not there`] : []),
  ];
}

/** What commander calls an option. */
function attributeOf(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
