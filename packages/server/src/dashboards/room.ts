import { Gauge, type Registry } from 'prom-client';
import type { DashboardList, DashboardSummary } from '@vedette/wire/http';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { Logger } from '../base/logger.ts';
import { type SourceProblem, formatProblem } from '../base/yaml-source.ts';
import type { StateStore } from '../model/ports.ts';
import type { DashboardsConfig } from './config.ts';
import type { DashboardEntry } from './entry.ts';
import { dashboardsPlugin } from './http-api.ts';
import type { ExpressionChecker } from './ports.ts';
import { type ProvisionedState, ProvisionedDashboards } from './provisioned.ts';
import type { DashboardShelf } from './shelf.ts';
import { UserDashboards } from './user-dashboards.ts';

export interface DashboardsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly state: StateStore;
  readonly expressions: ExpressionChecker;
}

export interface DashboardsOptions {
  readonly config: DashboardsConfig;
  /** `dashboards.paths` are relative to this: the folder of the configuration file. */
  readonly baseDirectory: string;
  /** The shipped dashboards; undefined when there are none beside the program. */
  readonly catalogDirectory?: string;
}

export interface DashboardsRoom extends Component {
  /** Takes new settings and reads every file again. Faulty files are listed, never thrown. */
  apply(config: DashboardsConfig, baseDirectory?: string): Promise<void>;
  /** Resolves when the catalogue, which a start does not wait for, has been read. */
  settled(): Promise<void>;
  list(): DashboardList;
  /** Serves /api/vedette/dashboards. */
  readonly plugin: HttpPlugin;
}

/** The catalogue is read this long after the start, or at the first request: forty documents would make every start wait. */
const CATALOG_LOOK_AFTER_MS = 500;

/** Stands while the room is not started: nothing is listed yet. */
const NOTHING: ProvisionedState = { entries: [], problems: [] };

export function openDashboards(deps: DashboardsDeps, options: DashboardsOptions): DashboardsRoom {
  return new Room(deps, options);
}

class Room implements DashboardsRoom, DashboardShelf {
  readonly name = 'dashboards';
  readonly plugin: HttpPlugin;
  readonly #deps: DashboardsDeps;
  readonly #logger: Logger;
  readonly #catalogDirectory: string | undefined;
  #config: DashboardsConfig;
  #baseDirectory: string;
  #files: ProvisionedDashboards;
  #catalog: ProvisionedDashboards;
  #user: UserDashboards | undefined;
  #fileState = NOTHING;
  #catalogState = NOTHING;
  #entries = new Map<string, DashboardEntry>();
  #problems: readonly SourceProblem[] = [];
  /** Formatted problems already told, so that each is logged once and not at every look. */
  #told = new Set<string>();
  #schedule: Disposable | undefined;
  #catalogDue = false;
  #catalogLook: Disposable | undefined;
  #stop = new AbortController();
  /** One look at the files at a time: reload and schedule may meet. */
  #refreshing: Promise<void> = Promise.resolve();

  constructor(deps: DashboardsDeps, options: DashboardsOptions) {
    this.#deps = deps;
    this.#logger = deps.logger.child({ room: 'dashboards' });
    this.#catalogDirectory = options.catalogDirectory;
    this.#config = options.config;
    this.#baseDirectory = options.baseDirectory;
    this.#files = this.#openFiles();
    this.#catalog = this.#openCatalog();
    this.plugin = dashboardsPlugin(this);
    this.#registerMetrics();
  }

  async start(): Promise<void> {
    this.#stop = new AbortController();
    this.#user = await UserDashboards.open(this.#deps.state, this.#deps.expressions, (uid, error) => {
      this.#logger.warn({ uid, reason: errorMessage(error) }, 'a stored dashboard cannot be read and is not listed');
    });
    await this.#refresh();
    this.#startSchedule();
    this.#catalogLook = this.#deps.clock.after(CATALOG_LOOK_AFTER_MS, () => {
      this.settled().catch((error: unknown) => {
        this.#logger.error(
          { err: error },
          'the catalogue of dashboards cannot be read; trying again at the next interval',
        );
      });
    });
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#catalogLook?.[Symbol.dispose]();
    this.#schedule?.[Symbol.dispose]();
    this.#schedule = undefined;
    this.#stop.abort(signal.reason ?? new Error('dashboards stopped'));
    await this.#refreshing.catch(() => undefined);
  }

  async apply(config: DashboardsConfig, baseDirectory: string = this.#baseDirectory): Promise<void> {
    this.#config = config;
    this.#baseDirectory = baseDirectory;
    this.#files = this.#openFiles();
    this.#catalog = this.#openCatalog();
    if (this.#schedule === undefined) return;
    await this.#refreshAll();
    this.#startSchedule();
  }

  async settled(): Promise<void> {
    if (!this.#catalogDue && this.#schedule !== undefined) {
      this.#catalogLook?.[Symbol.dispose]();
      await this.#refreshAll();
    }
    await this.#refreshing;
  }

  list(): DashboardList {
    const dashboards = [...this.#entries.values()].map((entry) => entry.summary).sort(byFolderThenTitle);
    return { dashboards, problems: this.#problems };
  }

  entry(uid: string): DashboardEntry {
    const entry = this.#entries.get(uid);
    if (!entry) {
      throw new VedetteError(
        'NOT_FOUND',
        `there is no dashboard with the uid "${uid.slice(0, 100)}"; GET /api/vedette/dashboards lists all`,
      );
    }
    return entry;
  }

  async importDocument(
    text: string,
    folder: string,
  ): Promise<{ readonly entry: DashboardEntry; readonly replaced: boolean }> {
    const user = this.#openedUser();
    const entry = user.read(text, folder);
    const { uid } = entry.model;
    const taken = this.#entries.get(uid);
    if (taken && taken.model.source !== 'user') {
      const owner = taken.model.source === 'file' ? `kept in ${taken.place}` : 'part of the catalogue';
      throw new VedetteError(
        'DASHBOARD_INVALID',
        `the uid "${uid}" belongs to a dashboard ${owner}; give the import another "uid"`,
      );
    }
    await user.save(entry);
    this.#arrange();
    return { entry, replaced: taken !== undefined };
  }

  async remove(uid: string): Promise<void> {
    const entry = this.entry(uid);
    if (entry.model.source !== 'user') {
      const remedy =
        entry.model.source === 'file'
          ? `remove ${entry.place} instead`
          : 'set dashboards.catalog: false to hide the catalogue';
      throw new VedetteError(
        'DASHBOARD_INVALID',
        `the dashboard "${uid}" was not imported and cannot be deleted here; ${remedy}`,
      );
    }
    await this.#openedUser().delete(uid);
    this.#arrange();
  }

  #openedUser(): UserDashboards {
    if (!this.#user)
      throw new VedetteError('DATABASE_UNAVAILABLE', 'dashboards are still being read; try again in a moment');
    return this.#user;
  }

  #openFiles(): ProvisionedDashboards {
    const options = { paths: this.#config.paths, baseDirectory: this.#baseDirectory, source: 'file' } as const;
    return new ProvisionedDashboards(options, { checker: this.#deps.expressions });
  }

  #openCatalog(): ProvisionedDashboards {
    const paths = this.#config.catalog && this.#catalogDirectory !== undefined ? [this.#catalogDirectory] : [];
    return new ProvisionedDashboards(
      { paths, baseDirectory: '/', source: 'catalog' },
      { checker: this.#deps.expressions },
    );
  }

  #startSchedule(): void {
    this.#schedule?.[Symbol.dispose]();
    this.#schedule = this.#deps.clock.every(
      { intervalMs: this.#config.refresh_interval },
      () => this.#refreshAll(),
      (error) =>
        this.#logger.error({ err: error }, 'looking for changed dashboards failed; trying again at the next interval'),
    );
  }

  #refreshAll(): Promise<void> {
    this.#catalogDue = true;
    return this.#refresh();
  }

  #refresh(): Promise<void> {
    const signal = this.#stop.signal;
    this.#refreshing = this.#refreshing
      .catch(() => undefined)
      .then(async () => {
        const files = this.#files;
        const catalog = this.#catalog;
        const fileState = await files.refresh(signal);
        const catalogState = this.#catalogDue ? await catalog.refresh(signal) : NOTHING;
        // A reload in between has its own refresh queued behind this one.
        if (files !== this.#files || catalog !== this.#catalog) return;
        this.#fileState = fileState;
        this.#catalogState = catalogState;
        this.#arrange();
      });
    return this.#refreshing;
  }

  /** Of equal uids the file wins over the catalogue (a copy that was changed) and over the import, which the API refuses anyway. */
  #arrange(): void {
    const entries = new Map<string, DashboardEntry>();
    const problems: SourceProblem[] = [...this.#fileState.problems, ...this.#catalogState.problems];
    for (const entry of this.#fileState.entries) {
      const first = entries.get(entry.model.uid);
      if (first) problems.push(duplicate(entry, first));
      else entries.set(entry.model.uid, entry);
    }
    for (const entry of [...(this.#user?.entries() ?? []), ...this.#catalogState.entries]) {
      if (!entries.has(entry.model.uid)) entries.set(entry.model.uid, entry);
    }
    this.#entries = entries;
    this.#problems = problems;
    this.#tell(problems);
  }

  #tell(problems: readonly SourceProblem[]): void {
    const texts = problems.map((problem) => formatProblem(problem));
    for (const text of texts) if (!this.#told.has(text)) this.#logger.warn({ code: 'DASHBOARD_INVALID' }, text);
    this.#told = new Set(texts);
  }

  #registerMetrics(): void {
    const count = (source: DashboardSummary['source']): number =>
      [...this.#entries.values()].filter((entry) => entry.model.source === source).length;
    const dashboards = new Gauge({
      name: 'vedette_dashboards',
      help: 'Dashboards that can be opened, by where they come from.',
      labelNames: ['source'],
      registers: [this.#deps.registry],
      collect: () => {
        for (const source of ['catalog', 'file', 'user'] as const) dashboards.set({ source }, count(source));
      },
    });
    const faulty = new Gauge({
      name: 'vedette_dashboard_file_problems',
      help: 'Faults in dashboard files that keep a dashboard from being listed.',
      registers: [this.#deps.registry],
      collect: () => {
        faulty.set(this.#problems.length);
      },
    });
  }
}

function byFolderThenTitle(a: DashboardSummary, b: DashboardSummary): number {
  return a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title) || (a.uid < b.uid ? -1 : 1);
}

function duplicate(entry: DashboardEntry, first: DashboardEntry): SourceProblem {
  return {
    file: entry.place,
    line: 1,
    column: 1,
    path: '',
    message: `the uid "${entry.model.uid}" is already used by ${first.place}; this file is not listed`,
    remedy: 'give it another "uid"',
  };
}
