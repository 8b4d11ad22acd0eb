import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, startServer } from './process.ts';

/** A server under comparison. All of them take remote-write, scrape, and answer Prometheus's query API. */
export interface Peer {
  readonly name: 'vedette' | 'prometheus' | 'victoria';
  readonly url: string;
  readonly writeUrl: string;
  readonly pid: number;
  readonly dataFolder: string;
  readonly readyMs: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface PeerKind {
  readonly name: Peer['name'];
  readonly available: boolean;
  /** Starts on the folder, a second time on the same data. `scrape` is a scrape_configs list in YAML. */
  start(folder: string, scrape?: string): Promise<Peer>;
}

const GLOBAL = 'global: { scrape_interval: 5s, scrape_timeout: 4s }\n';

export const VEDETTE: PeerKind = {
  name: 'vedette',
  available: true,
  start: async (folder, scrape) => {
    const server = await startServer(
      folder,
      scrape === undefined ? 'storage: { retention: 3650d }\n' : `${GLOBAL}scrape_configs:\n${scrape}`,
    );
    return {
      name: 'vedette',
      url: server.url,
      writeUrl: `${server.url}/api/v1/write`,
      pid: server.pid,
      dataFolder: join(folder, 'data'),
      readyMs: server.readyMs,
      stop: () => server.stop(),
      kill: () => server.kill(),
    };
  },
};

export const PROMETHEUS: PeerKind = {
  name: 'prometheus',
  available: existsSync('/usr/bin/prometheus'),
  start: async (folder, scrape) => {
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, scrape === undefined ? GLOBAL : `${GLOBAL}scrape_configs:\n${scrape}`);
    const dataFolder = join(folder, 'prometheus');
    return startPeer('prometheus', port, dataFolder, '/-/ready', '/api/v1/write', '/usr/bin/prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${dataFolder}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
    ]);
  },
};

export const VICTORIA: PeerKind = {
  name: 'victoria',
  available: existsSync('/usr/bin/victoria-metrics'),
  start: async (folder, scrape) => {
    const port = await freePort();
    const dataFolder = join(folder, 'victoria');
    const config = join(folder, 'victoria.yml');
    if (scrape !== undefined) writeFileSync(config, `${GLOBAL}scrape_configs:\n${scrape}`);
    return startPeer('victoria', port, dataFolder, '/health', '/api/v1/write', '/usr/bin/victoria-metrics', [
      `-storageDataPath=${dataFolder}`,
      '-retentionPeriod=100y',
      `-httpListenAddr=127.0.0.1:${port}`,
      '-loggerLevel=ERROR',
      ...(scrape === undefined ? [] : [`-promscrape.config=${config}`]),
    ]);
  },
};

async function startPeer(
  name: Peer['name'],
  port: number,
  dataFolder: string,
  readyPath: string,
  writePath: string,
  program: string,
  args: readonly string[],
): Promise<Peer> {
  mkdirSync(dataFolder, { recursive: true });
  const before = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const ready = await fetch(url + readyPath).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await sleep(10);
  }
  return {
    name,
    url,
    writeUrl: url + writePath,
    pid: child.pid ?? 0,
    dataFolder,
    readyMs: performance.now() - before,
    stop: () => endProcess(child),
    kill: () => endProcess(child, 'SIGKILL'),
  };
}

/** Bytes on disk, by blocks. */
export function diskBytes(folder: string): number {
  return Number(execFileSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }).split('\t')[0]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => {
    server.close(done);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
