import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Sample, remoteWrite } from './remote-writer.ts';
import { type Running, startVedette, temporaryFolder } from './vedette-process.ts';

/** What is wrong with a camera, as an exporter at its site tells it. */
export type Fault = 'down' | 'credentials' | 'slow' | 'frozen';

export interface HouseCamera {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly recorder: string;
  readonly switch: string;
  readonly model: string;
}

export interface FleetPagesHouse {
  readonly vedette: Running;
  readonly cameras: readonly HouseCamera[];
  /** One round of samples of every camera, or of some, written to Vedette as a site's agent writes them; two rounds make a state. */
  round(faults?: ReadonlyMap<string, Fault>, of?: readonly HouseCamera[]): Promise<void>;
  close(): Promise<void>;
}

const SITES = ['North depot', 'Harbour', 'Old town', 'Airport', 'Stadium', 'Tunnel 7', 'Campus', 'Bridge'];
const MODELS = ['Axis P3265', 'Bosch 5000i', 'Hanwha XNV'];
const CAMERAS_PER_SWITCH = 8;
/** Series in one request. */
const WRITE_MAX = 8_000;

export function houseCameras(count: number): readonly HouseCamera[] {
  const perSite = Math.max(CAMERAS_PER_SWITCH * 3, Math.ceil(count / SITES.length));
  return Array.from({ length: count }, (_, i) => ({
    id: `cam-${String(i + 1).padStart(4, '0')}`,
    name: `Camera ${i + 1}`,
    site: SITES[Math.floor(i / perSite) % SITES.length] ?? '',
    recorder: `nvr-${Math.floor(i / 32) + 1}`,
    switch: `SW-${Math.floor(i / CAMERAS_PER_SWITCH) + 1}`,
    model: MODELS[i % MODELS.length] ?? '',
  }));
}

/** A file with a camera that is there twice, so that the inventory has something to complain about. */
function inventoryFile(cameras: readonly HouseCamera[]): string {
  const lines = cameras.map((camera, i) => {
    const { id, name, site, recorder, model } = camera;
    const place = `{ latitude: ${(53.5 + (i % 17) * 0.001).toFixed(4)}, longitude: ${(9.9 + (i % 23) * 0.001).toFixed(4)} }`;
    return `  - { id: ${id}, name: ${name}, site: ${site}, recorder: ${recorder}, switch: ${camera.switch}, model: ${model}, class: traffic, expected: { frames_per_second: 25 }, coordinates: ${place}, streams: { main: { url: 'rtsp://127.0.0.1:9/${id}' } } }`;
  });
  return ['cameras:', ...lines, `  - { id: ${cameras[0]?.id ?? ''}, name: Again }`, ''].join('\n');
}

function samplesOf({ id }: HouseCamera, fault: Fault | undefined, timestampMs: number): readonly Sample[] {
  const of = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): Sample => ({
    labels: { __name__: name, camera_id: id, ...labels },
    timestampMs,
    value,
  });
  const streams = fault !== 'down' && fault !== 'credentials';
  return [
    of('camera_up', streams ? 1 : 0),
    of('camera_probe_success', streams ? 1 : 0),
    of('camera_probe_failure', fault === 'down' ? 1 : 0, { reason: 'refused' }),
    of('camera_probe_failure', fault === 'credentials' ? 1 : 0, { reason: 'credentials' }),
    of('camera_picture_problem', fault === 'frozen' ? 1 : 0, { problem: 'frozen', source: 'picture' }),
    ...(streams
      ? [
          of('camera_frames_per_second', fault === 'slow' ? 11.8 : 25),
          of('camera_bits_per_second', 3_200_000),
          of('camera_stream_info', 1, {
            codec: 'h264',
            profile: 'High',
            width: '1920',
            height: '1080',
            transport: 'tcp',
          }),
        ]
      : []),
  ];
}

/** A server with an inventory file; nothing is probed, all evidence is written to it. */
export async function openFleetPagesHouse(count: number): Promise<FleetPagesHouse> {
  const folder = temporaryFolder();
  const cameras = houseCameras(count);
  writeFileSync(join(folder, 'cameras.yaml'), inventoryFile(cameras));
  const vedette = await startVedette({
    folder,
    config: `global: { scrape_interval: 2s, evaluation_interval: 2s }
host_collector: { enabled: false }
fleet:
  inventory: { files: [cameras.yaml] }
  probes: { enabled: false }
  collectors: { ffmpeg: { enabled: false } }
`,
  });
  return {
    vedette,
    cameras,
    round: async (faults = new Map(), of = cameras) => {
      const atMs = Date.now();
      const samples = of.flatMap((camera) => samplesOf(camera, faults.get(camera.id), atMs));
      for (let i = 0; i < samples.length; i += WRITE_MAX) {
        const { status, body } = await remoteWrite(vedette.url, samples.slice(i, i + WRITE_MAX));
        if (status >= 300) throw new Error(`remote-write answered ${status}: ${body}`);
      }
    },
    close: async () => {
      await vedette.stop();
    },
  };
}
