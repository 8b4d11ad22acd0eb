import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Camera } from '@vedette/wire/http';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SystemClock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import { checkSource, readYaml } from '../base/yaml-source.ts';
import type { Inventory } from '../fleet/ports.ts';
import { type FleetCollectors, openFleetCollectors } from './fleet-collectors.ts';
import { fleetCollectorsSchema } from './fleet-collectors-section.ts';

const docs = resolve(import.meta.dirname, '../../../../docs/reference');
const schema = z.strictObject({ fleet: z.strictObject({ collectors: fleetCollectorsSchema }) });

function read(yaml: string): z.output<typeof fleetCollectorsSchema> {
  const [source] = readYaml(yaml, 'vedette.yaml');
  if (!source) throw new Error('no YAML');
  return checkSource(source, schema).fleet.collectors;
}

const collectors = (text: string) => read(`fleet:\n  collectors:\n    ${text}\n`);

function faultOf(text: string): string | undefined {
  try {
    collectors(text);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

describe('fleet.collectors', () => {
  it('reads nothing but ffmpeg and GPUs of this machine unless told otherwise', () => {
    expect(fleetCollectorsSchema.parse({})).toMatchObject({
      frigate: [],
      mediamtx: [],
      go2rtc: [],
      ffmpeg: { enabled: true, programs: ['ffmpeg'], scrape_interval: 15_000 },
      gpu: { enabled: 'auto', format: 'csv', scrape_interval: 5_000 },
    });
  });

  it.each([
    ['frigate: [{ url: "http://u:hunter2@frigate:5000" }]', /must not hold a user or a password/],
    ['frigate: [{ url: frigate }]', /must be an address that begins with http/],
    ['frigate: [{ url: "http://f", credentials: { username: u } }]', /exactly one of password_env/],
    ['frigate: [{ url: "http://f", credentials: { username: u, token_env: T } }]', /a token has no user/],
    ['frigate: [{ url: "http://f", recording: true }]', /unknown key "recording"; did you mean "recordings"/],
    ['mediamtx: [{ name: m }]', /must have api_url, metrics_url, or both/],
    ['ffmpeg: { listen: here }', /must be host:port/],
    ['gpu: { enabled: maybe }', /must be auto, true or false/],
  ])('%s is refused', (yaml, message) => {
    expect(faultOf(yaml)).toMatch(message);
    expect(faultOf(yaml)).not.toContain('hunter2');
  });

  it.each(['vms-readers.md', 'ffmpeg-collector.md', 'gpu-collector.md'])('is as %s shows it', (page) => {
    const blocks = [...readFileSync(join(docs, page), 'utf8').matchAll(/^```yaml\n([^]*?)^```/gm)];
    expect(blocks.length).toBeGreaterThan(0);
    for (const [, yaml = ''] of blocks) expect(() => read(yaml)).not.toThrow();
  });
});

describe('the opened collectors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-collectors-'));
  const clock = new SystemClock();
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = (text: string, more: object = {}): FleetCollectors =>
    openFleetCollectors(collectors(text), { clock, baseDirectory: folder, environment: () => undefined, ...more });

  it('are targets with job, instance and the labels that were asked for', async () => {
    const opened = open(
      'frigate: [{ url: "http://f:5000", labels: { site: north } }, { url: "http://g:5000", name: yard }]\n    go2rtc: [{ url: "http://h:1984" }]\n    gpu: { enabled: true }',
    );
    try {
      expect(opened.targets.map(({ job, labels }) => [job, labels?.['instance'], labels?.['site']])).toEqual([
        ['frigate', 'f:5000', 'north'],
        ['frigate', 'yard', undefined],
        ['go2rtc', 'h:1984', undefined],
        ['ffmpeg', expect.any(String), undefined],
        ['gpu', expect.any(String), undefined],
      ]);
    } finally {
      await opened.stop(AbortSignal.timeout(5_000));
    }
  });

  it('read the servers that cameras are imported from, under the names that these have here', async () => {
    const server = createServer(
      (_request, response) => void response.end('{"theirs":{"producers":[{"id":1}]},"other":{}}'),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const source = {
      url: `http://127.0.0.1:${port}`,
      onlyMapped: true,
      cameras: (name: string) => (name === 'theirs' ? 'ours' : undefined),
    };
    const recorders = [{ kind: 'go2rtc', name: 'yard', source }];
    const opened = open('ffmpeg: { enabled: false }\n    gpu: { enabled: false }', { recorders });
    try {
      const [target] = opened.targets;
      expect(target).toMatchObject({ job: 'go2rtc', labels: { instance: 'yard' }, intervalMs: 15_000 });
      const page = await target?.collector.collect(AbortSignal.timeout(5_000));
      expect(page?.match(/^camera_up.*$/gm)).toEqual(['camera_up{camera_id="ours",source="go2rtc"} 1']);
    } finally {
      await opened.stop(AbortSignal.timeout(5_000));
      server.closeAllConnections();
      server.close();
    }
    const off = 'recorders: { enabled: false }\n    ffmpeg: { enabled: false }\n    gpu: { enabled: false }';
    expect(open(off, { recorders }).targets).toEqual([]);
  });

  it('prove themselves with a secret that is read when it is used, and say which is missing', async () => {
    const authorizations: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const opened = open(
      `go2rtc: [{ url: "http://127.0.0.1:${port}", credentials: { password_file: secret } }]\n    ffmpeg: { enabled: false }\n    gpu: { enabled: false }`,
    );
    try {
      const [target] = opened.targets;
      const collect = () => target?.collector.collect(AbortSignal.timeout(5_000));
      await expect(collect()).rejects.toMatchObject({
        reason: 'credentials',
        message: expect.stringContaining('the file secret'),
      });
      for (const secret of ['user:one', 'user:two:2']) {
        writeFileSync(join(folder, 'secret'), `${secret}\n`);
        await collect();
        expect(Buffer.from(authorizations.at(-1)?.split(' ')[1] ?? '', 'base64').toString()).toBe(secret);
      }
      expect(opened.targets).toHaveLength(1);
    } finally {
      await opened.stop(AbortSignal.timeout(5_000));
      server.closeAllConnections();
      server.close();
    }
  });

  it('receive the progress of cameras that the inventory knows, and match processes by its addresses', async () => {
    let cameras: readonly Camera[] = [];
    let version = 0;
    const inventory: Inventory = {
      get version() {
        return version;
      },
      cameras: () => cameras,
      camera: (id) => cameras.find((camera) => camera.id === id),
      onChange: () => ({ [Symbol.dispose]: () => undefined }),
      credentials: () => undefined,
      expectation: () => ({ scheduled: true }),
    };
    const probe = createServer();
    await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    const opened = open(`ffmpeg: { listen: "127.0.0.1:${port}" }\n    gpu: { enabled: false }`, { inventory });
    await opened.start();
    try {
      const post = async (): Promise<number> => {
        const body = 'frame=3\nout_time_us=1\nprogress=continue\n';
        return (await fetch(`http://127.0.0.1:${port}/ffmpeg/gate`, { method: 'POST', body })).status;
      };
      expect(await post()).toBe(404);
      cameras = [{ id: 'gate', source: 'file', streams: { main: { url: 'rtsp://10.0.0.9/live' } } }];
      version++;
      expect(await post()).toBe(204);
      const page = await opened.targets[0]?.collector.collect(AbortSignal.timeout(5_000));
      expect(page).toContain('ffmpeg_progress_streams_total{camera_id="gate"} 1');
    } finally {
      await opened.stop(AbortSignal.timeout(5_000));
    }
    await expect(fetch(`http://127.0.0.1:${port}/ffmpeg/gate`, { method: 'POST' })).rejects.toThrow();
  });

  it('do not receive progress from everywhere without a token', () => {
    expect(() => open('ffmpeg: { listen: "0.0.0.0:9601" }')).toThrow(
      expect.objectContaining({ code: 'LISTEN_UNSAFE' }),
    );
  });
});
