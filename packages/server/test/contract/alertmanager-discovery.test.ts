/** External Alertmanagers that are found instead of named: real HTTP servers, real files, real time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AlertingRoom, alertingConfigSchema, openAlerting } from '../../src/alerting/index.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Deadlines } from '../../src/base/http-client/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { discoveryOpener } from '../../src/metrics/receive/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from '../support/memory-state.ts';

const clock = new SystemClock();
const servers: Server[] = [];
let folder = '';
let room: AlertingRoom | undefined;

interface Listener {
  readonly address: string;
  /** Path and alert names of every request. */
  readonly heard: string[];
}

async function listen(answer: (path: string) => string = () => ''): Promise<Listener> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (text !== '') {
        const alerts = JSON.parse(text) as { labels: { alertname: string } }[];
        heard.push(`${request.url} ${alerts.map(({ labels }) => labels.alertname).join()}`);
      }
      response.setHeader('content-type', 'application/json');
      response.end(answer(request.url ?? ''));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

async function open(alertmanagers: readonly object[]): Promise<AlertingRoom> {
  const http = { clock, deadlines: new Deadlines(clock), userAgent: 'Vedette/test' };
  room = openAlerting({
    clock,
    logger: silentLogger,
    registry: new Registry(),
    random: systemRandom,
    state: new MemoryState(),
    discover: discoveryOpener({ clock, logger: silentLogger }, http, {}),
  });
  const config = alertingConfigSchema.parse({ alertmanagers });
  await room.apply({ config, externalLabels: {}, externalUrl: 'http://watch' });
  await room.start();
  return room;
}

async function tell(to: AlertingRoom, alertname: string): Promise<void> {
  const now = clock.now();
  const labels = Labels.fromObject({ alertname });
  const times = { startsAtMs: now, endsAtMs: now + 60_000, resolved: false };
  await to.sink.receive([{ labels, annotations: {}, generatorUrl: '', ...times }], now);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-am-'));
});
afterEach(async () => {
  await room?.stop(AbortSignal.timeout(1_000));
  room = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

describe('Alertmanagers from discovery', () => {
  it(
    'come and go with their file, relabelled, and each gets what is told while it is there',
    { timeout: 60_000 },
    async () => {
      const [first, second, dropped] = [await listen(), await listen(), await listen()];
      const file = join(folder, 'am.yml');
      const write = (...targets: string[]): void => writeFileSync(file, `- targets: [${targets.join(', ')}]\n`);
      write(first.address, dropped.address);
      const house = await open([
        {
          file_sd_configs: [{ files: [file] }],
          path_prefix: '/am',
          relabel_configs: [{ source_labels: ['__address__'], regex: dropped.address, action: 'drop' }],
        },
      ]);
      expect(house.alertmanagerUrls).toEqual([`http://${first.address}/am/api/v2/alerts`]);
      await tell(house, 'one');
      await expect.poll(() => first.heard, { timeout: 20_000 }).toEqual(['/am/api/v2/alerts one']);

      write(second.address, 'http://no.address/');
      await expect
        .poll(() => house.alertmanagerUrls, { timeout: 20_000 })
        .toEqual([`http://${second.address}/am/api/v2/alerts`]);
      await tell(house, 'two');
      await expect.poll(() => second.heard, { timeout: 20_000 }).toEqual(['/am/api/v2/alerts two']);
      expect(first.heard).toHaveLength(1);
      expect(dropped.heard).toEqual([]);
    },
  );

  it('are asked for over HTTP, beside those that are named', { timeout: 60_000 }, async () => {
    const [named, found] = [await listen(), await listen()];
    const directory = await listen(() => JSON.stringify([{ targets: [found.address] }]));
    const house = await open([
      {
        static_configs: [{ targets: [named.address] }],
        http_sd_configs: [{ url: `http://${directory.address}/targets` }],
      },
    ]);
    await expect.poll(() => house.alertmanagerUrls.length, { timeout: 20_000 }).toBe(2);
    await tell(house, 'one');
    await expect.poll(() => [...named.heard, ...found.heard], { timeout: 20_000 }).toHaveLength(2);
  });

  it('a source that cannot be opened refuses the configuration, by name', async () => {
    const tls = { ca_file: join(folder, 'absent.pem') };
    await expect(open([{}, { http_sd_configs: [{ url: 'https://a/', tls_config: tls }] }])).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringMatching(/^alerting\.alertmanagers\[1\]: .*absent\.pem/) as unknown,
    });
  });
});
