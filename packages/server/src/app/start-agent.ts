import { hostname } from 'node:os';
import { join } from 'node:path';
import { createHostCollector } from '@vedette/agent';
import { SystemClock } from '../base/clock.ts';
import { composeComponents } from '../base/component.ts';
import type { Logger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { openHttp, operationsPlugin } from '../http/index.ts';
import { parseSelector } from '../metrics/query/parse/parser.ts';
import { type CollectorTarget, openMetricsReceive, resolveReceive } from '../metrics/receive/index.ts';
import { openMetricsSend, resolveSend } from '../metrics/send/index.ts';
import { folderLock } from './agent-lock.ts';
import { agentPages, heartbeat } from './agent-page.ts';
import { type AgentConfig, type AgentFlags, loadAgentConfig } from './agent-section.ts';
import { PassingSink } from './agent-sink.ts';
import { FleetingState } from './agent-state.ts';
import { readKubernetesEnvironment, readProxyEnvironment, readVariable } from './environment.ts';
import { openCameras } from './fleet-cameras.ts';
import { type LogFormat, type LogLevel, createLogger } from './logging.ts';
import { Reloads, warnOfRestart } from './reloads.ts';
import { createSelfMetrics } from './self-metrics.ts';

export interface StartAgentOptions {
  readonly flags: AgentFlags & { readonly listen?: { readonly host: string; readonly port: number } };
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly version: string;
  readonly log: (line: string) => void;
}

export interface RunningAgent {
  readonly logger: Logger;
  readonly config: AgentConfig;
  readonly url: string;
  reload(): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
}

/** Read once at start; a reload that changes them says so. */
const RESTART_SECTIONS = ['agent', 'http', 'host_collector', 'self_monitoring', 'remote_write_receiver'] as const;

/**
 * A site's agent: `receive` scrapes collectors and targets, `send` spools what they say on the disk and brings it to the centre, in
 * order, whenever there is a link. Nothing is stored or queried here.
 */
export async function startAgent(options: StartAgentOptions): Promise<RunningAgent> {
  const { flags, version } = options;
  let config = loadAgentConfig(flags);
  const clock = new SystemClock();
  const logger = createLogger(options.logLevel, options.logFormat, options.log);
  const self = createSelfMetrics(version);
  const { registry } = self;
  const base = { clock, logger, registry };
  const { sections } = config;
  const passing = new PassingSink();
  const send = openMetricsSend(
    { ...base, random: systemRandom, sink: passing, metadata: passing },
    {
      config: resolveSend(sections, config.file),
      folder: join(config.dataDir, 'remote-write'),
      version,
      proxyEnvironment: readProxyEnvironment(),
    },
  );
  const cameras = openCameras(
    {
      ...base,
      state: new FleetingState(),
      dataDir: config.dataDir,
      environment: readVariable,
      version,
      proxyEnvironment: readProxyEnvironment(),
    },
    { config: sections.fleet, baseDirectory: config.baseDir },
  );
  const figures = {
    about: { name: config.name, site: config.site, version, startedAtMs: clock.now() },
    clock,
    states: () => send.states(),
    cameras: () => ({
      known: cameras.inventory.cameras().length,
      probed: cameras.inventory.cameras().filter(({ id }) => cameras.probing.nextAt(id) !== undefined).length,
    }),
    targets: () => receive.targetCounts(),
    probing: cameras.probing,
    problems: () =>
      cameras.inventory
        .problems()
        .map(({ place, line, message, remedy }) => `${place}${line > 0 ? `:${line}` : ''}: ${message}; ${remedy}`),
  };
  const receive = openMetricsReceive(
    { ...base, sink: send.sink },
    {
      config: resolveReceive(sections, config.file),
      version,
      collectors: [
        {
          collector: heartbeat(figures),
          job: 'agent',
          intervalMs: sections.agent.heartbeat_interval,
          labels: { instance: hostname() },
        },
        ...ownTargets(config, () => registry.metrics()),
        ...cameras.targets,
      ],
      remoteWrite: sections.remote_write_receiver,
      proxyEnvironment: readProxyEnvironment(),
      discovery: { kubernetes: readKubernetesEnvironment() },
      parseSelector,
    },
  );

  let ready = false;
  const reloads = new Reloads(base, async () => {
    const next = loadAgentConfig(flags);
    const sending = await send.prepare(resolveSend(next.sections, next.file));
    try {
      await receive.apply(resolveReceive(next.sections, next.file));
    } catch (error) {
      await sending.discard();
      throw error;
    }
    await sending.commit();
    await cameras.apply({ config: next.sections.fleet, baseDirectory: next.baseDir });
    warnOfRestart(logger, RESTART_SECTIONS, config.sections, next.sections);
    config = next;
    return config.file;
  });

  const http = openHttp(
    {
      ...base,
      plugins: [
        operationsPlugin({ notReady: () => (ready ? undefined : 'starting'), reload: () => reloads.run(), registry }),
        ...receive.plugins,
        agentPages(figures),
      ],
    },
    flags.listen === undefined ? sections.http : { ...sections.http, listen: flags.listen },
  );
  const all = composeComponents('agent', [folderLock(config.dataDir), send, cameras, receive, http]);
  await all.start();
  ready = true;
  logger.info({ agent: config.name, site: config.site, url: http.url }, 'ready');
  return {
    logger,
    config,
    url: http.url,
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

function ownTargets({ sections }: AgentConfig, metrics: () => Promise<string>): readonly CollectorTarget[] {
  const { host_collector: host, self_monitoring: self } = sections;
  const labels = { instance: hostname() };
  return [
    ...(host.enabled
      ? [{ collector: createHostCollector(), job: 'host', intervalMs: host.scrape_interval, labels }]
      : []),
    ...(self.enabled
      ? [{ collector: { name: 'vedette', collect: metrics }, job: 'vedette', intervalMs: self.scrape_interval, labels }]
      : []),
  ];
}
