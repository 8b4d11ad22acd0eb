/**
 * In: columns of samples (a scrape, a remote-write request, recorded rules), through `MetricStore.append`.
 * Out: series and samples for PromQL and the HTTP API, through `MetricStore.select`, `series`, `labelNames`, `labelValues`.
 * Recent samples and the label index are in memory (the hot window); everything accepted is in the write-ahead log at once and in
 * the tables some minutes later.
 * Called by: receive and rules (as SampleSink), query and api (as SeriesSelector), app (construction, lifetime).
 */
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import { composeComponents } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import type { Database } from '../../clickhouse/index.ts';
import type {
  ChangeSource,
  ExemplarSource,
  MetricStore,
  StateStore,
  SeriesEraser as SeriesEraserPort,
} from '../../model/ports.ts';
import { BesideStore, BesideTable, EXEMPLARS_MAX_DEFAULT, HISTOGRAM_SHARE } from './beside/index.ts';
import { appendInSlices } from './batch-slices.ts';
import type { Cardinality } from './cardinality.ts';
import { CardinalityReader } from './cardinality-reader.ts';
import { ChangeLog } from './change-log.ts';
import { DeletionTable, SeriesEraser } from './erase/index.ts';
import { JoinedMetricStore, type StoreOptions } from './metric-store.ts';
import { Rollups } from './rollup/index.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { Tombstones } from './tombstones.ts';
import { DAY_MS } from './table-rows.ts';
import { TableStore } from './table-store.ts';

export type { Cardinality } from './cardinality.ts';
export { hotWindowConfig, seriesMaxConfig, type HotWindowConfig } from './config.ts';
export { FUTURE_MAX_MS, REJECTIONS_REPORTED_MAX } from './metric-store.ts';

export interface MetricStoreDeps {
  /** Started before, stopped after. */
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Keeps metric metadata, and what rollups have to make anew, across restarts; started before. Without it there are no rollups. */
  readonly state?: StateStore;
}

export interface MetricStoreOptions extends StoreOptions {
  /** Free bytes to keep on the database's disk; the oldest days go early to keep them. */
  readonly diskHeadroomBytes: number;
  /** Folder of the write-ahead log; of this process alone. */
  readonly logPath: string;
  /** Exemplars kept, of all series together; 0: none. */
  readonly exemplarsMax?: number;
}

export interface OpenedMetricStore extends MetricStore, ExemplarSource, SeriesEraserPort, ChangeSource {
  /** Removes deleted samples from the tables now; it is done every ten minutes anyway. */
  cleanTombstones(): Promise<void>;
  /** Why the last write to the tables failed; undefined while writing works. */
  readonly writeError: string | undefined;
  /** Moves what the log holds into the tables now. */
  flush(): Promise<void>;
  /** The `top` largest metrics and labels: walks the whole label index in short turns, and gives an answer again for a while. */
  cardinality(top: number): Promise<Cardinality>;
}

/** The metric store with its tables; `start` brings the tables up first, `stop` writes out what was accepted. */
export function openMetricStore(deps: MetricStoreDeps, options: MetricStoreOptions): OpenedMetricStore {
  const catalog = new SeriesCatalog();
  const tombstones = new Tombstones();
  const changes = new ChangeLog();
  const tables = new TableStore(
    {
      ...deps,
      series: { id: (ref) => catalog.id[ref] as number, labels: (ref) => catalog.labels(ref) },
      labelsOf: (id) => catalog.labelsOfId(id),
      tombstones,
      onDrop: (day) => changes.touch(day * DAY_MS, (day + 1) * DAY_MS - 1),
    },
    options,
  );
  const besideTable = new BesideTable({ ...deps, labelsOf: (id) => catalog.labelsOfId(id), tombstones });
  const refused = new Counter({
    name: 'vedette_exemplars_refused_total',
    help: 'Exemplars that were not kept, by reason.',
    labelNames: ['reason'],
    registers: [deps.registry],
  });
  const beside = new BesideStore(
    {
      ...deps,
      catalog,
      durable: { table: besideTable, log: tables },
      onExemplarRefused: (reason) => refused.inc({ reason }),
    },
    {
      histogramBytes: options.hotWindow.size * HISTOGRAM_SHARE,
      ageMs: options.hotWindow.age,
      exemplarsMax: options.exemplarsMax ?? EXEMPLARS_MAX_DEFAULT,
    },
  );
  tables.use(beside);
  const eraser = new SeriesEraser({ ...deps, table: new DeletionTable(deps), tombstones, log: tables });
  tables.use(eraser);
  const { state } = deps;
  const rollups =
    state &&
    new Rollups({
      ...deps,
      state,
      catalog,
      read: (refs, startMs, endMs, signal) => store.readRefs(refs, startMs, endMs, signal),
      excluded: (ref) => beside.has(ref),
    });
  const store: JoinedMetricStore = new JoinedMetricStore(
    { ...deps, table: tables, catalog, beside, eraser, changes, ...(rollups ? { rollups } : {}) },
    options,
  );
  const cardinality = new CardinalityReader(catalog.index, deps.clock);
  const lifetime = composeComponents(store.name, [besideTable, tables, eraser, store]);
  return {
    name: store.name,
    start: () => lifetime.start(),
    stop: (signal) => lifetime.stop(signal),
    append: (batch, appendOptions) => appendInSlices(store, catalog, batch, appendOptions),
    select: (request, signal) => store.select(request, signal),
    selectGrid: (request, signal) => store.selectGrid(request, signal),
    series: (request, signal) => store.series(request, signal),
    labelNames: (request, signal) => store.labelNames(request, signal),
    labelValues: (name, request, signal) => store.labelValues(name, request, signal),
    deleteSeries: (request, signal) => store.deleteSeries(request, signal),
    cleanTombstones: () => eraser.clean(),
    exemplars: (request, signal) => store.exemplars(request, signal),
    metadata: (metric) => store.metadata(metric),
    stats: () => store.stats(),
    mark: () => store.mark(),
    firstChange: (mark, fromMs, toMs) => store.firstChange(mark, fromMs, toMs),
    flush: () => tables.flush(),
    cardinality: (top) => cardinality.read(top),
    get writeError() {
      return tables.lastError;
    },
  };
}
