import type { Registry } from 'prom-client';
import { type HighAvailability, openHighAvailability } from '../alerting/index.ts';
import type { Clock } from '../base/clock.ts';
import { type Component, composeComponents } from '../base/component.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { ClickHouseStateStore, type Database, openDatabase } from '../clickhouse/index.ts';
import type { LoadedConfig } from './config.ts';

export interface SharingDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly random: Random;
}

/** What several Vedettes have in common: a database of its own on their server. */
export interface Sharing {
  readonly database: Database;
  readonly state: ClickHouseStateStore;
  readonly replicas: HighAvailability;
  readonly name: string;
  /** Database, state, replicas. */
  readonly component: Component;
}

/** Undefined without `alerting.high_availability`. */
export async function openSharing(deps: SharingDeps, config: LoadedConfig): Promise<Sharing | undefined> {
  const { storage, alerting } = config.sections;
  const section = alerting.high_availability;
  if (!section) return undefined;
  const database = await openDatabase(deps, {
    dataDir: config.dataDir,
    baseDir: config.baseDir,
    config: { ...storage, database: section.database },
  });
  const state = new ClickHouseStateStore({ ...deps, database }, { shared: true });
  const replicas = openHighAvailability({ ...deps, state }, section);
  return {
    database,
    state,
    replicas,
    name: section.name,
    component: composeComponents('shared', [database, state, replicas]),
  };
}
