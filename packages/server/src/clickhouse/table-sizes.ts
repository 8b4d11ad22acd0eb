import type { Database } from './database.ts';
import { numbersFromUint64 } from './native-decoder.ts';
import { sql } from './sql.ts';

export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
  readonly parts: number;
}

/** Rows and bytes of every table of ours, active parts only. */
export async function tableSizes(database: Database, signal?: AbortSignal): Promise<TableSize[]> {
  const sizes: TableSize[] = [];
  const statement = sql`SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
    FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table`;
  for await (const block of database.query(statement, {}, signal)) {
    const names = block.columns[0]?.data as readonly string[];
    const [rows, bytes, parts] = block.columns
      .slice(1)
      .map((column) => numbersFromUint64(column.data as BigUint64Array));
    for (let i = 0; i < block.rows; i++) {
      sizes.push({ name: names[i] ?? '', rows: rows?.[i] ?? 0, bytesOnDisk: bytes?.[i] ?? 0, parts: parts?.[i] ?? 0 });
    }
  }
  return sizes;
}
