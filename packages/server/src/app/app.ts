import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAlertHistory, openAlerting } from '../alerting/index.ts';
import { SystemClock } from '../base/clock.ts';
import { Deadlines } from '../base/http-client/index.ts';
import { composeComponents, stopWithin } from '../base/component.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { formatDuration } from '../base/units.ts';
import { formatProblem } from '../base/yaml-source.ts';
import {
  ClickHouseStateStore,
  type DamagedPart,
  RepairingDatabase,
  damagedParts,
  openDatabase,
} from '../clickhouse/index.ts';
import { openDashboards } from '../dashboards/index.ts';
import { openHttp, operationsPlugin, prometheusLinks } from '../http/index.ts';
import { webFiles } from '../http/web-files.ts';
import { metricsApi } from '../metrics/api/index.ts';
import { openQueryEngine, parseSelector } from '../metrics/query/index.ts';
import { RangeThreads } from '../metrics/parallel/index.ts';
import { discoveryOpener, openMetricsReceive } from '../metrics/receive/index.ts';
import { openMetricsSend } from '../metrics/send/index.ts';
import { openMetricStore } from '../metrics/store/index.ts';
import { openRules } from '../rules/index.ts';
import { aliasBook, withAliases } from './aliases.ts';
import { ruleDoctor } from './doctor.ts';
import { type Flags, loadConfig } from './config.ts';
import { openFleet } from './fleet.ts';
import { expressionChecker } from './expressions.ts';
import { readKubernetesEnvironment, readProxyEnvironment, readVariable } from './environment.ts';
import { createLogger } from './logging.ts';
import { openSharing } from './sharing.ts';
import { Reloads, warnOfRestart } from './reloads.ts';
import { createSelfMetrics } from './self-metrics.ts';
import { registerStoreMetrics } from './store-metrics.ts';
import { prometheusStatus } from './prometheus-status.ts';
import { alertingSettings, queryThreads, rulesSettings } from './settings.ts';
import { statusPlugin } from './status.ts';
import { collectors, receiveConfig, sendConfig, storeOptions, watched } from './watch.ts';

export interface StartOptions {
  readonly flags: Flags;
  readonly version: string;
  /** Where log lines go. */
  readonly log: (line: string) => void;
}

export interface Vedette {
  readonly logger: Logger;
  describe(): Description;
  /** Loads and checks everything again, then swaps; rejects with the reason when anything is wrong, having changed nothing. */
  reload(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

export interface Description {
  readonly version: string;
  readonly url: string;
  readonly watches: readonly string[];
  readonly ruleCount: number;
  readonly ruleGroupCount: number;
  readonly storage: string;
  readonly configFile: string | undefined;
  readonly readyAfterMs: number;
}

/** The clone (or package) this program runs from: shipped catalogue and built pages lie in it. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const CATALOG = join(ROOT, 'catalog');
const WEB = join(ROOT, 'packages/web/dist');

/** Of the time to stop: a hanging receiver or a long query must leave some for storing what was accepted. */
const FRONT_STOP_MAX_MS = 10_000;

/** Read once at start; a reload that changes them says so. */
const RESTART_SECTIONS = [
  'storage',
  'http',
  'query',
  'host_collector',
  'self_monitoring',
  'remote_write_receiver',
] as const;

/**
 * Follow one sample: `receive` scrapes it into the store, past `fleet`, which takes what is evidence about cameras, and `send`, which copies it to remotes; `engine` answers from the store,
 * `rules` ask the engine and hand alerts to `alerting`, `http` shows it all. Components start in this order and stop backwards.
 */
export async function startVedette({ flags, version, log }: StartOptions): Promise<Vedette> {
  let config = loadConfig(flags);
  const clock = new SystemClock();
  const startedMs = clock.monotonicMs();
  const logger = createLogger(config.logLevel, config.logFormat, log);
  const self = createSelfMetrics(version);
  const { registry } = self;
  const { sections } = config;
  const base = { clock, logger, registry };

  let damaged: readonly DamagedPart[] = [];
  const tellDamaged = (part: DamagedPart): void => {
    logger.error({ ...part }, 'a stored part is damaged and was set aside; its samples are missing from answers');
  };
  const driver = await openDatabase(base, {
    dataDir: config.dataDir,
    baseDir: config.baseDir,
    config: sections.storage,
  });
  const database = new RepairingDatabase(driver, {
    logger,
    onSetAside: (part) => {
      damaged = [...damaged, part];
      tellDamaged(part);
    },
  });
  const state = new ClickHouseStateStore({ ...base, database });
  const store = openMetricStore({ ...base, database, state }, storeOptions(config));
  const aliases = aliasBook(CATALOG);
  const readable = withAliases(store, aliases, () => config.sections.catalog.aliases);
  const threads = new RangeThreads(base, { threads: queryThreads(sections.query) });
  const engine = openQueryEngine(
    // On a server other processes write too, of which this one hears nothing.
    { ...base, selector: readable, helper: threads, ...(sections.storage.url === undefined ? { changes: store } : {}) },
    {
      timeoutMs: sections.query.timeout,
      samplesMax: sections.query.max_samples,
      lookbackDeltaMs: sections.query.lookback_delta,
      subqueryStepMs: sections.global.evaluation_interval,
      resultCacheBytes: sections.query.result_cache_size,
    },
  );
  const send = openMetricsSend(
    { ...base, random: systemRandom, sink: store, metadata: store },
    {
      config: sendConfig(config),
      folder: join(config.dataDir, 'remote-write'),
      version,
      proxyEnvironment: readProxyEnvironment(),
    },
  );
  const fleet = openFleet(
    {
      ...base,
      random: systemRandom,
      state,
      dataDir: config.dataDir,
      database,
      selector: readable,
      sink: send.sink,
      sampleRetentionMs: () => storeOptions(config).retentionMs,
      isSimulation: () => config.sections.simulation,
      environment: readVariable,
      version,
      proxyEnvironment: readProxyEnvironment(),
    },
    { config: sections.fleet, baseDirectory: config.baseDir },
  );
  const receive = openMetricsReceive(
    { ...base, sink: fleet.sink },
    {
      config: receiveConfig(config),
      version,
      collectors: [...collectors(config, registry), ...fleet.targets],
      remoteWrite: sections.remote_write_receiver,
      proxyEnvironment: readProxyEnvironment(),
      discovery: { kubernetes: readKubernetesEnvironment() },
      parseSelector,
    },
  );
  const sharing = await openSharing({ ...base, random: systemRandom }, config);
  const history = openAlertHistory(
    { ...base, random: systemRandom, database: sharing?.database ?? database },
    {
      retentionMs: () => config.sections.alerting.history.retention,
      externalLabels: () => config.sections.global.external_labels,
      replica: sharing?.name ?? '',
    },
  );
  const alerting = openAlerting({
    ...base,
    random: systemRandom,
    version,
    proxyEnvironment: readProxyEnvironment(),
    state: sharing?.state ?? state,
    history: history.history,
    discover: discoveryOpener(
      base,
      {
        clock,
        deadlines: new Deadlines(clock),
        userAgent: `Vedette/${version}`,
        proxyEnvironment: readProxyEnvironment(),
      },
      { kubernetes: readKubernetesEnvironment() },
    ),
    rulesStalled: () => rules.stalled(),
    ...(sharing ? { turns: () => sharing.replicas.turns() } : {}),
  });
  const rules = openRules({
    ...base,
    engine,
    sampleSink: send.sink,
    state,
    alertSink: alerting.sink,
    alertLife: sharing?.replicas.life(history.life) ?? history.life,
    expressions: expressionChecker,
  });
  const dashboards = openDashboards(
    { ...base, state, expressions: expressionChecker },
    { config: sections.dashboards, baseDirectory: config.baseDir, catalogDirectory: join(CATALOG, 'dashboards') },
  );

  registerStoreMetrics(registry, {
    damagedParts: () => damaged.length,
    writeError: () => store.writeError,
  });
  let ready = false;
  const integrity = {
    name: 'integrity',
    start: async () => {
      damaged = await damagedParts(database);
      damaged.forEach(tellDamaged);
    },
    stop: async () => undefined,
  };

  /** One reload at a time; each checks everything before it changes anything. */
  const reloads = new Reloads(base, async () => {
    const next = loadConfig(flags);
    const pools = receiveConfig(next);
    const prepared = await rules.prepare(rulesSettings(next, CATALOG));
    // The steps that can still refuse (a certificate that cannot be read) come first.
    const notifying = await alerting.prepare(alertingSettings(next));
    try {
      const sending = await send.prepare(sendConfig(next));
      try {
        await receive.apply(pools);
      } catch (error) {
        await sending.discard();
        throw error;
      }
      await sending.commit();
    } catch (error) {
      await notifying.discard();
      throw error;
    }
    await notifying.commit();
    await prepared.commit();
    await dashboards.apply(next.sections.dashboards, next.baseDir);
    await fleet.apply({ config: next.sections.fleet, baseDirectory: next.baseDir });
    for (const warning of next.warnings)
      logger.warn({ place: formatProblem(warning) }, 'a setting has not the effect it may seem to have');
    warnOfRestart(logger, RESTART_SECTIONS, config.sections, next.sections);
    warnOfRestart(logger, ['high_availability'], config.sections.alerting, next.sections.alerting, 'alerting.');
    config = next;
    // Aliases may have been switched.
    engine.forgetResults();
    return config.file ?? 'built in';
  });

  const http = openHttp(
    {
      ...base,
      plugins: [
        operationsPlugin({ notReady: () => (ready ? undefined : 'starting'), reload: () => reloads.run(), registry }),
        metricsApi({
          ...base,
          engine,
          store: readable,
          sink: store,
          exemplars: store,
          eraser: store,
          limits: {
            timeoutMs: sections.query.timeout,
            samplesMax: sections.query.max_samples,
            lookbackDeltaMs: sections.query.lookback_delta,
          },
          externalLabels: () => config.sections.global.external_labels,
          adminApi: sections.http.admin_api,
          status: prometheusStatus({
            alertmanagers: () => alerting.alertmanagerUrls,
            config: () => config,
            store,
            version,
            startedAtMs: clock.now(),
            lastReload: () => reloads.outcome,
            damagedParts: () => damaged.length,
          }),
        }),
        ...receive.plugins,
        rules.plugin,
        ruleDoctor({ clock, engine, store: readable, rules, config: () => config, aliases }),
        alerting.plugin,
        history.plugin,
        dashboards.plugin,
        ...fleet.plugins,
        statusPlugin({
          clock,
          database,
          store,
          version,
          simulation: () => config.sections.simulation,
          configFile: () => config.file,
          retentionMs: storeOptions(config).retentionMs,
          damagedParts: () => damaged,
          lastReload: () => reloads.outcome,
          warnings: () => config.warnings.map(formatProblem),
          writeError: () => store.writeError,
          targets: () => receive.targetCounts(),
          eventLoopLagP99Ms: self.eventLoopLagP99Ms,
        }),
        prometheusLinks,
        webFiles(WEB),
      ],
    },
    sections.http,
  );

  const storage = composeComponents('storage', [
    database,
    integrity,
    state,
    ...(sharing ? [sharing.component] : []),
    history,
    store,
    threads,
  ]);
  const front = composeComponents('front', [send, fleet, receive, alerting, rules, dashboards, http]);
  const all = composeComponents('vedette', [storage, stopWithin(clock, front, FRONT_STOP_MAX_MS)]);
  // Rules and routes are checked before anything is opened: a wrong file must not leave a half-started process.
  const prepared = await rules.prepare(rulesSettings(config, CATALOG));
  await prepared.commit();
  await alerting.apply(alertingSettings(config));
  await all.start();
  for (const warning of config.warnings)
    logger.warn({ place: formatProblem(warning) }, 'a setting has not the effect it may seem to have');
  ready = true;
  const readyAfterMs = clock.monotonicMs() - startedMs;
  logger.info({ url: http.url, readyAfterMs: Math.round(readyAfterMs) }, 'ready');

  return {
    logger,
    describe: () => ({
      version,
      url: http.url,
      watches: watched(config),
      ruleCount: prepared.ruleCount,
      ruleGroupCount: prepared.groupCount,
      storage: describeStorage(config.dataDir, sections.storage.url, storeOptions(config).retentionMs),
      configFile: config.file,
      readyAfterMs,
    }),
    reload: () => reloads.run(),
    stop: async (signal) => {
      ready = false;
      logger.info({}, 'stopping');
      await all.stop(signal);
      self.stop();
      logger.info({}, 'stopped');
    },
  };
}

function describeStorage(dataDir: string, url: string | undefined, retentionMs: number): string {
  const where = url === undefined ? `${dataDir} (embedded)` : `ClickHouse at ${url}`;
  return `${where}, kept ${formatDuration(retentionMs)}`;
}
