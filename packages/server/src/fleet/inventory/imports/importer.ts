import type { ImportStatus, InventoryProblem } from '@vedette/wire/http';
import type { Clock } from '../../../base/clock.ts';
import { VedetteError } from '../../../base/errors.ts';
import { matchesPart } from '../../../base/glob.ts';
import { type AddressFilter, Deadlines, HttpClient, type ProxyEnvironment } from '../../../base/http-client/index.ts';
import type { Logger } from '../../../base/logger.ts';
import { type ImportConfig, importName } from '../config.ts';
import { askServer, failureText } from './ask-server.ts';
import type { ImportedCamera } from './imported-camera.ts';
import type { ImportOutcome } from './imported-cameras.ts';

export interface ImporterDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly proxyEnvironment?: ProxyEnvironment | undefined;
  readonly allowAddress?: AddressFilter | undefined;
  /** Takes what a server lists; resolves when it counts and is durable. */
  readonly take: (config: ImportConfig, cameras: readonly ImportedCamera[], at: string) => Promise<ImportOutcome>;
  readonly counts: (importOf: string) => { readonly cameras: number; readonly gone: number };
}

interface Running {
  readonly config: ImportConfig;
  /** Undefined: it cannot be opened, `error` says why. */
  readonly client: HttpClient | undefined;
  readonly schedule: Disposable;
  readonly stop: AbortController;
  asking: Promise<void> | undefined;
  askedAt?: string;
  succeededAt?: string;
  error?: string;
  notes: readonly string[];
  added: number;
  changed: number;
}

/** Asks recorders and streaming servers which cameras they have, each at its interval and never twice at once. */
export class Importer {
  readonly #deps: ImporterDeps;
  readonly #deadlines: Deadlines;
  readonly #running = new Map<string, Running>();

  constructor(deps: ImporterDeps) {
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.clock);
  }

  /** Goes on with these; their first answers are awaited by nobody. One that cannot be opened says so in its status. */
  apply(configs: readonly ImportConfig[]): void {
    const { clock, logger } = this.#deps;
    this.#end();
    for (const config of configs) {
      const name = importName(config);
      const one: Running = {
        config,
        ...this.#open(config),
        stop: new AbortController(),
        asking: undefined,
        notes: [],
        added: 0,
        changed: 0,
        schedule: clock.every(
          { intervalMs: config.interval },
          () => this.#ask(one),
          (error) => logger.error({ err: error, import: name }, 'an import failed; trying again at its interval'),
        ),
      };
      this.#running.set(name, one);
      void this.#ask(one);
    }
  }

  #open(config: ImportConfig): Pick<Running, 'client' | 'error'> {
    const { clock, version, proxyEnvironment, allowAddress } = this.#deps;
    const deps = {
      clock,
      deadlines: this.#deadlines,
      userAgent: `Vedette/${version}`,
      ...(proxyEnvironment === undefined ? {} : { proxyEnvironment }),
      ...(allowAddress === undefined ? {} : { allowAddress }),
    };
    try {
      return { client: new HttpClient(deps, config) };
    } catch (error) {
      return { client: undefined, error: failureText(config, error) };
    }
  }

  async stop(): Promise<void> {
    const asking = [...this.#running.values()].flatMap((one) => (one.asking === undefined ? [] : [one.asking]));
    this.#end();
    await Promise.allSettled(asking);
  }

  /** Asks at once; resolves when the answer counts. Throws NOT_FOUND. */
  async run(name: string): Promise<ImportStatus> {
    const one = this.#running.get(name);
    if (!one)
      throw new VedetteError(
        'NOT_FOUND',
        `there is no import "${name.slice(0, 100)}"; they are configured in fleet.inventory.imports`,
      );
    await this.#ask(one);
    return this.#status(name, one);
  }

  statuses(): readonly ImportStatus[] {
    return [...this.#running].map(([name, one]) => this.#status(name, one));
  }

  problems(): readonly InventoryProblem[] {
    return [...this.#running].flatMap(([name, one]) => {
      const place = `import ${name}`;
      const failed =
        one.error === undefined
          ? []
          : [{ place, line: 0, message: one.error, remedy: 'its cameras are kept as they were' }];
      return [
        ...failed,
        ...one.notes.slice(0, 20).map((message) => ({
          place,
          line: 0,
          message,
          remedy: 'write its address in a file or over the API, with credentials by reference',
        })),
      ];
    });
  }

  #status(name: string, { config, ...one }: Running): ImportStatus {
    return {
      name,
      kind: config.kind,
      url: config.url,
      interval_seconds: config.interval / 1_000,
      ...(one.askedAt === undefined ? {} : { asked_at: one.askedAt }),
      ...(one.succeededAt === undefined ? {} : { succeeded_at: one.succeededAt }),
      ...(one.error === undefined ? {} : { error: one.error }),
      ...this.#deps.counts(name),
      added: one.added,
      changed: one.changed,
    };
  }

  #ask(one: Running): Promise<void> {
    one.asking ??= this.#attempt(one).finally(() => {
      one.asking = undefined;
    });
    return one.asking;
  }

  async #attempt(one: Running): Promise<void> {
    const { clock, logger } = this.#deps;
    const { config, client, stop } = one;
    if (client === undefined) return;
    const name = importName(config);
    one.askedAt = new Date(clock.now()).toISOString();
    try {
      const { cameras, notes } = await askServer(client, config, stop.signal);
      stop.signal.throwIfAborted();
      const wanted = cameras.filter((camera) => !config.ignore.some((pattern) => matchesPart(pattern, camera.name)));
      const { added, changed, gone, returned } = await this.#deps.take(config, wanted, one.askedAt);
      one.succeededAt = one.askedAt;
      one.notes = notes;
      one.added = added.length + returned.length;
      one.changed = changed.length;
      if (one.error !== undefined) logger.info({ import: name }, 'the import works again');
      delete one.error;
      if (added.length + gone.length > 0)
        logger.info(
          { import: name, added: added.length, gone: gone.length },
          'an import lists other cameras than before',
        );
    } catch (error) {
      if (stop.signal.aborted) return;
      const text = failureText(config, error);
      if (text !== one.error)
        logger.warn({ import: name, error: text }, 'an import failed; its cameras are kept as they were');
      one.error = text;
    }
  }

  #end(): void {
    for (const one of this.#running.values()) {
      one.schedule[Symbol.dispose]();
      one.stop.abort(new Error('the import was stopped'));
      void one.client?.close();
    }
    this.#running.clear();
  }
}
