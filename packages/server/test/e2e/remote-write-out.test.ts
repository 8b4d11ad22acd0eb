import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { remoteWrite } from './remote-writer.ts';
import {
  type Running,
  cleanUp,
  end,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'remote-write into a real Prometheus');

afterEach(cleanUp);

const SERIES = 20;

/** Series of `metric` at `url`, each as `series@time` → value. */
async function stored(url: string, metric: string): Promise<Map<string, string>> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: `${metric}[1h]` }),
  });
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  const samples = new Map<string, string>();
  for (const { metric: labels, values } of data.result)
    for (const [seconds, value] of values) samples.set(`${labels.series}@${Math.round(seconds * 1_000)}`, value);
  return samples;
}

/** Writes batches until it is ended, and remembers what was acknowledged. */
function write(url: () => string): { acknowledged: Map<string, string>; end(): Promise<void> } {
  const acknowledged = new Map<string, string>();
  const ending = new AbortController();
  const startedMs = Date.now() - 30_000;
  const writing = (async () => {
    for (let i = 0; !ending.signal.aborted; i++) {
      const batch = Array.from({ length: SERIES }, (_, series) => ({
        labels: { __name__: 'sent_on', series: String(series) },
        timestampMs: startedMs + i * 10,
        value: i * SERIES + series,
      }));
      try {
        const { status } = await remoteWrite(url(), batch);
        if (status === 204)
          for (const { labels, timestampMs, value } of batch)
            acknowledged.set(`${labels.series}@${timestampMs}`, String(value));
      } catch {
        // The server is being killed or started; what was not acknowledged is not promised.
        await sleep(20);
      }
      await sleep(5);
    }
  })();
  return {
    acknowledged,
    end: async () => {
      ending.abort();
      await writing;
    },
  };
}

function missing(acknowledged: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>): string[] {
  return [...acknowledged].filter(([key, value]) => there.get(key) !== value).map(([key]) => key);
}

/** A Vedette that sends on to `url`, alone with what is written to it. */
function sender(url: string, rest = ''): string {
  return `host_collector: { enabled: false }
self_monitoring: { enabled: false }
catalog: { rules: false }
remote_write:
  - url: ${url}/api/v1/write
    name: other
    queue_config: { batch_send_deadline: 100ms, max_backoff: 200ms }
${rest}`;
}

/** The sender is killed and started again, the receiver too; in the end the receiver has everything that was acknowledged. */
async function throughKills(
  config: string,
  receiver: { url: string; stop(): Promise<unknown>; start(): Promise<unknown> },
): Promise<void> {
  const folder = temporaryFolder();
  const listen = `127.0.0.1:${await freePort()}`;
  let vedette: Running = await startVedette({ folder, listen, config });
  const writer = write(() => vedette.url);
  await sleep(1_500);
  await vedette.stop('SIGKILL');
  vedette = await startVedette({ folder, listen, config });
  await sleep(1_000);
  await receiver.stop();
  await sleep(1_500);
  // Killed while the remote is away: what waits is on the disk.
  await vedette.stop('SIGKILL');
  vedette = await startVedette({ folder, listen, config });
  await sleep(1_000);
  await receiver.start();
  await sleep(1_000);
  await writer.end();
  expect(writer.acknowledged.size).toBeGreaterThan(SERIES * 50);
  await eventually(async () => {
    const there = await stored(receiver.url, 'sent_on');
    const lost = missing(writer.acknowledged, there);
    expect(lost.slice(0, 5), `${lost.length} of ${writer.acknowledged.size} have not arrived`).toEqual([]);
  });
  // Nothing is made up either: what the receiver has, the sender has.
  const own = await stored(vedette.url, 'sent_on');
  for (const [key, value] of await stored(receiver.url, 'sent_on')) expect(own.get(key), key).toBe(value);
  process.stdout.write(`remote-write out: ${writer.acknowledged.size} samples through three kills, none lost\n`);
  await vedette.stop();
}

describe.runIf(prometheus !== undefined)('a real Prometheus as the remote', () => {
  it('gets every acknowledged sample once, through kill -9 and while it is away', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      'global: { scrape_interval: 1h }\nstorage: { tsdb: { out_of_order_time_window: 1h } }\n',
    );
    const begin = async (): Promise<ReturnType<typeof start>> => {
      const child = start(
        prometheus ?? '',
        [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'tsdb')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--web.enable-remote-write-receiver',
        ],
        folder,
      );
      await eventually(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200));
      return child;
    };
    let child = await begin();
    await throughKills(sender(url), {
      url,
      stop: () => end(child, 'SIGTERM'),
      start: async () => {
        child = await begin();
      },
    });
  });
});

describe('another Vedette as the remote', () => {
  it('gets every acknowledged sample once, through kill -9 of both, with remote-write 2.0', async () => {
    const folder = temporaryFolder();
    const listen = `127.0.0.1:${await freePort()}`;
    const config =
      'host_collector: { enabled: false }\nself_monitoring: { enabled: false }\ncatalog: { rules: false }\n';
    let remote = await startVedette({ folder, listen, config });
    await throughKills(sender(remote.url, '    protobuf_message: io.prometheus.write.v2.Request\n'), {
      url: remote.url,
      stop: () => remote.stop('SIGKILL'),
      start: async () => {
        remote = await startVedette({ folder, listen, config });
      },
    });
  });

  it('gets what is scraped and recorded, with external labels, until a reload takes it away', async () => {
    const remote = await startVedette({ config: 'catalog: { rules: false }\n' });
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'rules.yml'),
      'groups: [{ name: g, interval: 1s, rules: [{ record: one:two, expr: vector(12) }] }]\n',
    );
    const common = `global: { external_labels: { site: north } }
self_monitoring: { scrape_interval: 1s }
rule_files: [rules.yml]
`;
    const vedette = await startVedette({
      folder,
      config: `${common}remote_write: [{ url: '${remote.url}/api/v1/write', queue_config: { batch_send_deadline: 1s } }]\n`,
    });
    await eventually(async () => {
      expect(await instantQuery(remote.url, 'up{job="vedette",site="north"} == 1')).toHaveLength(1);
      expect((await instantQuery(remote.url, 'one:two{site="north"}'))[0]?.value[1]).toBe('12');
    });
    const metrics = async (): Promise<string> => (await fetch(`${vedette.url}/metrics`)).text();
    // The remote has the samples before the sender has its answer.
    await eventually(async () => {
      expect(await metrics()).toMatch(/^prometheus_remote_storage_samples_total\{.*\} [1-9]/m);
    });
    writeFileSync(join(folder, 'vedette.yaml'), common);
    expect((await fetch(`${vedette.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    expect(await metrics()).not.toMatch(/^prometheus_remote_storage_samples_total\{/m);
    await vedette.stop();
  });
});
