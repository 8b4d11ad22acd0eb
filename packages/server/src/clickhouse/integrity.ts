import type { Database } from './database.ts';
import { sql } from './sql.ts';

/** A part the engine set aside: its rows are missing from every query. */
export interface DamagedPart {
  readonly table: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * Parts that the engine detached by itself, because files were missing, cut or could not be read. It does so silently when it
 * opens a table, so this is the only way to learn of the loss. Parts that a person detached have no reason and are not listed.
 */
export async function damagedParts(database: Database, signal?: AbortSignal): Promise<DamagedPart[]> {
  const found: DamagedPart[] = [];
  const statement = sql`SELECT ifNull(table, '') AS table_name, ifNull(name, '') AS part, ifNull(reason, '') AS why FROM system.detached_parts
    WHERE database = currentDatabase() AND why != '' ORDER BY table_name, part`;
  for await (const block of database.query(statement, {}, signal)) {
    const [tables, names, reasons] = block.columns.map((column) => column.data as readonly string[]);
    for (let i = 0; i < block.rows; i++) {
      found.push({ table: tables?.[i] ?? '', name: names?.[i] ?? '', reason: reasons?.[i] ?? '' });
    }
  }
  return found;
}
