import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { remoteWrite } from './remote-writer.ts';
import {
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'federation and remote-read by a real Prometheus');

const CONFIG = `global: { external_labels: { site: north } }
host_collector: { enabled: false }
`;

afterEach(cleanUp);

async function startPrometheus(config: string): Promise<string> {
  const port = await freePort();
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'prometheus.yml'), config);
  start(
    prometheus ?? '',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    folder,
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  });
  return url;
}

describe.runIf(prometheus !== undefined)('a real Prometheus', () => {
  it('federates from Vedette: values, labels, external labels and times are kept', async () => {
    const vedette = await startVedette({ config: CONFIG });
    const nowMs = Date.now();
    const written = await remoteWrite(vedette.url, [
      {
        labels: { __name__: 'camera_fps', camera_id: 'a"b\\c', instance: 'box:9100' },
        timestampMs: nowMs,
        value: 24.5,
      },
      { labels: { __name__: 'camera_fps', camera_id: 'c' }, timestampMs: nowMs, value: 1e-9 },
    ]);
    expect(written).toEqual({ status: 204, body: '' });
    const url = await startPrometheus(`global: { scrape_interval: 1s }
scrape_configs:
  - job_name: federate
    honor_labels: true
    metrics_path: /federate
    params: { 'match[]': ['camera_fps', '{__name__=~"vedette_.*"}'] }
    static_configs: [{ targets: ['${new URL(vedette.url).host}'] }]
`);
    await eventually(async () => {
      const samples = await instantQuery(url, 'camera_fps');
      expect(samples.map(({ metric, value }) => [metric, value[1]])).toEqual([
        [{ __name__: 'camera_fps', camera_id: 'a"b\\c', instance: 'box:9100', job: 'federate', site: 'north' }, '24.5'],
        [{ __name__: 'camera_fps', camera_id: 'c', job: 'federate', site: 'north' }, '1e-09'],
      ]);
      expect((await instantQuery(url, 'timestamp(camera_fps{camera_id="c"})'))[0]?.value[1]).toBe(String(nowMs / 1000));
      expect(await instantQuery(url, 'vedette_build_info{job="vedette",site="north"}')).toHaveLength(1);
    });
  });

  it('reads what it does not have from Vedette', async () => {
    const vedette = await startVedette({ config: CONFIG });
    const nowMs = Date.now();
    const samples = Array.from({ length: 1_000 }, (_, i) => ({
      labels: { __name__: 'camera_frames_total', camera_id: 'a' },
      timestampMs: nowMs - (1_000 - i) * 5_000,
      value: i * 37.5,
    }));
    expect((await remoteWrite(vedette.url, samples)).status).toBe(204);
    const url = await startPrometheus(`remote_read:
  - url: ${vedette.url}/api/v1/read
    read_recent: true
`);
    const at = (nowMs - 6_000) / 1000;
    const ours = await instantQuery(vedette.url, `rate(camera_frames_total[1h] @ ${at})`);
    const theirs = await instantQuery(url, `rate(camera_frames_total{site="north"}[1h] @ ${at})`);
    expect(theirs).toHaveLength(1);
    expect(theirs[0]?.metric).toEqual({ camera_id: 'a', site: 'north' });
    expect(Number(theirs[0]?.value[1])).toBeCloseTo(Number(ours[0]?.value[1]), 9);
    const count = await instantQuery(url, `count_over_time(camera_frames_total[1h] @ ${at})`);
    expect(count[0]?.value[1]).toBe('720');
  });
});
