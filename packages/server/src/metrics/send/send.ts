import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { withDeadline } from '../../base/deadline.ts';
import { Deadlines, type HttpClientDeps, type ProxyEnvironment } from '../../base/http-client/index.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { MetadataSource, SampleSink } from '../../model/ports.ts';
import { type SendConfig, fingerprintOf } from './config.ts';
import type { MetadataLookup } from './encode-rows.ts';
import { KnownMetadata } from './known-metadata.ts';
import { Remote } from './remote.ts';
import { RemoteClient } from './remote-client.ts';
import { type NamedRemote, namedRemotes } from './remote-names.ts';
import { SendMetrics } from './send-metrics.ts';
import {
  Spool,
  type SpoolFollower,
  type SpoolPosition,
  readPositions,
  removePosition,
  writePosition,
} from './spool/index.ts';

export interface MetricsSendDeps {
  /** Where accepted samples go first. */
  readonly sink: SampleSink;
  readonly metadata: MetadataSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface MetricsSendOptions {
  readonly config: SendConfig;
  /** For what remotes have not got yet; made when there is a remote. */
  readonly folder: string;
  /** Sent in User-Agent. */
  readonly version: string;
  /** For `proxy_from_environment`. */
  readonly proxyEnvironment?: ProxyEnvironment;
}

export interface MetricsSend extends Component {
  /** Stores as the sink it was given does, and hands what was accepted to the remotes. */
  readonly sink: SampleSink;
  /** How it stands with each remote. */
  states(): readonly RemoteState[];
  /** Checks a new configuration without changing anything. Throws CONFIG_UNREADABLE or CONFIG_INVALID for a certificate. */
  prepare(config: SendConfig): Promise<PreparedSend>;
}

/** One remote at this moment. */
export interface RemoteState {
  readonly name: string;
  readonly url: string;
  /** Batches are being repeated: it is away or busy, or refuses them. */
  readonly failing: boolean;
  /** On disk and not at the remote yet. */
  readonly spoolBytes: number;
  /** Newest time of a sample that it got; 0: none since the start. */
  readonly highestSentMs: number;
}

export interface PreparedSend {
  /** Changes to the new configuration; positions stay with their remotes. */
  commit(): Promise<void>;
  /** When something else refused the new configuration. */
  discard(): Promise<void>;
}

/** Requests to one remote at once are bounded by its shards. */
const CONNECTIONS_MAX = 1_024;
/** Of the time to stop, for what remotes can still take; the rest is on the disk. */
const FLUSH_MS = 5_000;
/** A reload ends requests that take longer; what they carry is sent again. */
const RELOAD_MS = 2_000;

interface Running {
  readonly remote: Remote;
  readonly key: string;
}

/** Nothing runs before start(). */
export function openMetricsSend(deps: MetricsSendDeps, options: MetricsSendOptions): MetricsSend {
  const { clock, logger } = deps;
  const spool = new Spool(deps, { folder: options.folder, sizeMax: options.config.spoolSizeMax });
  const positions = join(options.folder, 'positions');
  const metrics = new SendMetrics(deps.registry, () => spool);
  const known = new KnownMetadata(deps.metadata, clock);
  const metadataOf: MetadataLookup = (name) => known.of(name);
  const http: HttpClientDeps = {
    clock,
    deadlines: new Deadlines(clock),
    userAgent: `Vedette/${options.version}`,
    connectionsMax: CONNECTIONS_MAX,
    ...(options.proxyEnvironment === undefined ? {} : { proxyEnvironment: options.proxyEnvironment }),
  };
  let running: readonly Running[] = [];
  let opened = false;
  /** The configuration that runs. */
  let current = fingerprintOf(options.config);

  /** Throws when a certificate of any remote cannot be used, having opened nothing. */
  const clientsFor = async (remotes: readonly NamedRemote[]): Promise<Map<string, RemoteClient>> => {
    const clients = new Map<string, RemoteClient>();
    try {
      for (const { key, config } of remotes) {
        const clientDeps = { clock, random: deps.random, resolveHost, http };
        clients.set(key, new RemoteClient(clientDeps, config));
      }
    } catch (error) {
      for (const client of clients.values()) await client.close();
      throw error;
    }
    return clients;
  };

  const begin = async (
    config: SendConfig,
    remotes: readonly NamedRemote[],
    clients: ReadonlyMap<string, RemoteClient>,
  ): Promise<void> => {
    if (remotes.length > 0 && !opened) {
      await spool.start();
      await mkdir(positions, { recursive: true });
      opened = true;
    }
    if (!opened) {
      if (!existsSync(options.folder)) return;
      logger.info({ folder: options.folder }, 'no remote is configured any more: what was kept for some is removed');
      await rm(options.folder, { recursive: true });
      return;
    }
    spool.setSizeMax(config.spoolSizeMax);
    const stored = await readPositions(positions);
    for (const key of stored.keys()) {
      if (remotes.some((remote) => remote.key === key)) continue;
      logger.info({ position: key }, 'a remote is no longer configured: what it had not got yet is forgotten');
      await removePosition(positions, key);
    }
    running = remotes.map((remote) => {
      const start: SpoolPosition = stored.get(remote.key) ?? spool.end;
      const one = new Remote(
        {
          clock,
          logger: logger.child({ remote: remote.name, url: remote.config.url }),
          spool,
          client: clients.get(remote.key) as RemoteClient,
          metrics,
          metadataOf,
          metadata: () => known.all(),
          remember: (position) => writePosition(positions, remote.key, position),
        },
        remote,
        { start, externalLabels: config.externalLabels },
      );
      one.start();
      return { remote: one, key: remote.key };
    });
    await spool.trim();
  };

  const end = async (signal: AbortSignal): Promise<void> => {
    const stopping = running;
    running = [];
    await Promise.all(stopping.map(({ remote }) => remote.stop(signal)));
  };

  return {
    name: 'metrics/send',
    sink: {
      append: async (batch, appendOptions) => {
        if (!spool.active) return deps.sink.append(batch, appendOptions);
        const result = await deps.sink.append(batch, { ...appendOptions, nameAllRejections: true });
        await spool.append(batch, result, appendOptions?.acknowledge !== 'queued');
        return result;
      },
    },
    states: () => running.map(({ remote }) => remote.state),
    start: async () => {
      const remotes = namedRemotes(options.config.remotes);
      await begin(options.config, remotes, await clientsFor(remotes));
    },
    stop: (signal) =>
      withDeadline(clock, FLUSH_MS, signal, async (limit) => {
        if (opened) await spool.flush();
        // Without followers the spool would take everything that waits for a remote as read, and remove it with its last commit.
        const held = holdOf(running.map(({ remote }) => remote.acknowledged));
        if (held !== undefined) spool.follow(held);
        await end(limit);
        if (opened) await spool.stop();
      }),
    prepare: async (config) => {
      const fingerprint = fingerprintOf(config);
      if (fingerprint === current) return { commit: async () => undefined, discard: async () => undefined };
      const remotes = namedRemotes(config.remotes);
      const clients = await clientsFor(remotes);
      return {
        commit: async () => {
          const held = holdOf(running.map(({ remote }) => remote.acknowledged));
          if (held !== undefined) spool.follow(held);
          try {
            await withDeadline(clock, RELOAD_MS, undefined, end);
            await begin(config, remotes, clients);
            current = fingerprint;
          } finally {
            if (held !== undefined) spool.unfollow(held);
          }
          if (opened) await spool.trim();
        },
        discard: async () => {
          for (const client of clients.values()) await client.close();
        },
      };
    },
  };
}

/** Keeps the spool going and what the remotes have not got, while they are exchanged; undefined when there were none. */
function holdOf(positions: readonly SpoolPosition[]): SpoolFollower | undefined {
  if (positions.length === 0) return undefined;
  const acknowledged = positions.reduce((first, one) => (one.segment < first.segment ? one : first));
  const reading = { segment: Number.MAX_SAFE_INTEGER, offset: 0 };
  return { acknowledged, reading, dropped: () => undefined, wake: () => undefined };
}

async function resolveHost(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
