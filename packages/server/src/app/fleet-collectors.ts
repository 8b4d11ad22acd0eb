import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import {
  type ClosableCollector,
  type Clock,
  type CameraNaming,
  type Collector,
  type FfmpegCamera,
  FfmpegProgressBook,
  type HttpSourceOptions,
  ProgressReceiver,
  ProgressServer,
  SourceFault,
  createFfmpegCollector,
  createFrigateCollector,
  createGo2rtcCollector,
  createGpuCollector,
  createMediamtxCollector,
  hasGpu,
} from '@vedette/agent';
import type { Component } from '../base/component.ts';
import { VedetteError } from '../base/errors.ts';
import type { Inventory } from '../fleet/ports.ts';
import { isLoopback } from '../http/index.ts';
import type { CollectorTarget } from '../metrics/receive/index.ts';
import type { CollectorCredentials, FleetCollectorsConfig } from './fleet-collectors-section.ts';

export interface FleetCollectorsDeps {
  readonly clock: Clock;
  /** Relative paths start here. */
  readonly baseDirectory: string;
  readonly inventory?: Inventory;
  /** A variable of the environment. */
  readonly environment: (name: string) => string | undefined;
  /** The servers that cameras are imported from. */
  readonly recorders?: readonly Recorder[];
}

/** A server that cameras are imported from: how to ask it, and how its cameras are called here. */
export interface Recorder {
  readonly kind: 'frigate' | 'mediamtx' | 'go2rtc';
  /** Label `instance`. */
  readonly name: string;
  readonly source: HttpSourceOptions & CameraNaming;
}

/** What `fleet.collectors` brings: targets for the scraper, and what has to be started and stopped with the server. */
export interface FleetCollectors extends Component {
  readonly targets: readonly CollectorTarget[];
}

type ServerConfig = FleetCollectorsConfig['frigate' | 'mediamtx' | 'go2rtc'][number];

/** A scrape may take its interval, and at most this (metrics/receive); what is late is left out before that. */
const SCRAPE_MAX_MS = 10_000;
const PART_SHARE = 0.8;
/** Of a part: more than one request may be needed for it. */
const REQUEST_SHARE = 0.6;

function limitOf(intervalMs: number): number {
  return Math.round(PART_SHARE * Math.min(intervalMs, SCRAPE_MAX_MS));
}

/** Secrets are small. */
const SECRET_BYTES_MAX = 65_536;

/**
 * The collectors of VMS, ffmpeg and GPUs. Throws LISTEN_UNSAFE when progress would be received beyond loopback without a token.
 */
export function openFleetCollectors(config: FleetCollectorsConfig, deps: FleetCollectorsDeps): FleetCollectors {
  const { clock } = deps;
  const closing: ClosableCollector[] = [];
  const closable = (collector: ClosableCollector): Collector => {
    closing.push(collector);
    return collector;
  };
  const { recorders } = config;
  const targets: CollectorTarget[] = [
    ...(recorders.enabled ? (deps.recorders ?? []) : []).map((one) => {
      const collector = closable(recorderCollector(one, recorders, clock));
      return { collector, job: one.kind, intervalMs: recorders.scrape_interval, labels: { instance: one.name } };
    }),
    ...config.frigate.map((one) => {
      const { recordings, logs } = one;
      const options = { ...sourceOptions(one, one.url, deps), clock, recordings, logs };
      return serverTarget(closable(createFrigateCollector(options)), one, one.url);
    }),
    ...config.mediamtx.map((one) => {
      const { api_url: apiUrl, metrics_url: metricsUrl, connections } = one;
      const { url, ...options } = sourceOptions(one, apiUrl ?? metricsUrl ?? '', deps);
      const collector = createMediamtxCollector({
        ...options,
        clock,
        connections,
        ...(apiUrl === undefined ? {} : { apiUrl }),
        ...(metricsUrl === undefined ? {} : { metricsUrl }),
      });
      return serverTarget(closable(collector), one, url);
    }),
    ...config.go2rtc.map((one) => {
      const { enabled, interval: intervalMs, concurrency } = one.probe;
      const options = { ...sourceOptions(one, one.url, deps), clock, probe: enabled && { intervalMs, concurrency } };
      return serverTarget(closable(createGo2rtcCollector(options)), one, one.url);
    }),
  ];
  const ffmpeg = openFfmpeg(config.ffmpeg, deps);
  if (config.ffmpeg.enabled) targets.push(localTarget(ffmpeg.collector, config.ffmpeg.scrape_interval));
  if (config.gpu.enabled === true || (config.gpu.enabled === 'auto' && hasGpu(deps.environment('PATH') ?? ''))) {
    const { command, format, kernel_log: kernelLog, scrape_interval: intervalMs } = config.gpu;
    const [program = 'nvidia-smi', ...before] = command;
    const nvidia = { command: [program, ...before] as [string, ...string[]], format, intervalMs };
    const collector = createGpuCollector({
      clock,
      nvidia,
      limitMs: limitOf(intervalMs),
      ...(kernelLog ? {} : { kernelLog: false }),
    });
    targets.push(localTarget(closable(collector), intervalMs));
  }
  return {
    name: 'fleet collectors',
    targets,
    start: async () => ffmpeg.server?.start(),
    stop: async () => {
      await Promise.all([ffmpeg.server?.stop(), ...closing.map((collector) => collector.close())]);
    },
  };
}

/** The server of an import, as its kind is read. */
function recorderCollector(
  recorder: Recorder,
  config: FleetCollectorsConfig['recorders'],
  clock: Clock,
): ClosableCollector {
  const { kind } = recorder;
  const limitMs = limitOf(config.scrape_interval);
  const source = { timeoutMs: Math.round(REQUEST_SHARE * limitMs), ...recorder.source, limitMs };
  if (kind === 'frigate')
    return createFrigateCollector({ ...source, clock, recordings: config.recordings, logs: config.logs });
  if (kind === 'go2rtc') return createGo2rtcCollector({ ...source, clock });
  const { url: apiUrl, ...options } = source;
  return createMediamtxCollector({ ...options, clock, apiUrl });
}

function localTarget(collector: Collector, intervalMs: number): CollectorTarget {
  return { collector, job: collector.name, intervalMs, labels: { instance: hostname() } };
}

function serverTarget(collector: Collector, server: ServerConfig, url: string): CollectorTarget {
  const instance = server.name ?? new URL(url).host;
  return { collector, job: collector.name, intervalMs: server.scrape_interval, labels: { ...server.labels, instance } };
}

function sourceOptions(
  server: ServerConfig,
  url: string,
  deps: FleetCollectorsDeps,
): HttpSourceOptions & { readonly cameras: Readonly<Record<string, string>>; readonly onlyMapped: boolean } {
  const { credentials, insecure_tls: insecureTls, timeout, cameras, only_mapped: onlyMapped } = server;
  const limitMs = limitOf(server.scrape_interval);
  const timeoutMs = Math.min(timeout, Math.round(REQUEST_SHARE * limitMs));
  const proven = credentials ? proof(credentials, deps) : {};
  return { url, insecureTls, limitMs, timeoutMs, cameras, onlyMapped, ...proven };
}

/** Read at the moment of use. */
function proof(
  credentials: CollectorCredentials,
  deps: FleetCollectorsDeps,
): Pick<HttpSourceOptions, 'credentials' | 'bearerToken'> {
  const { username, password_env, password_file, token_env, token_file } = credentials;
  if (token_env !== undefined || token_file !== undefined)
    return { bearerToken: () => readSecret(token_env, token_file, deps) };
  return {
    credentials: () => {
      const secret = readSecret(password_env, password_file, deps);
      if (username !== undefined) return { username, password: secret };
      const colon = secret.indexOf(':');
      return { username: secret.slice(0, Math.max(0, colon)), password: secret.slice(colon + 1) };
    },
  };
}

/** Throws SourceFault with the name of the variable or file, never with what is in it. */
function readSecret(variable: string | undefined, file: string | undefined, deps: FleetCollectorsDeps): string {
  if (variable !== undefined) {
    const value = deps.environment(variable);
    if (value !== undefined && value !== '') return value;
    throw new SourceFault('credentials', `the environment variable ${variable} is not set`);
  }
  try {
    const bytes = readFileSync(resolve(deps.baseDirectory, file ?? ''));
    if (bytes.length <= SECRET_BYTES_MAX) return bytes.toString('utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'not readable';
    throw new SourceFault('credentials', `the file ${file} cannot be read: ${code}`);
  }
  throw new SourceFault('credentials', `the file ${file} is too large for a secret`);
}

function openFfmpeg(
  config: FleetCollectorsConfig['ffmpeg'],
  deps: FleetCollectorsDeps,
): { readonly collector: Collector; readonly server: ProgressServer | undefined } {
  const { clock } = deps;
  const progress = new FfmpegProgressBook(clock);
  const cameras = ffmpegCameras(config.match, deps.inventory);
  const files = config.files.map(({ camera_id: cameraId, path }) => ({
    cameraId,
    path: resolve(deps.baseDirectory, path),
  }));
  const { programs, listen, token_env, token_file } = config;
  const collector = createFfmpegCollector({
    clock,
    cameras,
    progress,
    files,
    programs,
    limitMs: limitOf(config.scrape_interval),
  });
  if (listen === undefined) return { collector, server: undefined };
  const hasToken = token_env !== undefined || token_file !== undefined;
  if (!hasToken && !isLoopback(listen.host)) {
    throw new VedetteError(
      'LISTEN_UNSAFE',
      `fleet.collectors.ffmpeg.listen: anybody could send progress to ${listen.host}; set token_env or token_file, or listen on 127.0.0.1`,
    );
  }
  const known = new Set(config.match.map(({ camera_id: id }) => id));
  const knows = (id: string): boolean =>
    known.has(id) || deps.inventory === undefined || deps.inventory.camera(id) !== undefined;
  const receiver = new ProgressReceiver({ book: progress, clock, knows });
  const token = hasToken ? { token: () => tokenOrNone(token_env, token_file, deps) } : {};
  return { collector, server: new ProgressServer({ receiver, host: listen.host, port: listen.port, ...token }) };
}

/** Undefined: nobody can prove anything while the secret cannot be read. */
function tokenOrNone(
  variable: string | undefined,
  file: string | undefined,
  deps: FleetCollectorsDeps,
): string | undefined {
  try {
    return readSecret(variable, file, deps);
  } catch (error) {
    if (error instanceof SourceFault) return undefined;
    throw error;
  }
}

/** The configured ones and the inventory's, made anew only when the inventory has changed. */
function ffmpegCameras(
  match: FleetCollectorsConfig['ffmpeg']['match'],
  inventory: Inventory | undefined,
): () => readonly FfmpegCamera[] {
  const configured = match.map(({ camera_id: cameraId, ...ways }) => ({ cameraId, ...ways }));
  let version: number | undefined;
  let all: readonly FfmpegCamera[] = configured;
  return () => {
    if (!inventory || inventory.version === version) return all;
    version = inventory.version;
    const fromInventory = inventory.cameras().flatMap(({ id, streams }) => {
      const addresses = [streams?.main?.url, streams?.sub?.url].filter((url) => url !== undefined);
      return addresses.length === 0 ? [] : [{ cameraId: id, addresses }];
    });
    all = [...configured, ...fromInventory];
    return all;
  };
}
