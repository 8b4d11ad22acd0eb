import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import { Recurring } from '../../base/recurring.ts';
import { type Database, fragment, name, numbersFromUint64, sql, stringList } from '../../clickhouse/index.ts';
import { BESIDE_TABLES } from './beside/index.ts';
import { CHUNKS_TABLE, SAMPLES_TABLE, SERIES_TABLE } from './schema.ts';
import { RESOLUTIONS } from './rollup/index.ts';
import { DAY_MS } from './table-rows.ts';

export interface TableRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A day (UTC, days since the epoch) is about to be dropped: its labels are no longer stored. */
  readonly onDrop: (day: number) => void;
}

export interface TableRetentionOptions {
  /** A day is dropped once all of it is older than this. */
  readonly retentionMs: number;
  /** Free bytes to keep on the engine's disk; the oldest days are dropped early to keep them. */
  readonly diskHeadroomBytes: number;
}

/** A full disk refuses even to drop a partition, so headroom is looked at far more often than a day can fill it. */
const CHECK_EVERY_MS = 60_000;

/** In the order of dropping. */
const ROLLUP_TABLES = RESOLUTIONS.map(({ table }) => table);
const TABLES = [SAMPLES_TABLE, CHUNKS_TABLE, ...BESIDE_TABLES, ...ROLLUP_TABLES, SERIES_TABLE];

/** Partition values are dates, and this is how they come back as text. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Drops the oldest days of the metric tables: by age, and earlier when the disk runs short. Today always stays. */
export class TableRetention implements Component {
  readonly name = 'metric retention';
  readonly #deps: TableRetentionDeps;
  readonly #options: TableRetentionOptions;
  readonly #rounds: Recurring;
  #lowDiskToldDay = '';

  constructor(deps: TableRetentionDeps, options: TableRetentionOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#rounds = new Recurring(deps, {
      name: this.name,
      intervalMs: CHECK_EVERY_MS,
      failure: 'old metric data could not be dropped; it is tried again in a minute',
      round: (signal) => this.#round(signal),
    });
  }

  start(): Promise<void> {
    return this.#rounds.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#rounds.stop(signal);
  }

  /** One round; public for tests and the first moments of a process. */
  enforce(): Promise<void> {
    return this.#rounds.run();
  }

  async #round(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.now();
    const today = isoDay(nowMs);
    const days = await this.#days(signal);
    const old = days.filter(
      (day) => day.iso < today && Date.parse(day.iso) + DAY_MS <= nowMs - this.#options.retentionMs,
    );
    for (const day of old) await this.#drop(day, 'older than storage.retention', signal);
    await this.#keepHeadroom(
      days.filter((day) => day.iso < today && !old.includes(day)),
      signal,
    );
  }

  async #keepHeadroom(candidates: readonly Day[], signal: AbortSignal): Promise<void> {
    const { diskFreeBytes } = await this.#deps.database.info(signal);
    if (diskFreeBytes === undefined || diskFreeBytes >= this.#options.diskHeadroomBytes) return;
    let missing = this.#options.diskHeadroomBytes - diskFreeBytes;
    // The engine removes dropped files a little later, so what they held is counted instead of measured.
    for (const day of candidates) {
      if (missing <= 0) return;
      await this.#drop(day, 'the disk has less free space than storage.disk_headroom', signal);
      missing -= day.bytes;
    }
    const today = isoDay(this.#deps.clock.now());
    if (missing <= 0 || this.#lowDiskToldDay === today) return;
    this.#lowDiskToldDay = today;
    this.#deps.logger.error(
      { diskFreeBytes, diskHeadroomBytes: this.#options.diskHeadroomBytes },
      'the disk has less free space than storage.disk_headroom, and no older metric data is left to drop: free space, or writing will stop',
    );
  }

  async #drop(day: Day, why: string, signal: AbortSignal): Promise<void> {
    // Samples first: series rows without samples do no harm, samples without labels would be lost to every query.
    this.#deps.onDrop(Date.parse(day.iso) / DAY_MS);
    for (const table of TABLES.filter((own) => day.tables.includes(own))) {
      await this.#deps.database.exec(sql`ALTER TABLE ${name(table)} DROP PARTITION ${day.iso}`, signal);
    }
    this.#deps.logger.info({ day: day.iso, bytes: day.bytes, rows: day.rows, why }, 'dropped a day of metric data');
  }

  /** Stored days, oldest first. */
  async #days(signal: AbortSignal): Promise<Day[]> {
    const days: Day[] = [];
    const statement = sql`SELECT partition, sum(bytes_on_disk) AS bytes, sum(rows) AS row_count, groupUniqArray(table) AS tables
      FROM system.parts WHERE active AND database = currentDatabase() AND table IN (${fragment(stringList(TABLES))})
      GROUP BY partition ORDER BY partition`;
    for await (const block of this.#deps.database.query(statement, {}, signal)) {
      const partitions = block.columns[0]?.data as readonly string[];
      const bytes = numbersFromUint64(block.columns[1]?.data as BigUint64Array);
      const rows = numbersFromUint64(block.columns[2]?.data as BigUint64Array);
      const tables = block.columns[3]?.data as readonly (readonly string[])[];
      for (let i = 0; i < block.rows; i++) {
        const iso = partitions[i] ?? '';
        if (DATE.test(iso)) days.push({ iso, bytes: bytes[i] ?? 0, rows: rows[i] ?? 0, tables: tables[i] ?? [] });
      }
    }
    return days;
  }
}

interface Day {
  /** 2026-01-31. */
  readonly iso: string;
  readonly bytes: number;
  readonly rows: number;
  /** Those that have something of the day. */
  readonly tables: readonly string[];
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
