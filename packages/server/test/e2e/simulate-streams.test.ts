import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSimulation, output, startSimulation, withUser } from './simulate-process.ts';
import { cleanUp, eventually, programOrNotice } from './vedette-process.ts';

const ffprobe = programOrNotice('/usr/bin/ffprobe', "Debian's ffprobe on simulated streams") ?? '';
const ffmpeg = programOrNotice('/usr/bin/ffmpeg', "Debian's ffmpeg on simulated streams") ?? '';
const curl = programOrNotice('/usr/bin/curl', 'curl on simulated snapshots') ?? '';

interface Told {
  readonly id: string;
  readonly protocol: string;
  readonly codec: string;
  readonly truth: Readonly<Record<string, unknown>>;
  readonly faults: readonly string[];
}

let simulation: RunningSimulation;
let cameras: readonly Told[];

beforeAll(async () => {
  simulation = await startSimulation();
  cameras = ((await (await fetch(`${simulation.control}/cameras`)).json()) as { cameras: Told[] }).cameras;
});
afterAll(cleanUp);

const oneOf = (wanted: Partial<Told>): Told => {
  const found = cameras.find((camera) =>
    Object.entries(wanted).every(([key, value]) => camera[key as keyof Told] === value),
  );
  if (!found) throw new Error(`no camera is ${JSON.stringify(wanted)}`);
  return found;
};

const STREAM = ['-show_entries', 'stream=codec_name,width,height,r_frame_rate', '-of', 'csv=p=0'];
const probe = async (address: string, ...more: readonly string[]): Promise<{ code: number; text: string }> =>
  output(ffprobe, ['-v', 'warning', ...more, ...STREAM, address]);
const decode = async (address: string, seconds: number, ...more: readonly string[]) =>
  output(ffmpeg, ['-v', 'warning', '-xerror', ...more, '-t', String(seconds), '-i', address, '-f', 'null', '-']);

describe.runIf(ffprobe !== '')("Debian's ffprobe reads simulated cameras", () => {
  it.each(['tcp', 'udp'])(
    'over RTSP in %s, H.264 and H.265, whatever way of asking for the password',
    async (transport) => {
      // Four ways of asking are among the first cameras: none, Basic, Digest with MD5, Digest with SHA-256 or MD5.
      for (const { id, codec } of cameras.slice(0, 10)) {
        const main = await probe(withUser(`${simulation.rtsp}/${id}/main`), '-rtsp_transport', transport);
        expect(main.text, `${id} ${transport}`).toBe(`${codec === 'h265' ? 'hevc' : 'h264'},1280,720,25/1`);
        const sub = await probe(withUser(`${simulation.rtsp}/${id}/sub`), '-rtsp_transport', transport);
        expect(sub.text, `${id} sub`).toBe('h264,640,360,25/1');
      }
    },
  );

  it('and is refused without the right password, or for a stream that is not there', async () => {
    const { id } = oneOf({ protocol: 'rtsp' });
    expect((await probe(withUser(`${simulation.rtsp}/${id}/main`, 'viewer', 'wrong'))).text).toContain(
      '401 Unauthorized',
    );
    expect((await probe(withUser(`${simulation.rtsp}/${id}/third`))).text).toContain('404 Not Found');
  });

  it('over HLS, and MJPEG over HTTP', async () => {
    for (const codec of ['h264', 'h265']) {
      const { id } = oneOf({ codec });
      const { text } = await probe(withUser(`${simulation.http}/${id}/hls/index.m3u8`));
      expect(text.split('\n')[0], id).toBe(`${codec === 'h265' ? 'hevc' : 'h264'},1280,720,25/1`);
    }
    const { id } = oneOf({ protocol: 'mjpeg' });
    const { text } = await probe(withUser(`${simulation.http}/${id}/mjpeg`), '-f', 'mpjpeg');
    expect(text).toMatch(/^mjpeg,640,360,/);
  });
});

describe.runIf(ffmpeg !== '')("Debian's ffmpeg decodes simulated cameras without a warning", () => {
  it.each(['tcp', 'udp'])('over RTSP in %s, past the end of the loop', async (transport) => {
    for (const codec of ['h264', 'h265']) {
      const { id } = oneOf({ codec, protocol: 'rtsp' });
      const result = await decode(withUser(`${simulation.rtsp}/${id}/main`), 5, '-rtsp_transport', transport);
      expect(result, id).toEqual({ code: 0, text: '' });
    }
  });

  it('over HLS, from segment to segment', async () => {
    for (const codec of ['h264', 'h265']) {
      const { id } = oneOf({ codec, protocol: 'rtsp' });
      expect(await decode(withUser(`${simulation.http}/${id}/hls/main.m3u8`), 8), id).toEqual({ code: 0, text: '' });
    }
  });

  it('over MJPEG', async () => {
    const { id } = oneOf({ protocol: 'mjpeg' });
    expect(await decode(withUser(`${simulation.http}/${id}/mjpeg`), 2, '-f', 'mpjpeg')).toEqual({ code: 0, text: '' });
  });

  it('and sees faults as they are: black, frozen, another size', async () => {
    const [black, frozen, changed] = cameras.filter(({ protocol, codec }) => protocol === 'rtsp' && codec === 'h264');
    await simulation.post([
      { kind: 'black', cameras: [black?.id] },
      { kind: 'frozen', cameras: [frozen?.id] },
      { kind: 'settings_changed', cameras: [changed?.id] },
    ]);
    const filter = async (id: string | undefined, name: string) =>
      output(
        ffmpeg,
        [
          `-v info -hide_banner -rtsp_transport tcp -t 5 -i ${withUser(`${simulation.rtsp}/${id}/main`)}`,
          `-vf ${name} -an -f null -`,
        ].flatMap((part) => part.split(' ')),
      );
    expect((await filter(black?.id, 'blackdetect=d=1:pix_th=0.1')).text).toMatch(/black_start:0 black_end:/);
    expect((await filter(frozen?.id, 'freezedetect=n=-60dB:d=1')).text).toMatch(/freeze_start: 0/);
    expect((await probe(withUser(`${simulation.rtsp}/${changed?.id}/main`))).text).toBe('h264,960,540,25/1');
    const { id: other } = oneOf({ protocol: 'rtsp', codec: 'h265' });
    const fine = await filter(other, 'blackdetect=d=1,freezedetect=n=-60dB:d=1');
    expect(fine.text).not.toMatch(/black_start|freeze_start/);
  });
});

describe.runIf(curl !== '')('curl', () => {
  it('fetches snapshots with Basic and with Digest, SHA-256 or MD5', async () => {
    for (const { id } of cameras.slice(0, 10)) {
      const url = `${simulation.http}/${id}/snapshot.jpg`;
      const args = [
        '-s',
        '--anyauth',
        '-u',
        'viewer:practice',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %{content_type}',
        url,
      ];
      expect((await output(curl, args)).text, id).toBe('200 image/jpeg');
    }
  });
});

describe('the simulation', () => {
  it('writes an inventory and a configuration, with the password in a file of its own', () => {
    const inventory = readFileSync(join(simulation.folder, 'inventory.yaml'), 'utf8');
    expect(inventory.match(/^ {2}- id: /gm)).toHaveLength(40);
    expect(inventory).not.toContain('practice');
    expect(statSync(join(simulation.folder, 'camera-password')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(simulation.folder, 'vedette.yaml'), 'utf8')).toContain('simulation: true');
  });

  it('takes faults at run time, says what is wrong with one, and ends them', async () => {
    const camera = cameras.at(-1);
    const answer = await simulation.post({ kind: 'offline', for: '1h', cameras: [camera?.id] });
    expect(answer.status).toBe(201);
    const { faults } = (await answer.json()) as { faults: { id: string; active: boolean }[] };
    expect(faults[0]).toMatchObject({ kind: 'offline', cameras: [camera?.id], active: true });
    const truth = async (): Promise<Told> =>
      (await (await fetch(`${simulation.control}/cameras/${camera?.id}`)).json()) as Told;
    expect((await truth()).truth['reach']).toBe('silent');
    expect((await fetch(`${simulation.control}/faults/${faults[0]?.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await truth()).truth['reach']).toBe('yes');
    const wrong = await simulation.post({ kind: 'melted' });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('is none of offline')]);
    const plain = await fetch(`${simulation.control}/faults`, { method: 'POST', body: '{"kind":"offline"}' });
    expect(plain.status).toBe(415);
  });

  it('answers as Frigate and as MediaMTX, and both follow the cameras', async () => {
    const get = async (url: string): Promise<unknown> => (await fetch(url)).json();
    const config = (await get(`${simulation.frigate}/api/config`)) as { cameras: Record<string, unknown> };
    const [first = ''] = Object.keys(config.cameras);
    const stats = async () =>
      (await get(`${simulation.frigate}/api/stats`)) as {
        cameras: Record<string, { camera_fps: number; expected_fps: number }>;
      };
    expect((await stats()).cameras[first]?.camera_fps).toBeGreaterThan(4);
    const paths = async () =>
      (await get(`${simulation.mediamtx}/v3/paths/list`)) as {
        items: { name: string; ready: boolean; inboundBytes: number }[];
      };
    const [path] = (await paths()).items;
    expect(path).toMatchObject({ ready: true });
    expect(await (await fetch(`${simulation.mediamtxMetrics}/metrics`)).text()).toContain(
      `paths{name="${path?.name}",state="ready"} 1`,
    );
    expect(await (await fetch(`${simulation.frigate}/api/metrics`)).text()).toContain(
      `frigate_camera_fps{camera_name="${first}"}`,
    );
    await simulation.post({ kind: 'offline', cameras: [first, path?.name] });
    await eventually(async () => {
      expect((await stats()).cameras[first]?.camera_fps).toBe(0);
      expect((await paths()).items[0]?.ready).toBe(false);
    });
  });
});
