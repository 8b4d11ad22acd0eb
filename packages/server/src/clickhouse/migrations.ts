import type { Clock } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Column, Columns, Database, Sql } from './database.ts';
import { sql } from './sql.ts';

/** One step of a room's schema. Statements must be safe to run again: a crash may come between them and their record. */
export interface Migration {
  /** 1, 2, 3 … inside a room; never changed or removed once released. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly Sql[];
}

export interface RoomMigrations {
  /** Folder name of the room that owns the tables. */
  readonly room: string;
  readonly migrations: readonly Migration[];
}

const TABLE = 'schema_versions';

/**
 * Brings one room's tables to this program's version; each room calls it once at start. Throws MIGRATION_FAILED, also when the
 * data was written by a newer Vedette.
 */
export async function migrate(
  database: Database,
  clock: Clock,
  room: RoomMigrations,
  signal?: AbortSignal,
): Promise<void> {
  const fail = (message: string, cause?: unknown): VedetteError =>
    new VedetteError('MIGRATION_FAILED', message, cause === undefined ? {} : { cause });
  try {
    await database.exec(
      sql`CREATE TABLE IF NOT EXISTS schema_versions (room LowCardinality(String), version UInt32, name String, applied_at DateTime64(3, 'UTC'))
        ENGINE = MergeTree ORDER BY (room, version)
        SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
      signal,
    );
    const applied = await appliedVersions(database, room.room, signal);
    const newest = room.migrations.at(-1)?.version ?? 0;
    const ahead = Math.max(0, ...applied.keys());
    if (ahead > newest) {
      throw fail(
        `the stored ${room.room} tables have schema version ${ahead}, and this Vedette knows versions up to ${newest}: the data was written ` +
          'by a newer Vedette; run that version, or start with another data directory',
      );
    }
    for (const migration of room.migrations) {
      const name = applied.get(migration.version);
      if (name !== undefined && name !== migration.name) {
        throw fail(
          `schema version ${migration.version} of ${room.room} was applied as "${name}", and this Vedette calls it "${migration.name}": ` +
            'the data was written by another build; run that build, or start with another data directory',
        );
      }
      if (name !== undefined) continue;
      for (const statement of migration.statements) await database.exec(statement, signal);
      await database.insert(TABLE, record(room.room, migration, clock.now()), {
        lane: 'state',
        ...(signal ? { signal } : {}),
      });
    }
  } catch (error) {
    if (error instanceof VedetteError && error.code === 'MIGRATION_FAILED') throw error;
    signal?.throwIfAborted();
    throw fail(`the ${room.room} tables cannot be prepared: ${errorMessage(error)}`, error);
  }
}

async function appliedVersions(database: Database, room: string, signal?: AbortSignal): Promise<Map<number, string>> {
  const versions = new Map<number, string>();
  const statement = sql`SELECT version, name FROM schema_versions WHERE room = ${room} ORDER BY version`;
  for await (const block of database.query(statement, {}, signal)) {
    const version = block.columns[0]?.data as Uint32Array;
    const name = block.columns[1]?.data as readonly string[];
    for (let i = 0; i < block.rows; i++) versions.set(version[i] as number, name[i] as string);
  }
  return versions;
}

function record(room: string, migration: Migration, nowMs: number): Columns {
  const columns: Column[] = [
    { name: 'room', type: 'LowCardinality(String)', data: [room] },
    { name: 'version', type: 'UInt32', data: Uint32Array.of(migration.version) },
    { name: 'name', type: 'String', data: [migration.name] },
    { name: 'applied_at', type: 'DateTime64(3)', data: Float64Array.of(nowMs) },
  ];
  return { rows: 1, columns };
}
