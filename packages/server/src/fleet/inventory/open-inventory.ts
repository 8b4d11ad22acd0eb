import { resolve } from 'node:path';
import type { Collector, Credentials } from '@vedette/agent';
import type { Camera, CameraFields, InventoryProblem } from '@vedette/wire/http';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import { ApiCameras } from './api-cameras.ts';
import { CameraChanges } from './camera-changes.ts';
import { type ImportConfig, importName } from './config.ts';
import { type CredentialsDeps, credentialsFor, resolved } from './credentials.ts';
import { Discovery } from './discovery.ts';
import { EntriesLayer, type Touched } from './entries-layer.ts';
import { expectationOf } from './expectation.ts';
import { CLASSES } from './field-readers.ts';
import { type ReadContext } from './written-value.ts';
import { flat } from './fields.ts';
import { InventoryHistory } from './history.ts';
import { inventoryPlugin } from './http-api.ts';
import { absoluteImport } from './imports/absolute-import.ts';
import { ImportedCameras } from './imports/imported-cameras.ts';
import { Importer } from './imports/importer.ts';
import { type FilesState, InventoryFiles, problem } from './inventory-files.ts';
import { registerInventoryMetrics } from './inventory-metrics.ts';
import { CAMERAS_MAX, PROBLEMS_MAX } from './limits.ts';
import { MergedCameras, type Said } from './merged.ts';
import { PlannedMaintenances } from './planned-maintenance.ts';
import { STREAM_ROLES, type StreamRole, addressKey, hostOf } from './read-address.ts';
import { problemText } from './read-inventory.ts';
import type { InventoryDeps, InventoryOptions, InventoryRoom } from './room.ts';
import { inventoryCollector } from './series.ts';
import { sharedAddresses } from './shared-addresses.ts';
import { SitePlans } from './site-plans.ts';

/** The rooms of the inventory that need the state, once it is open. */
interface Opened {
  readonly api: ApiCameras;
  readonly imported: ImportedCameras;
  readonly planned: PlannedMaintenances;
  readonly history: InventoryHistory;
  readonly plans: SitePlans;
  readonly changes: CameraChanges;
  readonly merged: MergedCameras;
}

/** Problems of one look at the files that go to the log; all are on the page. */
const LOGGED_PROBLEMS_MAX = 20;

export function openInventory(deps: InventoryDeps, options: InventoryOptions): InventoryRoom {
  return new Room(deps, options);
}

/** Files, the API, imports and the simulation as one list of cameras, with what is wrong in it. */
class Room implements InventoryRoom {
  readonly name = 'inventory';
  readonly plugin: HttpPlugin;
  readonly collector: Collector;
  readonly #deps: InventoryDeps;
  readonly #logger: Logger;
  readonly #importer: Importer;
  readonly #discovery: Discovery;
  readonly #fileLayer = new EntriesLayer('file');
  readonly #simulated = new EntriesLayer('simulation');
  readonly #listeners = new Set<() => void>();
  #options: InventoryOptions;
  #files: InventoryFiles;
  #fileState: FilesState | undefined;
  #opened: Opened | undefined;
  #schedule: Disposable | undefined;
  #following: readonly Disposable[] = [];
  #refreshing: Promise<void> = Promise.resolve();
  #told = new Set<string>();
  #sameAddress: { readonly version: number; readonly problems: readonly InventoryProblem[] } | undefined;

  constructor(deps: InventoryDeps, options: InventoryOptions) {
    this.#deps = deps;
    this.#logger = deps.logger.child({ room: 'inventory' });
    this.#options = options;
    this.#files = this.#openFiles();
    this.#importer = new Importer({
      clock: deps.clock,
      logger: this.#logger,
      version: deps.version,
      proxyEnvironment: deps.proxyEnvironment,
      allowAddress: deps.allowAddress,
      take: (config, cameras, at) => this.#takeImport(config, cameras, at),
      counts: (name) => this.#opened?.imported.counts(name) ?? { cameras: 0, gone: 0 },
    });
    this.#discovery = new Discovery({
      clock: deps.clock,
      findDevices: deps.findDevices,
      cameraAt: (host) => this.#cameraAt(host),
      isTaken: (id) => this.camera(id) !== undefined,
    });
    this.collector = inventoryCollector(this, deps.clock);
    this.plugin = inventoryPlugin({
      clock: deps.clock,
      inventory: this,
      opened: () => this.#needOpened(),
      importer: this.#importer,
      discovery: this.#discovery,
      problems: () => ({ problems: this.problems(), total: this.#problemCount() }),
      apiContext: () => this.#apiContext(),
      resolveCredentials: (reference) => resolved(this.#credentialsDeps(), reference, true),
    });
    registerInventoryMetrics(deps.registry, {
      cameras: () => this.cameras(),
      problemCount: () => this.#problemCount(),
      imports: () => this.#importer.statuses(),
    });
  }

  async start(): Promise<void> {
    const { clock, state } = this.#deps;
    const api = await ApiCameras.open(clock, state);
    const imported = await ImportedCameras.open(state);
    const planned = await PlannedMaintenances.open(clock, state);
    const history = await InventoryHistory.open(clock, state);
    const plans = await SitePlans.open(clock, state);
    const merged = new MergedCameras([this.#fileLayer, api, imported, this.#simulated], (camera) =>
      planned.windowsFor(camera),
    );
    merged.onChange(() => {
      for (const call of this.#listeners) call();
    });
    const changes = new CameraChanges({ api, imported, planned, history, merged });
    this.#opened = { api, imported, planned, history, plans, changes, merged };
    this.#following = [
      api.follow((ids) => void merged.update(ids)),
      planned.follow(() => void merged.rebuild()),
    ].filter((one) => one !== undefined);
    await this.#refreshFiles();
    await this.#startImports();
    this.#startSchedule();
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#schedule = undefined;
    for (const one of this.#following) one[Symbol.dispose]();
    await this.#discovery.cancel();
    await this.#importer.stop();
    await this.#refreshing.catch(() => undefined);
  }

  async apply(options: InventoryOptions): Promise<void> {
    const imports = JSON.stringify(this.#options.config.imports);
    this.#options = options;
    this.#files = this.#openFiles();
    if (this.#opened === undefined) return;
    await this.refresh();
    // Secrets are written as a mask there, so that a changed one is not seen: a reload asks again in any case.
    if (imports !== JSON.stringify(options.config.imports) || options.config.imports.length > 0)
      await this.#startImports();
    this.#startSchedule();
  }

  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.catch(() => undefined).then(() => this.#refreshFiles());
    return this.#refreshing;
  }

  get version(): number {
    return this.#opened?.merged.version ?? 0;
  }

  cameras(): readonly Camera[] {
    return this.#opened?.merged.cameras() ?? [];
  }

  camera(id: string): Camera | undefined {
    return this.#opened?.merged.get(id)?.camera;
  }

  onChange(call: () => void): Disposable {
    this.#listeners.add(call);
    return { [Symbol.dispose]: () => void this.#listeners.delete(call) };
  }

  credentials(camera: Camera, stream: StreamRole = 'main'): Credentials | undefined {
    const merged = this.#opened?.merged.get(camera.id);
    return merged && credentialsFor(this.#credentialsDeps(), merged, stream);
  }

  expectation(camera: Camera, atMs: number): ReturnType<InventoryRoom['expectation']> {
    return expectationOf(camera, atMs);
  }

  simulated(cameras: readonly (CameraFields & { readonly id: string })[]): void {
    const touched = this.#simulated.replace(
      new Map(cameras.map(({ id, ...fields }) => [id, { id, fields: flat(fields), place: 'the simulation' }])),
    );
    this.#opened?.merged.update(touched.all);
  }

  problems(): readonly InventoryProblem[] {
    const leftOut = this.#opened?.merged.leftOut ?? 0;
    const beyond =
      leftOut === 0
        ? []
        : [
            problem(
              'inventory',
              `more than ${CAMERAS_MAX} cameras; the others are left out`,
              'split the fleet over several Vedettes',
            ),
          ];
    return [
      ...beyond,
      ...this.#importer.problems(),
      ...(this.#fileState?.problems ?? []),
      ...this.#sharedAddresses(),
    ].slice(0, PROBLEMS_MAX);
  }

  #problemCount(): number {
    const files = this.#fileState;
    return this.problems().length + Math.max(0, (files?.problemCount ?? 0) - (files?.problems.length ?? 0));
  }

  #needOpened(): Opened {
    if (this.#opened) return this.#opened;
    throw new VedetteError('DATABASE_UNAVAILABLE', 'the inventory is still being read; try again in a moment');
  }

  #classes(): ReadonlySet<string> {
    return new Set([...CLASSES, ...this.#options.config.classes, ...(this.#options.classes ?? [])]);
  }

  #apiContext(): ReadContext {
    return { ...this.#context(), folder: undefined, schedules: new Map() };
  }

  #context(): Omit<ReadContext, 'folder' | 'schedules'> {
    const { config } = this.#options;
    return {
      classes: this.#classes(),
      environmentPrefix: config.credentials_env_prefix,
      credentialsFolder: this.#credentialsFolder(),
    };
  }

  #credentialsFolder(): string | undefined {
    const { config, baseDirectory } = this.#options;
    return config.credentials_folder === undefined ? undefined : resolve(baseDirectory, config.credentials_folder);
  }

  #credentialsDeps(): CredentialsDeps {
    return {
      environment: this.#deps.environment,
      credentialsFolder: () => this.#credentialsFolder(),
      told: (importOf, name) => this.#opened?.imported.told(importOf, name),
    };
  }

  #openFiles(): InventoryFiles {
    const { config, baseDirectory } = this.#options;
    return new InventoryFiles({ paths: config.files, baseDirectory, context: this.#context() }, this.#files);
  }

  #startSchedule(): void {
    this.#schedule?.[Symbol.dispose]();
    this.#schedule = this.#deps.clock.every(
      { intervalMs: this.#options.config.refresh_interval },
      () => this.refresh(),
      (error) =>
        this.#logger.error(
          { err: error },
          'looking for changed inventory files failed; trying again at the next interval',
        ),
    );
  }

  async #refreshFiles(): Promise<void> {
    const files = this.#files;
    const state = await files.refresh();
    // A reload in between has its own look queued behind this one.
    if (files !== this.#files || state === this.#fileState) return;
    const isFirst = this.#fileState === undefined;
    this.#fileState = state;
    const touched = this.#fileLayer.replace(state.entries);
    if (isFirst) this.#opened?.merged.rebuild();
    else this.#opened?.merged.update(touched.all);
    this.#tell(state.problems);
    if (!isFirst) await this.#rememberFiles(touched);
  }

  async #rememberFiles({ added, changed, deleted }: Touched): Promise<void> {
    const { history } = this.#needOpened();
    for (const [action, cameras] of [
      ['added', added],
      ['changed', changed],
      ['deleted', deleted],
    ] as const)
      if (cameras.length > 0) await history.remember({ by: 'files', action, cameras });
  }

  async #startImports(): Promise<void> {
    const { imported, merged, history } = this.#needOpened();
    const { imports } = this.#options.config;
    this.#importer.apply(imports.map((one) => absoluteImport(one, this.#options.baseDirectory)));
    const at = new Date(this.#deps.clock.now()).toISOString();
    const gone = await imported.keepOnly(new Set(imports.map(importName)), at);
    merged.update(gone);
    if (gone.length > 0)
      await history.remember({
        by: 'configuration',
        action: 'gone',
        cameras: gone,
        note: 'the import is not configured any more',
      });
  }

  async #takeImport(config: ImportConfig, cameras: Parameters<ImportedCameras['take']>[1], at: string) {
    const { imported, merged, history } = this.#needOpened();
    const index = this.#addresses(importName(config));
    const outcome = await imported.take(config, cameras, (key) => index.get(key), at);
    merged.update([...outcome.added, ...outcome.changed, ...outcome.gone, ...outcome.returned, ...outcome.touched]);
    const by = `import ${importName(config)}`;
    for (const action of ['added', 'changed', 'gone', 'returned'] as const)
      if (outcome[action].length > 0) await history.remember({ by, action, cameras: outcome[action] });
    return outcome;
  }

  /** Addresses that anybody but this import says. */
  #addresses(importOf: string): ReadonlyMap<string, string> {
    const index = new Map<string, string>();
    for (const { id } of this.cameras()) {
      for (const said of this.#opened?.merged.get(id)?.said ?? []) {
        if (said.knownAs?.import === importOf) continue;
        for (const url of urlsOf(said)) if (!index.has(addressKey(url))) index.set(addressKey(url), id);
      }
    }
    return index;
  }

  #cameraAt(host: string): string | undefined {
    return this.cameras().find(({ streams }) =>
      STREAM_ROLES.some((role) => streams?.[role] !== undefined && hostOf(streams[role].url) === host),
    )?.id;
  }

  #sharedAddresses(): readonly InventoryProblem[] {
    if (this.#sameAddress?.version === this.version) return this.#sameAddress.problems;
    const streams = this.cameras().flatMap(({ id, streams: all }) => {
      const place = this.#opened?.merged.get(id)?.origin('streams.main')?.place ?? 'inventory';
      return all?.main === undefined ? [] : [{ id, url: all.main.url, place }];
    });
    const problems = sharedAddresses(streams);
    this.#sameAddress = { version: this.version, problems };
    return problems;
  }

  #tell(problems: readonly InventoryProblem[]): void {
    const texts = problems.map(problemText);
    const fresh = texts.filter((text) => !this.#told.has(text));
    for (const text of fresh.slice(0, LOGGED_PROBLEMS_MAX)) this.#logger.warn({ code: 'CAMERA_INVALID' }, text);
    if (fresh.length > LOGGED_PROBLEMS_MAX)
      this.#logger.warn(
        { more: fresh.length - LOGGED_PROBLEMS_MAX },
        'further problems of the inventory are at /api/vedette/fleet/inventory/problems',
      );
    this.#told = new Set(texts);
  }
}

function urlsOf({ fields }: Said): readonly string[] {
  return (['streams.main', 'streams.sub'] as const).flatMap((field) => {
    const stream = fields[field] as { readonly url: string } | undefined;
    return stream === undefined ? [] : [stream.url];
  });
}
