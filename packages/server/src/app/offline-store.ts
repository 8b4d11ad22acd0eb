import { Registry } from 'prom-client';
import { SystemClock } from '../base/clock.ts';
import { composeComponents } from '../base/component.ts';
import type { MetricStore, SampleSink } from '../model/ports.ts';
import { ClickHouseStateStore, openDatabase } from '../clickhouse/index.ts';
import { openMetricStore } from '../metrics/store/index.ts';
import { type Flags, loadConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { storeOptions } from './watch.ts';

/** The store of a stopped Vedette, opened to be filled or read. */
export interface OfflineStore {
  readonly sink: SampleSink;
  readonly store: MetricStore;
  readonly dataDir: string;
  /** Writes what is still in memory and frees the directory's lock. */
  close(signal: AbortSignal): Promise<void>;
}

/** Opens the store that `vedette serve` would open with the same flags. Throws DATA_DIR_LOCKED while another process has it. */
export async function openOfflineStore(flags: Flags, log: (line: string) => void): Promise<OfflineStore> {
  const config = loadConfig({ ...flags, logLevel: flags.logLevel ?? 'warn' });
  const clock = new SystemClock();
  const base = { clock, logger: createLogger(config.logLevel, config.logFormat, log), registry: new Registry() };
  const database = await openDatabase(base, {
    dataDir: config.dataDir,
    baseDir: config.baseDir,
    config: config.sections.storage,
  });
  const state = new ClickHouseStateStore({ ...base, database });
  const store = openMetricStore({ ...base, database, state }, storeOptions(config));
  const storage = composeComponents('storage', [database, state, store]);
  await storage.start();
  return { sink: store, store, dataDir: config.dataDir, close: (signal) => storage.stop(signal) };
}
