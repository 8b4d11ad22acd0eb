import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Registry } from 'prom-client';
import { expressionChecker } from '../../src/app/expressions.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { dashboardsConfigSchema, openDashboards } from '../../src/dashboards/index.ts';
import { httpSchema, openHttp } from '../../src/http/index.ts';
import { metricsApi } from '../../src/metrics/api/index.ts';
import { openQueryEngine } from '../../src/metrics/query/index.ts';
import { openMemoryStore } from '../../src/metrics/store/memory/index.ts';
import { AlertingHouse } from '../support/alerting-house.ts';
import { MemoryState } from '../support/memory-state.ts';
import { RulesHouse } from '../support/rules-house.ts';
import { run } from '../support/scrape-harness.ts';
import { OWN_RULES } from './own-files.ts';
import { loadSeries } from './query-data.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Served {
  /** Sends a request over a socket. */
  ask(method: string, path: string, type: string, body: Buffer): Promise<Answer>;
  stop(): Promise<void>;
}

export const SERVED_NOW_MS = Date.UTC(2026, 0, 1);
const WINDOW_BYTES = 16 * 1024 * 1024;
const SAMPLES_MAX = 200_000;
const TIMEOUT_MS = 500;

/** The rooms with routes behind the real HTTP server on a socket of its own; the store has no tables. */
export async function serveRooms(): Promise<Served> {
  const clock = new SystemClock();
  const registry = new Registry();
  const logger = silentLogger;
  const store = openMemoryStore(new VirtualClock(SERVED_NOW_MS), {
    sizeBytes: WINDOW_BYTES,
    seriesMax: 20_000,
    retentionMs: Infinity,
  });
  await store.start();
  await loadSeries(store, SERVED_NOW_MS);
  const limits = { samplesMax: SAMPLES_MAX, timeoutMs: TIMEOUT_MS };
  const engine = openQueryEngine({ selector: store, clock }, limits);
  const rules = new RulesHouse();
  await rules.start(OWN_RULES[0]);
  const alerting = new AlertingHouse({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] });
  await alerting.start();
  const dashboards = openDashboards(
    { clock, logger, registry, state: new MemoryState(), expressions: expressionChecker },
    { config: dashboardsConfigSchema.parse(undefined), baseDirectory: rules.folder },
  );
  await dashboards.start();
  const { receive } = await run('scrape_configs: []');
  const http = openHttp(
    {
      clock,
      logger,
      registry,
      plugins: [
        metricsApi({
          engine,
          store,
          sink: store,
          clock,
          limits: { ...limits, lookbackDeltaMs: 300_000 },
          adminApi: true,
          status: { version: '0' },
        }),
        ...receive.plugins,
        rules.rules.plugin,
        alerting.room.plugin,
        dashboards.plugin,
      ],
    },
    httpSchema.parse({ listen: '127.0.0.1:0' }),
  );
  await http.start();
  const { hostname, port } = new URL(http.url);
  const kept = new Agent({ keepAlive: true });
  const exchange = (agent: Agent, method: string, path: string, type: string, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-length': body.length, ...(type === '' ? {} : { 'content-type': type }) };
      const sent = httpRequest({ agent, hostname, port, method, path, headers }, (response: IncomingMessage) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(parts).toString(),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    ask: async (method, path, type, body) => {
      try {
        return await exchange(kept, method, path, type, body);
      } catch {
        // A connection that the server ended after the request before; a fresh one must get its answer.
        return exchange(new Agent(), method, path, type, body);
      }
    },
    stop: async () => {
      kept.destroy();
      const signal = AbortSignal.timeout(5_000);
      await http.stop(signal);
      await dashboards.stop(signal);
      await alerting.stop();
      await rules.stop();
      await receive.stop(signal);
      await store.stop(signal);
    },
  };
}
