import {
  type AlertingSettings,
  type LoadedAlertmanagerFile,
  type MatcherMode,
  RECEIVER_KINDS,
  SILENCE_LIMITS,
  type SilenceLimits,
  alertingConfigSchema,
  alertmanagerApiV1,
  formatWarnings,
  loadAlertmanagerFile,
  openAlerting,
} from '../alerting/index.ts';
import { SystemClock } from '../base/clock.ts';
import { composeComponents } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { ClickHouseStateStore, RepairingDatabase, openDatabase } from '../clickhouse/index.ts';
import {
  type HttpConfig,
  formatListen,
  hasAuthentication,
  httpSchema,
  isLoopback,
  openHttp,
  operationsPlugin,
} from '../http/index.ts';
import { registerAlertmanagerMetrics } from './alertmanager-metrics.ts';
import { type LogFormat, type LogLevel, createLogger } from './logging.ts';
import { createSelfMetrics } from './self-metrics.ts';
import { storageSchema } from './storage-section.ts';
import { loadWebConfig } from './web-config-file.ts';

export interface AlertmanagerOptions {
  /** The Alertmanager file. */
  readonly configFile: string;
  readonly matchers?: MatcherMode;
  /** Absolute. */
  readonly dataDir: string;
  /** `host:port`. */
  readonly listen: string;
  /** Where people reach it; its path is the default of `routePrefix`. */
  readonly externalUrl?: string;
  /** Before every path, such as `/alertmanager`. */
  readonly routePrefix?: string;
  readonly webConfigFile?: string;
  readonly silences?: Partial<SilenceLimits>;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly version: string;
  readonly log: (line: string) => void;
  /** Logged once: what of the command line has no effect. */
  readonly notes: readonly string[];
}

export interface RunningAlertmanager {
  readonly url: string;
  readonly logger: Logger;
  /** Loads and checks the file again, then swaps; rejects with the reason, having changed nothing. */
  reload(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

/** Alerting alone: silences and the notification log on disk, routes and receivers from an Alertmanager file, API v2. No metric store. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<RunningAlertmanager> {
  const { version } = options;
  const http = httpConfig(options);
  const prefix = routePrefix(options);
  const load = (): LoadedAlertmanagerFile =>
    loadAlertmanagerFile(options.configFile, { kinds: RECEIVER_KINDS, matchers: options.matchers });
  const first = load();
  const clock = new SystemClock();
  const logger = createLogger(options.logLevel, options.logFormat, options.log);
  const self = createSelfMetrics(version);
  const base = { clock, logger, registry: self.registry };
  for (const note of options.notes) logger.info({}, note);

  const driver = await openDatabase(base, { dataDir: options.dataDir, config: storageSchema.parse(undefined) });
  const database = new RepairingDatabase(driver, {
    logger,
    onSetAside: (part) => logger.error({ ...part }, 'a stored part is damaged and was set aside'),
  });
  const state = new ClickHouseStateStore({ ...base, database });
  const silenceLimits = { ...SILENCE_LIMITS, ...options.silences };
  const alerting = openAlerting({ ...base, random: systemRandom, state, version, silenceLimits });

  let ready = false;
  let lastReload = { ok: true, atMs: clock.now() as number, goodMs: clock.now() as number };
  const settingsOf = (loaded: LoadedAlertmanagerFile): AlertingSettings => {
    for (const warning of formatWarnings(loaded)) logger.warn({ place: warning }, 'a setting of the Alertmanager file');
    return {
      config: alertingConfigSchema.parse(undefined),
      alertmanager: loaded.config,
      externalLabels: {},
      externalUrl: (options.externalUrl ?? `http://${formatListen(http.listen)}${prefix}`).replace(/\/+$/, ''),
    };
  };
  let reloading: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => {
    const run = reloading
      .then(() => alerting.apply(settingsOf(load())))
      .then(
        () => {
          lastReload = { ok: true, atMs: clock.now(), goodMs: clock.now() };
          logger.info({ config: options.configFile }, 'configuration reloaded');
        },
        (error: unknown) => {
          lastReload = { ...lastReload, ok: false, atMs: clock.now() };
          logger.error({ error: errorMessage(error) }, 'reload refused: nothing was changed');
          throw error;
        },
      );
    reloading = run.catch(() => undefined);
    return run;
  };
  registerAlertmanagerMetrics({ registry: self.registry, alerting, version, lastReload: () => lastReload });

  const plugins = [
    operationsPlugin({ notReady: () => (ready ? undefined : 'starting'), reload, registry: self.registry }),
    alerting.plugin,
    alertmanagerApiV1(alerting.alertmanager),
    welcome(version),
  ];
  const server = openHttp({ ...base, plugins: [below(prefix, plugins)] }, http);
  const all = composeComponents('vedette alertmanager', [database, state, alerting, server]);
  // The receivers are opened before anything else is: a wrong file must not leave a half-started process.
  await alerting.apply(settingsOf(first));
  await all.start();
  ready = true;
  const url = `${server.url}${prefix}`;
  logger.info({ url, config: options.configFile }, 'ready');
  return {
    url,
    logger,
    reload,
    stop: async (signal) => {
      ready = false;
      logger.info({}, 'stopping');
      await all.stop(signal);
      self.stop();
      logger.info({}, 'stopped');
    },
  };
}

function httpConfig({ listen, externalUrl, webConfigFile }: AlertmanagerOptions): HttpConfig {
  const parsed = httpSchema.safeParse({ listen, ...(externalUrl === undefined ? {} : { external_url: externalUrl }) });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue?.path[0] === 'external_url' ? '--web.external-url' : '--listen';
    throw new VedetteError('CONFIG_INVALID', `${name}: ${issue?.message ?? 'not valid'}`);
  }
  const config = { ...parsed.data, ...(webConfigFile === undefined ? {} : loadWebConfig(webConfigFile)) };
  if (isLoopback(config.listen.host) || hasAuthentication(config)) return config;
  throw new VedetteError(
    'LISTEN_UNSAFE',
    `refusing to listen on ${formatListen(config.listen)} without authentication: everyone on the network could silence every ` +
      'alert.\nWrite a file for --web.config.file:\n\n  basic_auth_users:\n    admin: <output of `vedette auth hash`>\n\n' +
      'or listen on loopback: --listen 127.0.0.1:9093',
  );
}

/** Empty, or with a slash at the beginning and none at the end. */
function routePrefix({ externalUrl, routePrefix: given }: AlertmanagerOptions): string {
  const path = given ?? (externalUrl !== undefined && URL.canParse(externalUrl) ? new URL(externalUrl).pathname : '');
  const inner = path.split('/').filter((part) => part !== '');
  if (inner.some((part) => !/^[\w.~-]+$/.test(part)))
    throw new VedetteError('CONFIG_INVALID', `--web.route-prefix: "${path}" is not a path such as /alertmanager`);
  return inner.map((part) => `/${part}`).join('');
}

function below(prefix: string, plugins: readonly HttpPlugin[]): HttpPlugin {
  const openPrefixes = plugins.flatMap((plugin) => plugin.openPrefixes ?? []).map((open) => `${prefix}${open}`);
  const all: HttpPlugin = async (scope) => {
    for (const plugin of plugins) await scope.register(plugin, { prefix });
  };
  return Object.assign(all, { openPrefixes });
}

/** What a person sees who opens the address in a browser. */
function welcome(version: string): HttpPlugin {
  return async (scope) => {
    scope.get('/', async (_request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .send(
          `Vedette ${version}, alerting alone: API under api/v2, metrics under metrics. The pages come with \`vedette serve\`.\n`,
        ),
    );
  };
}
