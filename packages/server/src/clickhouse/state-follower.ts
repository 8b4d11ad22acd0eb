import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from './database.ts';
import { numbersFromUint64 } from './native-decoder.ts';
import { fragment, sql } from './sql.ts';
import type { Change } from './state-table.ts';

/** How soon a process sees what another one changed. */
export const FOLLOW_INTERVAL_MS = 1_000;
/** Rows carry the time at which the server began to insert them, and are seen when it has ended: usually much sooner than this. */
const OVERLAP_MS = 5_000;
/** An insert takes at most INSERT_TIMEOUT_MS: a look back so far misses none. */
const WIDE_OVERLAP_MS = 65_000;
const WIDE_EVERY = 20;
const READ_TIMEOUT_MS = 10_000;

export interface FollowerDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Own rows are left out. */
  readonly origin: string;
  /** Ascending by version. */
  readonly take: (changes: readonly Change[]) => void;
}

/** Reads what other processes wrote into shared_state, again and again, a little back each time. */
export class StateFollower {
  readonly #deps: FollowerDeps;
  readonly #stopped = new AbortController();
  #schedule: Disposable | undefined;
  #seenUntilMs = 0;
  #round = 0;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #lastError: string | undefined;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
  }

  /** Undefined while following works. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** What is opened from now on has everything before. */
  async start(): Promise<void> {
    await this.#read(0);
    this.#schedule = this.#deps.clock.every(
      { intervalMs: FOLLOW_INTERVAL_MS },
      () => this.refresh(),
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stopped.abort();
    // Whoever asked for it was told.
    await this.#running?.catch(() => undefined);
  }

  /** Resolves when everything is known that was durable at the call. Rejects with what the database says. */
  refresh(): Promise<void> {
    // One that began before the call may have missed what became durable meanwhile.
    if (this.#running) {
      this.#queued ??= this.#running.then(
        () => this.#begin(),
        () => this.#begin(),
      );
      return this.#queued;
    }
    return this.#begin();
  }

  #begin(): Promise<void> {
    this.#queued = undefined;
    const wide = this.#round++ % WIDE_EVERY === 0;
    const running = this.#follow(wide ? WIDE_OVERLAP_MS : OVERLAP_MS).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #follow(overlapMs: number): Promise<void> {
    try {
      await this.#read(overlapMs);
      if (this.#lastError !== undefined) this.#deps.logger.info({}, 'state that others share is read again');
      this.#lastError = undefined;
    } catch (error) {
      if (!this.#stopped.signal.aborted && this.#lastError === undefined) {
        this.#deps.logger.warn(
          { error: errorMessage(error) },
          'what other Vedettes changed cannot be read; tried again every second',
        );
      }
      this.#lastError = errorMessage(error);
      throw error;
    }
  }

  async #read(overlapMs: number): Promise<void> {
    const { database, origin, take } = this.#deps;
    const since = fragment(
      sql`fromUnixTimestamp64Milli(toInt64(${Math.max(0, this.#seenUntilMs - overlapMs)}), 'UTC')`,
    );
    // At the start only the time is of interest: tables are read when they are opened.
    const rows = fragment(this.#seenUntilMs === 0 ? sql`0` : sql`written_at >= ${since} AND origin != ${origin}`);
    // The last row tells the server's time, taken before it looks at the table.
    const statement = sql`SELECT namespace, key, version, deleted, value, written_at FROM (
        SELECT toString(namespace) AS namespace, key, version, deleted, value, written_at FROM shared_state WHERE ${rows}
        UNION ALL SELECT '' AS namespace, '' AS key, toUInt64(0) AS version, toUInt8(0) AS deleted, '' AS value, now64(3, 'UTC') AS written_at
      ) ORDER BY version`;
    const changes: Change[] = [];
    let nowMs = 0;
    for await (const block of database.query(statement, { timeoutMs: READ_TIMEOUT_MS }, this.#stopped.signal)) {
      const [namespaces, keys, , , values] = block.columns.map(({ data }) => data as readonly string[]);
      const versions = numbersFromUint64(block.columns[2]?.data as BigUint64Array);
      const deleted = block.columns[3]?.data as Uint8Array;
      const writtenAt = block.columns[5]?.data as Float64Array;
      for (let i = 0; i < block.rows; i++) {
        const namespace = namespaces?.[i] ?? '';
        if (namespace === '') nowMs = writtenAt[i] ?? 0;
        else
          changes.push({
            namespace,
            key: keys?.[i] ?? '',
            version: versions[i] ?? 0,
            text: deleted[i] === 1 ? undefined : (values?.[i] ?? ''),
          });
      }
    }
    take(changes);
    this.#seenUntilMs = Math.max(this.#seenUntilMs, nowMs);
  }
}
