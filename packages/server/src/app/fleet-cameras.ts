import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type AddressPolicy,
  type Probing,
  type ProbingOptions,
  allowedNetworks,
  createHlsProbe,
  createMjpegProbe,
  createOnvifClient,
  createPictureWatch,
  createProbing,
  createRtspProbe,
  createSnapshotReader,
  openCameraMemory,
} from '@vedette/agent';
import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { errorMessage } from '../base/errors.ts';
import type { ProxyEnvironment } from '../base/http-client/index.ts';
import type { Logger } from '../base/logger.ts';
import { type InventoryRoom, openInventory } from '../fleet/inventory/index.ts';
import type { CollectorTarget } from '../metrics/receive/index.ts';
import type { StateStore } from '../model/ports.ts';
import { onvifDevices } from './fleet-discovery.ts';
import { probePlans } from './fleet-plans.ts';
import { openFleetCollectors } from './fleet-collectors.ts';
import { recordersOf } from './fleet-recorders.ts';
import type { FleetConfig, ProbesConfig } from './fleet-section.ts';
import { warnOfRestart } from './reloads.ts';

export interface CamerasDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly state: StateStore;
  /** The data folder: what is learned of cameras is kept there. */
  readonly dataDir: string;
  /** A variable of the environment. */
  readonly environment: (name: string) => string | undefined;
  readonly version: string;
  readonly proxyEnvironment: ProxyEnvironment;
}

export interface CamerasOptions {
  readonly config: FleetConfig;
  /** Relative paths start here. */
  readonly baseDirectory: string;
}

/** The cameras that this process knows and reads: in the server, and in a site's agent. */
export interface Cameras extends Component {
  readonly inventory: InventoryRoom;
  readonly probing: Probing;
  readonly targets: readonly CollectorTarget[];
  /** Takes new settings; the collectors beside the cameras change only with a restart. */
  apply(options: CamerasOptions): Promise<void>;
}

/** A kill loses so much of what is learned in weeks. */
const MEMORY_INTERVAL_MS = 300_000;
const MEMORY_FILE = 'cameras/learned.ndjson.gz';
/** A change of many cameras comes as a few calls in a row. */
const PLANS_SETTLE_MS = 200;

/** Inventory → plans → probing, and the collectors beside it. Nothing runs before start(). */
export function openCameras(deps: CamerasDeps, options: CamerasOptions): Cameras {
  const { clock, logger } = deps;
  let { config } = options;
  let policy = allowedNetworks(config.allowed_networks);
  const asked: AddressPolicy = { allows: (ip) => policy.allows(ip) };
  const onvif = createOnvifClient({ clock, policy: asked });
  const snapshot = createSnapshotReader({ clock, policy: asked });
  const inventory = openInventory(
    {
      clock,
      logger,
      registry: deps.registry,
      state: deps.state,
      environment: deps.environment,
      version: deps.version,
      proxyEnvironment: deps.proxyEnvironment,
      findDevices: onvifDevices(onvif, clock),
    },
    inventoryOptions(options),
  );
  const memory = openCameraMemory({
    clock,
    path: join(deps.dataDir, MEMORY_FILE),
    warn: (details, message) => logger.warn({ ...details }, message),
  });
  const probing = createProbing(
    {
      clock,
      memory,
      probes: {
        rtsp: createRtspProbe({ clock, policy: asked }),
        hls: createHlsProbe({ clock, policy: asked }),
        mjpeg: createMjpegProbe({ clock, policy: asked }),
        onvif,
        snapshot,
      },
      pictures: createPictureWatch,
    },
    probingOptions(config.probes),
  );
  const { baseDirectory } = options;
  const collectors = openFleetCollectors(config.collectors, {
    clock,
    baseDirectory,
    inventory,
    environment: deps.environment,
    recorders: recordersOf(inventory, config.inventory, baseDirectory),
  });
  const gate = firstCamera();
  let following: Disposable | undefined;
  let settling: Disposable | undefined;
  let remembering: Disposable | undefined;

  const plan = (): void => {
    settling = undefined;
    if (inventory.cameras().length > 0) gate.open();
    probing.setPlans(config.probes.enabled ? probePlans(inventory) : []);
  };
  const instance = hostname();
  const targets: CollectorTarget[] = [
    {
      collector: probing,
      job: 'cameras',
      intervalMs: config.probes.scrape_interval,
      labels: { instance },
      whenReady: gate.opened,
    },
    // Processes are matched to cameras; recorders and GPUs are there without them.
    ...collectors.targets.map((target) => (target.job === 'ffmpeg' ? { ...target, whenReady: gate.opened } : target)),
  ];
  return {
    name: 'cameras',
    inventory,
    probing,
    targets,
    start: async () => {
      await memory.load();
      await inventory.start();
      following = inventory.onChange(() => {
        settling ??= clock.after(PLANS_SETTLE_MS, () => {
          try {
            plan();
          } catch (error) {
            logger.error({ error: errorMessage(error) }, 'the inventory changed, and what is probed could not follow');
          }
        });
      });
      plan();
      probing.start();
      remembering = clock.every(
        { intervalMs: MEMORY_INTERVAL_MS },
        async () => memory.save(probing.learned()),
        (error) => logger.error({ error: errorMessage(error) }, 'what was learned about cameras could not be kept'),
      );
      await collectors.start();
    },
    stop: async (signal) => {
      following?.[Symbol.dispose]();
      settling?.[Symbol.dispose]();
      remembering?.[Symbol.dispose]();
      await probing.stop();
      await memory.save(probing.learned());
      await snapshot.close();
      await collectors.stop(signal);
      await inventory.stop(signal);
    },
    apply: async (next) => {
      warnOfRestart(logger, ['collectors', 'health'], config, next.config, 'fleet.');
      config = next.config;
      policy = allowedNetworks(config.allowed_networks);
      await inventory.apply(inventoryOptions(next));
      probing.setOptions(probingOptions(config.probes));
      plan();
    },
  };
}

function inventoryOptions({ config, baseDirectory }: CamerasOptions) {
  return { config: config.inventory, baseDirectory, classes: Object.keys(config.health.classes) };
}

export function probingOptions(probes: ProbesConfig): ProbingOptions {
  return {
    intervalMs: probes.interval,
    timeoutMs: probes.timeout,
    windowMs: probes.window,
    fullEvery: probes.full_every,
    recheckMs: probes.recheck,
    failuresToDown: probes.failures_to_down,
    concurrency: probes.concurrency,
    concurrencyPerRecorder: probes.concurrency_per_recorder,
    bytesPerSecond: probes.bytes_per_second,
    cheapBytesMax: probes.cheap_bytes_max,
    fullBytesMax: probes.full_bytes_max,
    snapshotIntervalMs: probes.snapshot_interval,
    onvifIntervalMs: probes.onvif_interval,
  };
}

/** A fleet without cameras has no targets either: they begin with the first one. */
function firstCamera(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
