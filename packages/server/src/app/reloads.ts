import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

export interface ReloadOutcome {
  readonly ok: boolean;
  readonly atMs: number;
  readonly message: string;
}

/** Reloads, one after the other: what was asked for while one runs follows it, also where that one is refused. */
export class Reloads {
  readonly #deps: { readonly clock: Clock; readonly logger: Logger };
  readonly #apply: () => Promise<string>;
  #latest: Promise<void> = Promise.resolve();
  #outcome: ReloadOutcome;

  /** `apply` takes the configuration as it is then and answers its name, or throws and leaves everything as it was. */
  constructor(deps: { readonly clock: Clock; readonly logger: Logger }, apply: () => Promise<string>) {
    this.#deps = deps;
    this.#apply = apply;
    this.#outcome = { ok: true, atMs: deps.clock.now(), message: 'loaded at start' };
  }

  /** Of the last one that ended; before it, of the start. */
  get outcome(): ReloadOutcome {
    return this.#outcome;
  }

  /** Rejects where the configuration is refused. */
  run(): Promise<void> {
    const { clock, logger } = this.#deps;
    const run = this.#latest.then(this.#apply).then(
      (config) => {
        this.#outcome = { ok: true, atMs: clock.now(), message: 'reloaded' };
        logger.info({ config }, 'configuration reloaded');
      },
      (error: unknown) => {
        this.#outcome = { ok: false, atMs: clock.now(), message: errorMessage(error) };
        logger.error({ error: errorMessage(error) }, 'reload refused: nothing was changed');
        throw error;
      },
    );
    this.#latest = run.catch(() => undefined);
    return run;
  }
}

/** Says which of the sections that are read once at start are others than they were. */
export function warnOfRestart<Sections extends object>(
  logger: Logger,
  names: readonly (keyof Sections & string)[],
  before: Sections,
  after: Sections,
  parent = '',
): void {
  for (const name of names) {
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      logger.warn({ section: `${parent}${name}` }, 'this section changes only with a restart');
  }
}
