import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Columns, Database, DatabaseInfo, InsertOptions, ReadOptions, Sql } from './database.ts';
import type { DamagedPart } from './integrity.ts';
import { name, sql } from './sql.ts';

export interface RepairingDeps {
  readonly logger: Logger;
  /** A part was found damaged and taken out of its table. */
  readonly onSetAside: (part: DamagedPart) => void;
}

/** Damaged parts one read gets past; with more, the disk is dying and the reader should hear of it. */
const PARTS_PER_READ_MAX = 100;

/** Errors of reading what is on disk: its checksum, length or content is wrong, or it is gone. */
const DAMAGE_CODES: ReadonlySet<unknown> = new Set([
  6, 26, 27, 32, 33, 38, 40, 72, 74, 76, 107, 117, 172, 246, 271, 272,
]);

/** The engine names the file it could not read: …/store/0f3/0f357bdb-…/20261121_1_6_1/data.bin. */
const PART_PATH = /\/store\/[0-9a-f]{3}\/([0-9a-f-]{36})\/([^/\s]+)\//;

/**
 * A database in which one flipped bit does not fail every query for good: the engine refuses to read a damaged part, so it is
 * taken out of its table, reported, and the read starts again with what is left.
 */
export class RepairingDatabase implements Database {
  readonly name: string;
  readonly kind: Database['kind'];
  readonly #inner: Database;
  readonly #deps: RepairingDeps;
  /** By table and part; concurrent reads find the same damage. */
  readonly #repairs = new Map<string, Promise<boolean>>();

  constructor(inner: Database, deps: RepairingDeps) {
    this.#inner = inner;
    this.#deps = deps;
    this.name = inner.name;
    this.kind = inner.kind;
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#inner.stop(signal);
  }

  info(signal?: AbortSignal): Promise<DatabaseInfo> {
    return this.#inner.info(signal);
  }

  exec(statement: Sql, signal?: AbortSignal): Promise<void> {
    return this.#inner.exec(statement, signal);
  }

  insert(table: string, columns: Columns, options?: InsertOptions): Promise<void> {
    return this.#inner.insert(table, columns, options);
  }

  async *query(statement: Sql, options?: ReadOptions, signal?: AbortSignal): AsyncGenerator<Columns> {
    for (let parts = 0; ; parts++) {
      let begun = false;
      try {
        for await (const block of this.#inner.query(statement, options, signal)) {
          begun = true;
          yield block;
        }
        return;
      } catch (error) {
        const place = damagedPlace(error);
        if (!place || parts >= PARTS_PER_READ_MAX || !(await this.#setAsideOnce(place))) throw error;
        // What was handed over cannot be taken back.
        if (begun) {
          throw new VedetteError(
            'DATABASE_UNAVAILABLE',
            `the stored part ${place.part} is damaged and was set aside while it was read; ask again`,
            { cause: error },
          );
        }
      }
    }
  }

  #setAsideOnce(place: DamagedPlace): Promise<boolean> {
    const key = `${place.tableUuid}/${place.part}`;
    let repair = this.#repairs.get(key);
    if (!repair) {
      repair = this.#setAside(place).catch((error: unknown) => {
        this.#deps.logger.error(
          { part: place.part, error: errorMessage(error) },
          'a damaged part could not be set aside; queries that read it fail',
        );
        this.#repairs.delete(key);
        return false;
      });
      this.#repairs.set(key, repair);
    }
    return repair;
  }

  /** True when the part was damaged and is no longer in its table. */
  async #setAside({ tableUuid, part, reason }: DamagedPlace): Promise<boolean> {
    const [table] = await this.#strings(
      sql`SELECT name FROM system.tables WHERE database = currentDatabase() AND toString(uuid) = ${tableUuid}`,
    );
    if (table === undefined) return false;
    const isDamaged = await this.#isDamaged(table, part);
    if (!isDamaged) return false;
    await this.#inner.exec(sql`ALTER TABLE ${name(table)} DETACH PART ${part}`);
    await this.#mark(table, part);
    this.#deps.onSetAside({ table, name: part, reason });
    return true;
  }

  async #isDamaged(table: string, part: string): Promise<boolean> {
    const statement = sql`CHECK TABLE ${name(table)} PART ${part} SETTINGS check_query_single_value_result = 0`;
    for await (const block of this.#inner.query(statement)) {
      const passed = block.columns.find((column) => column.name === 'is_passed')?.data as ArrayLike<number> | undefined;
      for (let i = 0; i < block.rows; i++) if (passed?.[i] === 0) return true;
    }
    return false;
  }

  /** Named as the engine names parts that it finds damaged itself, so that `damagedParts` tells of it after a restart too. */
  async #mark(table: string, part: string): Promise<void> {
    if (this.kind !== 'embedded') return;
    const [path] = await this.#strings(
      sql`SELECT path FROM system.detached_parts WHERE database = currentDatabase() AND table = ${table} AND name = ${part}`,
    );
    if (path === undefined) return;
    const folder = path.replace(/\/$/, '');
    await rename(folder, join(dirname(folder), `broken_${part}`));
  }

  async #strings(statement: Sql): Promise<string[]> {
    const found: string[] = [];
    for await (const block of this.#inner.query(statement))
      found.push(...(block.columns[0]?.data as readonly string[]));
    return found;
  }
}

interface DamagedPlace {
  readonly tableUuid: string;
  readonly part: string;
  readonly reason: string;
}

function damagedPlace(error: unknown): DamagedPlace | undefined {
  if (!isVedetteError(error) || !DAMAGE_CODES.has(error.details.engineCode)) return undefined;
  const match = PART_PATH.exec(errorMessage(error.cause));
  if (!match) return undefined;
  const [, tableUuid = '', part = ''] = match;
  return { tableUuid, part, reason: error.message };
}
