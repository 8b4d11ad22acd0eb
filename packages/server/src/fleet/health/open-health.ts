import type { Collector } from '@vedette/agent';
import type { CameraStatus, CauseCard } from '@vedette/wire/http';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type Database, migrate, monthRetention } from '../../clickhouse/index.ts';
import type { SampleSink, SeriesSelector } from '../../model/ports.ts';
import { fleetApi } from '../api/plugin.ts';
import { PassportShelf } from '../api/passport-shelf.ts';
import { Wall } from '../api/wall.ts';
import {
  EVENTS_MIGRATIONS,
  EVENTS_TABLE,
  EventRecorder,
  readLastPassports,
  readLastStates,
  readPassports,
} from '../events/index.ts';
import { EvidenceListener, Roster, SharedEvidence, seedEvidence } from '../evidence/index.ts';
import type { Inventory, ProbeViews } from '../ports.ts';
import { ClassPolicies, type HealthSettings } from './class-policy.ts';
import { Fleet } from './fleet.ts';
import { Passports } from './passports.ts';
import { SeriesPage } from './series-page.ts';

export interface FleetHealthDeps {
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly registry: Registry;
  readonly database: Database;
  /** Where samples go after they were listened to: the store. */
  readonly sink: SampleSink;
  /** What is stored: asked after a start and by the ledger. */
  readonly selector: SeriesSelector;
  /** The probing of this process, where there is one. */
  readonly probes?: ProbeViews;
  /** Whether the configuration says that all of this is simulated; cameras of the source `simulation` say so themselves. */
  readonly isSimulation?: () => boolean;
}

export interface FleetHealthOptions {
  readonly settings: HealthSettings;
  /** How long samples are kept. */
  readonly sampleRetentionMs: () => number;
}

/** Start it after the database, the store and the inventory, stop it before them and after whatever appends to `sink`. */
export interface FleetHealth extends Component {
  /** In front of the store: stores as it does, and picks the evidence about cameras. */
  readonly sink: SampleSink;
  /** The states as series, to be scraped like a target. */
  readonly collector: Collector;
  /** /api/vedette/fleet/wall, /causes, /groups, /cameras/:id, its /events and /ledger. */
  readonly plugin: HttpPlugin;
  /** What is known of a camera now; undefined: it is not in the inventory. */
  status(cameraId: string): CameraStatus | undefined;
  /** The causes that many cameras have in common now, the largest first. */
  causes(): readonly CauseCard[];
  /** Looks at the fleet now; else that is done once a second. */
  look(): void;
  /** Resolves when every change of state so far is stored. */
  flush(): Promise<void>;
}

/** The wall is polled as often. */
const TICK_MS = 1_000;
const PASSPORTS_EVERY_TICKS = 10;
const SECONDS = 1_000;

/** Derives the state of each camera of the inventory from the samples that pass by. Nothing runs before start(). */
export function openHealth(deps: FleetHealthDeps, { settings, sampleRetentionMs }: FleetHealthOptions): FleetHealth {
  const { inventory, clock, logger, registry, database, selector } = deps;
  const roster = new Roster(inventory);
  const shared = new SharedEvidence();
  const listener = new EvidenceListener({ sink: deps.sink, clock, roster, shared });
  const fleet = new Fleet({ inventory, roster, shared, settings, startMs: clock.now() });
  const policies = new ClassPolicies(settings);
  const recorder = new EventRecorder(deps);
  // Passports stay: they are few, and tell what a camera was.
  const retention = monthRetention(deps, {
    table: EVENTS_TABLE,
    rows: 'camera events',
    setting: 'fleet.health.events_retention',
    retentionMs: () => settings.events_retention,
  });
  const passports = new Passports();
  const shelf = new PassportShelf((id, signal) => readPassports(database, id, signal));
  const wall = new Wall(fleet, () => deps.isSimulation?.() === true || isSimulation(inventory));
  const stopped = new AbortController();
  let schedule: Disposable | undefined;
  let ticks = 0;
  const duration = new Histogram({
    name: 'vedette_fleet_look_duration_seconds',
    help: 'Time that one look at the whole fleet took.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [registry],
  });
  const taken = new Counter({
    name: 'vedette_fleet_evidence_samples_total',
    help: 'Samples that passed by and were evidence about cameras.',
    registers: [],
    collect() {
      this.reset();
      this.inc(listener.taken);
    },
  });
  registry.registerMetric(taken);

  const tick = (atMs: number): void => {
    const startMs = clock.monotonicMs();
    recorder.record(fleet.tick(atMs));
    if (ticks++ % PASSPORTS_EVERY_TICKS === 0) {
      const changed = passports.changed(fleet.entries());
      recorder.recordPassports(changed);
      shelf.recorded(changed);
    }
    duration.observe((clock.monotonicMs() - startMs) / SECONDS);
  };

  /** Without what is stored, states begin unknown and are known again with the next round of probes. */
  const tried = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (stopped.signal.aborted) throw error;
      logger.warn(
        { error: errorMessage(error) },
        'what was known about cameras before the start could not be read; it is unknown until they are heard of',
      );
    }
  };

  const remember = async (): Promise<void> => {
    const nowMs = clock.now();
    await tried(async () =>
      fleet.restore(await readLastStates(database, nowMs - settings.events_retention, stopped.signal)),
    );
    await tried(async () => passports.restore(await readLastPassports(database, stopped.signal)));
    // The cameras are known by their names from here on.
    fleet.tick(nowMs);
    await tried(() => seedEvidence(selector, listener, nowMs, stopped.signal));
  };

  return {
    name: 'fleet health',
    sink: listener,
    collector: new SeriesPage(fleet),
    plugin: fleetApi({
      fleet,
      wall,
      passports: shelf,
      clock,
      database,
      selector,
      inventory,
      sampleRetentionMs,
      recordingGapMs: (cameraClass) => policies.of(cameraClass).recordingGapMs,
      ...(deps.probes ? { probes: deps.probes } : {}),
    }),
    status: (id) => fleet.entry(id)?.status,
    causes: () => fleet.causes.all.map(({ card }) => card),
    look: () => tick(clock.now()),
    flush: () => recorder.flush(),
    start: async () => {
      await migrate(database, clock, EVENTS_MIGRATIONS);
      await recorder.start();
      await retention.start();
      await remember();
      schedule = clock.every(
        { intervalMs: TICK_MS },
        async (at) => tick(at),
        (error) =>
          logger.error({ error: errorMessage(error) }, 'a look at the fleet failed; the next one is in a second'),
      );
    },
    stop: async (signal) => {
      stopped.abort();
      schedule?.[Symbol.dispose]();
      await retention.stop(signal);
      await recorder.stop(signal);
    },
  };
}

function isSimulation(inventory: Inventory): boolean {
  return inventory.cameras().some(({ source }) => source === 'simulation');
}
