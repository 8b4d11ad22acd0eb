import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { Recurring } from '../base/recurring.ts';
import type { Database } from './database.ts';
import { fragment, name, numberList, sql } from './sql.ts';

/** Months are long; looking for old ones is cheap. */
const CHECK_EVERY_MS = 3_600_000;

export interface MonthRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface MonthRetentionOptions {
  /** Partitioned by toYYYYMM. */
  readonly table: string;
  /** What its rows are, in words: `camera events`. */
  readonly rows: string;
  /** The setting's path, for the log. */
  readonly setting: string;
  /** Asked at each round. */
  readonly retentionMs: () => number;
}

/** Drops months of a table that are wholly older than retention, hourly once started; `run` does it now. */
export function monthRetention(deps: MonthRetentionDeps, options: MonthRetentionOptions): Recurring {
  const { database, clock, logger } = deps;
  const { table, rows, setting, retentionMs } = options;
  const round = async (signal: AbortSignal): Promise<void> => {
    const oldest = monthOf(clock.now() - retentionMs());
    const months: number[] = [];
    const statement = sql`SELECT DISTINCT toUInt32OrZero(partition) AS month FROM system.parts
      WHERE active AND database = currentDatabase() AND table = ${table} ORDER BY month`;
    for await (const block of database.query(statement, {}, signal))
      months.push(...(block.columns[0]?.data as Uint32Array));
    for (const month of months.filter((one) => one < oldest)) {
      const partition = fragment(numberList([month]));
      await database.exec(sql`ALTER TABLE ${name(table)} DROP PARTITION ${partition}`, signal);
      logger.info({ month }, `dropped a month of ${rows}, older than ${setting}`);
    }
  };
  return new Recurring(deps, {
    name: `retention of ${rows}`,
    intervalMs: CHECK_EVERY_MS,
    failure: `old months of ${rows} could not be dropped; tried again in an hour`,
    round,
  });
}

/** 202611, as toYYYYMM. */
function monthOf(ms: number): number {
  const date = new Date(ms);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}
