import { hostname } from 'node:os';
import { type Component, composeComponents } from '../base/component.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Random } from '../base/random.ts';
import type { Database } from '../clickhouse/index.ts';
import { type InventoryRoom, openHealth } from '../fleet/index.ts';
import type { CollectorTarget } from '../metrics/receive/index.ts';
import type { SampleSink, SeriesSelector } from '../model/ports.ts';
import { AgentContacts } from './fleet-agents.ts';
import { type CamerasDeps, type CamerasOptions, openCameras } from './fleet-cameras.ts';
import { probeViews } from './fleet-probe-view.ts';

/** The inventory changes seldom; what it says is stored as often as a scrape usually is. */
const INVENTORY_INTERVAL_MS = 15_000;
const HEALTH_INTERVAL_MS = 5_000;
const AGENTS_INTERVAL_MS = 15_000;

export interface FleetDeps extends CamerasDeps {
  readonly random: Random;
  readonly database: Database;
  /** Where samples go after the fleet listened to them. */
  readonly sink: SampleSink;
  readonly selector: SeriesSelector;
  readonly sampleRetentionMs: () => number;
  readonly isSimulation: () => boolean;
}

export interface Fleet extends Component {
  /** In front of the store: what passes is evidence about cameras, and contact with the agents of sites. */
  readonly sink: SampleSink;
  readonly targets: readonly CollectorTarget[];
  readonly plugins: readonly HttpPlugin[];
  readonly inventory: InventoryRoom;
  apply(options: CamerasOptions): Promise<void>;
}

/** The fleet of the server: its cameras, and what is derived from all evidence about them. Start it after the store, before receiving. */
export function openFleet(deps: FleetDeps, options: CamerasOptions): Fleet {
  const { clock, logger, registry, random, database, sink, selector, sampleRetentionMs } = deps;
  const cameras = openCameras(deps, options);
  const health = openHealth(
    {
      clock,
      logger,
      registry,
      random,
      database,
      sink,
      selector,
      inventory: cameras.inventory,
      probes: probeViews(cameras.probing),
      isSimulation: deps.isSimulation,
    },
    { settings: options.config.health, sampleRetentionMs },
  );
  const contacts = new AgentContacts(health.sink, clock);
  const all = composeComponents('fleet', [cameras, health]);
  const whenReady = cameras.targets[0]?.whenReady;
  const ready = whenReady === undefined ? {} : { whenReady };
  const labels = { instance: hostname() };
  return {
    name: 'fleet',
    inventory: cameras.inventory,
    sink: contacts,
    targets: [
      ...cameras.targets,
      // Only here: what the inventory says of a camera must be said once, or queries that join with it break.
      {
        collector: cameras.inventory.collector,
        job: 'inventory',
        intervalMs: INVENTORY_INTERVAL_MS,
        labels,
        ...ready,
      },
      { collector: health.collector, job: 'fleet', intervalMs: HEALTH_INTERVAL_MS, labels, ...ready },
      {
        collector: contacts.collector,
        job: 'agents',
        intervalMs: AGENTS_INTERVAL_MS,
        labels,
        whenReady: contacts.heard,
      },
    ],
    plugins: [cameras.inventory.plugin, health.plugin],
    start: () => all.start(),
    stop: (signal) => all.stop(signal),
    apply: (next) => cameras.apply(next),
  };
}
