import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  type CameraNaming,
  type ClosableCollector,
  type Clock,
  type FfmpegCamera,
  FfmpegProgressBook,
  createFfmpegCollector,
  createFrigateCollector,
  createGo2rtcCollector,
  createGpuCollector,
  createMediamtxCollector,
} from '@vedette/agent';
import type { Inventory, InventoryConfig } from '../fleet/index.ts';
import type { CollectorTarget } from '../metrics/receive/index.ts';
import type { FleetConfig } from './fleet-section.ts';

type ImportConfig = InventoryConfig['imports'][number];

export interface FleetReaders {
  readonly targets: readonly CollectorTarget[];
  readonly progress: FfmpegProgressBook;
  close(): Promise<void>;
}

export interface FleetReadersDeps {
  readonly clock: Clock;
  readonly inventory: Inventory;
  readonly allows: (ip: string) => boolean;
}

/** Everything of the fleet that is read besides its cameras: recorders, ffmpeg and GPUs of this machine. */
export function openFleetReaders(deps: FleetReadersDeps, config: FleetConfig): FleetReaders {
  const { collectors, inventory } = config;
  const closing: ClosableCollector[] = [];
  const targets: CollectorTarget[] = [];
  if (collectors.recorders.enabled) {
    for (const one of inventory.imports) {
      const collector = recorderCollector(deps, one);
      closing.push(collector);
      targets.push({
        collector,
        job: one.kind,
        intervalMs: collectors.recorders.scrape_interval,
        labels: { instance: one.name ?? one.kind },
      });
    }
  }
  const progress = new FfmpegProgressBook(deps.clock);
  const { ffmpeg, gpu } = collectors;
  if (ffmpeg.enabled) {
    const collector = createFfmpegCollector({
      clock: deps.clock,
      cameras: ffmpegCameras(deps.inventory),
      progress,
      ...(ffmpeg.programs === undefined ? {} : { programs: ffmpeg.programs }),
      files: ffmpeg.files.map(({ camera_id: cameraId, path }) => ({ cameraId, path })),
    });
    targets.push({ collector, job: 'ffmpeg', intervalMs: ffmpeg.scrape_interval, labels: { instance: hostname() } });
  }
  if (gpu.enabled ?? hasGpu()) {
    const collector = createGpuCollector({ clock: deps.clock });
    closing.push(collector);
    targets.push({ collector, job: 'gpu', intervalMs: gpu.scrape_interval, labels: { instance: hostname() } });
  }
  return {
    targets,
    progress,
    close: async () => {
      await Promise.all(closing.map((collector) => collector.close()));
    },
  };
}

function recorderCollector({ clock, inventory }: FleetReadersDeps, config: ImportConfig): ClosableCollector {
  const { basic_auth: basic, authorization, tls_config: tls } = config;
  const password = (): string => basic?.password?.reveal() ?? textOf(basic?.password_file);
  const username = (): string => basic?.username ?? textOf(basic?.username_file);
  const token = (): string | undefined =>
    authorization?.credentials?.reveal() ??
    config.bearer_token?.reveal() ??
    (textOf(authorization?.credentials_file ?? config.bearer_token_file) || undefined);
  const options = {
    clock,
    url: config.url,
    insecureTls: tls?.insecure_skip_verify === true,
    ...(basic ? { credentials: () => ({ username: username(), password: password() }) } : { bearerToken: token }),
    ...cameraNaming(inventory, config),
  };
  if (config.kind === 'frigate') return createFrigateCollector(options);
  if (config.kind === 'go2rtc') return createGo2rtcCollector(options);
  return createMediamtxCollector({ ...options, apiUrl: config.url });
}

/** What the recorder calls a camera, and what we call it: as the import found it. */
function cameraNaming(inventory: Inventory, config: ImportConfig): CameraNaming {
  const name = config.name ?? config.kind;
  let version = -1;
  let ids = new Map<string, string>();
  return {
    onlyMapped: true,
    cameras: (theirs) => {
      if (version !== inventory.version) {
        ids = new Map(
          inventory
            .cameras()
            .flatMap(({ id, known_as: known = [] }) =>
              known.filter((one) => one.import === name).map((one): [string, string] => [one.name, id]),
            ),
        );
        version = inventory.version;
      }
      return ids.get(theirs);
    },
  };
}

/** An equal array while the inventory did not change, as the collector wants it. */
function ffmpegCameras(inventory: Inventory): () => readonly FfmpegCamera[] {
  let version = -1;
  let cameras: readonly FfmpegCamera[] = [];
  return () => {
    if (version !== inventory.version) {
      cameras = inventory.cameras().map(({ id, streams = {} }) => ({
        cameraId: id,
        addresses: [streams.main?.url, streams.sub?.url].filter((url) => url !== undefined),
      }));
      version = inventory.version;
    }
    return cameras;
  };
}

function textOf(file: string | undefined): string {
  return file === undefined || file === '' ? '' : readFileSync(file, 'utf8').trim();
}

/** Whether this machine has a GPU that could be read. */
function hasGpu(): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (folders.some((folder) => existsSync(join(folder, 'nvidia-smi')))) return true;
  return existsSync('/sys/class/drm/card0/device/gpu_busy_percent') || existsSync('/sys/devices/gpu.0/load');
}
