import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type Database, fragment, numberList, sql } from '../../clickhouse/index.ts';
import { EVENTS_TABLE } from './schema.ts';

/** Months are long; looking for old ones is cheap. */
const CHECK_EVERY_MS = 3_600_000;

export interface EventRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Drops months of events that are wholly older than retention. Passports stay: they are few, and tell what a camera was. */
export class EventRetention implements Component {
  readonly name = 'camera event retention';
  readonly #deps: EventRetentionDeps;
  readonly #retentionMs: () => number;
  readonly #stopped = new AbortController();
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: EventRetentionDeps, retentionMs: () => number) {
    this.#deps = deps;
    this.#retentionMs = retentionMs;
  }

  async start(): Promise<void> {
    this.#schedule = this.#deps.clock.every(
      { intervalMs: CHECK_EVERY_MS },
      () => (this.#running = this.enforce()),
      (error) => {
        if (this.#stopped.signal.aborted) return;
        this.#deps.logger.error(
          { error: errorMessage(error) },
          'old months of camera events could not be dropped; tried again in an hour',
        );
      },
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    if (signal.aborted) this.#stopped.abort();
    signal.addEventListener('abort', () => this.#stopped.abort(), { once: true });
    // Its failure was reported by the schedule.
    await this.#running.catch(() => undefined);
  }

  /** One round; public for tests. */
  async enforce(): Promise<void> {
    const { database, clock, logger } = this.#deps;
    const oldest = new Date(clock.now() - this.#retentionMs());
    const oldestMonth = oldest.getUTCFullYear() * 100 + oldest.getUTCMonth() + 1;
    const months: number[] = [];
    const statement = sql`SELECT DISTINCT toUInt32OrZero(partition) AS month FROM system.parts
      WHERE active AND database = currentDatabase() AND table = ${EVENTS_TABLE} ORDER BY month`;
    for await (const block of database.query(statement, {}, this.#stopped.signal))
      months.push(...(block.columns[0]?.data as Uint32Array));
    for (const month of months.filter((one) => one < oldestMonth)) {
      const partition = fragment(numberList([month]));
      await database.exec(sql`ALTER TABLE camera_events DROP PARTITION ${partition}`, this.#stopped.signal);
      logger.info({ month }, 'dropped a month of camera events, older than fleet.health.events_retention');
    }
  }
}
